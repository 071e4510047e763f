#!/usr/bin/env bash
# Mutants of DICOM files, read by dicube, by pydicom and by DCMTK's dcmdump; main.ts tells what is compared and takes the
# arguments: bash test/interop/mutants/run.sh [--count N] [--seed S] [--generated] [--replay INDEX]
set -Eeuo pipefail
trap 'echo "$0: line $LINENO: $BASH_COMMAND: failed" >&2' ERR
cd "$(dirname "$0")/../../.."
here=test/interop/mutants
work=$here/dist # which git and biome ignore
source test/interop/lib.sh
needs dcmdump dcmtk

step 'pydicom environment' environment test/interop/requirements.txt
step 'build' build
trap - ERR
node $work/js/$here/main.js "$@"
