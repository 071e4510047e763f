#!/usr/bin/env bash
# Files travel both ways: what is packed here is read by the Python package and compared with pydicom's reading of the
# originals, and what the Python package writes is read here, compared with its own reading, and migrated.
# Prints the seconds of each step and, last, "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=test/interop/python
work=$here/work.tmp # which git and biome ignore
python=.venv/bin/python

skip() {
  echo "skipped: $1"
  [ "${CI:-}" != true ] || exit 1
  exit 0
}
command -v python3 >/dev/null || skip 'python3 is missing'
[ -x $python ] || python3 -m venv .venv 2>/dev/null || skip 'python3 cannot make a virtual environment (python3-venv)'

# Other suites install into the same environment: what this one needs has to be there, and more may be.
is_installed() {
  $python - $here/requirements.txt 2>/dev/null <<'PY'
import sys
from importlib.metadata import version
lines = open(sys.argv[1]).read().split()
sys.exit(any(version(name) != wanted for name, wanted in (line.split("==") for line in lines)))
PY
}

step() {
  local name=$1 start
  start=$(date +%s.%N)
  shift
  "$@"
  echo "$name: $(echo "$start $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }') s"
}

environment() {
  is_installed || $python -m pip install --quiet --disable-pip-version-check --requirement $here/requirements.txt
}

prepare() {
  rm -rf $work
  npm run --silent build # the frame workers run from dist
  node_modules/.bin/tsc -p $here/tsconfig.json
  node $work/js/$here/prepare.js $work
}

failed=0
# The last line of each is "N passed, N failed"; the others are shown.
suite() {
  "$@" >$work/out.txt || failed=1
  sed '$d' $work/out.txt
  tail -1 $work/out.txt >>$work/counts.txt
}

step 'environment' environment
step 'packed here' prepare
step 'read by the Python package' suite $python -W ignore $here/read.py $work
step 'written by the Python package' $python -W ignore $here/write_v1.py $work
step 'read and migrated here' suite node $work/js/$here/read_v1.js $work
step 'what was migrated, read by pydicom' suite $python -W ignore $here/migrated.py $work
awk '{ passed += $1; failed += $3 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' $work/counts.txt || failed=1
[ "$(wc -l <$work/counts.txt)" = 3 ] || failed=1
exit $failed
