#!/usr/bin/env bash
# Compares modality values, windows, tables, palettes and colours with what pydicom makes of the same files: of all real
# series at hand, and of files that pydicom writes with every window function and table.
# Prints the seconds of each step and, last, "N passed, N failed": files.
set -Eeuo pipefail
trap 'echo "$0: line $LINENO: $BASH_COMMAND: failed" >&2' ERR
cd "$(dirname "$0")/../../.."
here=test/interop/display
work=$here/dist # which git and biome ignore
python=$work/.venv/bin/python

step() {
  local name=$1 start=$SECONDS
  shift
  "$@"
  echo "$name: $((SECONDS - start)) s"
}

skip() {
  echo "skipped: $1"
  [ "${CI:-}" != true ] || exit 1
  exit 0
}
command -v python3 >/dev/null || skip 'python3 is missing'

venv() {
  "$python" -m pip freeze 2>/dev/null | cmp -s - $here/requirements.txt && return
  rm -rf $work/.venv
  python3 -m venv $work/.venv
  "$python" -m pip install --quiet --disable-pip-version-check --requirement $here/requirements.txt
}

build() {
  rm -rf $work/js
  npm run --silent build # the frame workers run from dist
  node_modules/.bin/tsc -p $here/tsconfig.json
}

sets=("$work/made" "$work/made.jsonl")
[ ! -d ../shared/dicom ] || sets+=(../shared/dicom "$work/shared.jsonl")

run_pydicom() {
  rm -rf $work/made
  "$python" $here/pydicom_display.py make $work/made
  local i
  for ((i = 0; i < ${#sets[@]}; i += 2)); do
    "$python" $here/pydicom_display.py read "${sets[i]}" "${sets[i + 1]}"
  done
}

run_preview() {
  local name
  for name in linear linear-unsigned; do
    node dist/bin/dicube.cjs preview $work/made/$name.dcm -o $work/$name.png --size 64 --force
    "$python" $here/pydicom_display.py png $work/made/$name.dcm $work/$name.png
  done
}

step 'pydicom environment' venv
step 'build' build
step 'pydicom' run_pydicom
step 'pictures of dicube preview in Pillow' run_preview
node $work/js/$here/compare.js "${sets[@]}"
