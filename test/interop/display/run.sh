#!/usr/bin/env bash
# Compares modality values, windows, tables, palettes and colours with what pydicom makes of the same files: of all real
# series at hand, and of files that pydicom writes with every window function and table.
# Prints the seconds of each step and, last, "N passed, N failed": files.
set -Eeuo pipefail
trap 'echo "$0: line $LINENO: $BASH_COMMAND: failed" >&2' ERR
cd "$(dirname "$0")/../../.."
here=test/interop/display
work=$here/dist # which git and biome ignore
source test/interop/lib.sh

sets=("$work/made" "$work/made.jsonl")
[ ! -d ../shared/dicom ] || sets+=(../shared/dicom "$work/shared.jsonl")

run_pydicom() {
  rm -rf $work/made
  $python $here/pydicom_display.py make $work/made
  local i
  for ((i = 0; i < ${#sets[@]}; i += 2)); do
    $python $here/pydicom_display.py read "${sets[i]}" "${sets[i + 1]}"
  done
}

run_preview() {
  local name
  for name in linear linear-unsigned; do
    node dist/bin/dicube.cjs preview $work/made/$name.dcm -o $work/$name.png --size 64 --force
    $python $here/pydicom_display.py png $work/made/$name.dcm $work/$name.png
  done
}

step 'pydicom environment' environment $here/requirements.txt
step 'build' build
step 'pydicom' run_pydicom
step 'pictures of dicube preview in Pillow' run_preview
node $work/js/$here/compare.js "${sets[@]}"
