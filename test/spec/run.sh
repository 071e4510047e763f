#!/usr/bin/env bash
# Proves SPEC.md: reader.py, which follows it and shares nothing with the code, against the generated files and, where they
# are there, the real ones. The last line is "N passed, N failed", of cubes.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/spec
work=$here/work.tmp # which git and biome ignore
source test/interop/lib.sh

cubes=$(mktemp -d)
trap 'rm -rf "$cubes"' EXIT

# Each command once, as a person would call it; then all of them on every cube.
reader() { $python $here/reader.py "$@"; }
read_example() {
  local example=$cubes/cubes/example-0.dcbs
  reader check "$example"
  reader values "$example" >"$cubes/values.json"
  reader headers "$example" "$cubes/headers"
  reader files "$example" "$cubes/files"
  diff -r "$cubes/originals/example" "$cubes/files"
}

step 'environment' environment $here/requirements.txt
step 'build' build
step 'packed' node $work/js/$here/pack.js "$cubes"
step 'the example' read_example
$python $here/compare.py "$cubes"
