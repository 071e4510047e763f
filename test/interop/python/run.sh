#!/usr/bin/env bash
# Files travel both ways: what is packed here is read by the Python package and compared with pydicom's reading of the
# originals, and what the Python package writes is read here, compared with its own reading, and migrated.
# Prints the seconds of each step and, last, "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=test/interop/python
work=$here/work.tmp # which git and biome ignore
source test/interop/lib.sh

prepare() {
  rm -rf $work
  build
  node $work/js/$here/prepare.js $work
}

failed=0
# The last line of each is "N passed, N failed"; the others are shown.
suite() {
  "$@" >$work/out.txt || failed=1
  sed '$d' $work/out.txt
  tail -1 $work/out.txt >>$work/counts.txt
}

step 'environment' environment $here/requirements.txt
step 'packed here' prepare
step 'read by the Python package' suite $python -W ignore $here/read.py $work
step 'written by the Python package' $python -W ignore $here/write_v1.py $work
step 'read and migrated here' suite node $work/js/$here/read_v1.js $work
step 'what was migrated, read by pydicom' suite $python -W ignore $here/migrated.py $work
awk '{ passed += $1; failed += $3 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' $work/counts.txt || failed=1
[ "$(wc -l <$work/counts.txt)" = 3 ] || failed=1
exit $failed
