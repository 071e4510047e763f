#!/usr/bin/env bash
# Compares dicube's DICOM JSON with that of pydicom and of DCMTK's dcm2json, element for element.
# Prints the seconds of each step and, last, "N passed, N failed": one for each file and each of the two programs.
set -Eeuo pipefail
trap 'echo "$0: line $LINENO: $BASH_COMMAND: failed" >&2' ERR
cd "$(dirname "$0")/../.."
here=test/interop
work=$here/dist # which git and biome ignore
source test/interop/lib.sh

prepare() {
  rm -rf $work/generated $work/pydicom $work/dcm2json
  build
  node $work/js/$here/prepare.js
}

run_pydicom() {
  local set
  for set in $work/generated ../shared/dicom; do
    [ -d "$set" ] || continue
    local out=$work/pydicom/$([ "$set" = ../shared/dicom ] && echo shared || echo generated)
    mkdir -p "$out"
    $python $here/pydicom_json.py "$set" "$out"
  done
}

# The .json of a file that dcm2json refuses is half of one.
run_dcm2json() {
  xargs -0 -P "$(getconf _NPROCESSORS_ONLN)" -n 2 sh -c \
    'dcm2json --encode-extended --compact-code "$0" "$1.json" 2>"$1.err" || rm -f "$1.json"' <$work/dcm2json.list
}

step 'pydicom environment' environment $here/requirements.txt
step 'build and generated files' prepare
step 'pydicom' run_pydicom
references=pydicom
if command -v dcm2json >/dev/null; then
  step 'dcm2json' run_dcm2json
  references='pydicom dcm2json'
elif [ "${CI:-}" = true ]; then
  needs dcm2json dcmtk
else
  echo 'skipped: dcm2json, which is not here; install it with: apt-get install dcmtk (brew install dcmtk)'
fi
export pydicom_VERSION dcm2json_VERSION
pydicom_VERSION=$($python -c 'import pydicom; print(pydicom.__version__)')
dcm2json_VERSION=$(dcm2json --version 2>/dev/null | sed -n '1s/.* v\([0-9.]*\) .*/\1/p' || true)
echo "pydicom $pydicom_VERSION, dcm2json ${dcm2json_VERSION:-none}"
# shellcheck disable=SC2086
node $work/js/$here/compare.js $references
