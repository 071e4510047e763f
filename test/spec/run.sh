#!/usr/bin/env bash
# Proves SPEC.md: reader.py, which follows it and shares nothing with the code, against the generated files and, where they
# are there, the real ones. The last line is "N passed, N failed", of cubes.
set -euo pipefail
cd "$(dirname "$0")/../.."
start=$SECONDS

if ! command -v python3 >/dev/null; then
  echo "python3 is missing: SPEC.md was not proved"
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi
# Other tests install into the same environment.
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -c 'import sys, zstandard; sys.exit(zstandard.__version__ != "0.25.0")' 2>/dev/null ||
  .venv/bin/python -m pip install --quiet --disable-pip-version-check zstandard==0.25.0

npm run --silent build
npx tsc -p test/spec/tsconfig.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node test/spec/work.tmp/js/test/spec/pack.js "$work"

# Each command once, as a person would call it; then all of them on every cube.
reader() { .venv/bin/python test/spec/reader.py "$@"; }
example=$work/cubes/example-0.dcbs
reader check "$example"
reader values "$example" >"$work/values.json"
reader headers "$example" "$work/headers"
reader files "$example" "$work/files"
diff -r "$work/originals/example" "$work/files"
failed=0
result=$(.venv/bin/python test/spec/compare.py "$work") || failed=1
echo "$result" | sed '$d'
echo "$((SECONDS - start)) s"
echo "$result" | tail -1
exit $failed
