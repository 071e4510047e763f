#!/usr/bin/env bash
# Mutants of DICOM files, read by dicube, by pydicom and by DCMTK's dcmdump; main.ts tells what is compared and takes the
# arguments: bash test/interop/mutants/run.sh [--count N] [--seed S] [--generated] [--replay INDEX]
set -Eeuo pipefail
trap 'echo "$0: line $LINENO: $BASH_COMMAND: failed" >&2' ERR
cd "$(dirname "$0")/../../.."
here=test/interop/mutants
environment=test/interop/dist/.venv # that of test/interop/run.sh, which wants the same
python=$environment/bin/python

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
  "$python" -m pip freeze 2>/dev/null | cmp -s - test/interop/requirements.txt && return
  rm -rf $environment
  python3 -m venv $environment
  "$python" -m pip install --quiet --disable-pip-version-check --requirement test/interop/requirements.txt
}

dcmtk() {
  command -v dcmdump >/dev/null && return
  [ "${CI:-}" = true ] || skip 'dcmdump is missing; install it with: apt-get install dcmtk (brew install dcmtk)'
  local sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq && $sudo apt-get install -y -qq dcmtk >/dev/null
}

build() {
  rm -rf $here/dist/js
  node_modules/.bin/tsc -p $here/tsconfig.json
}

step 'pydicom environment' venv
step 'DCMTK' dcmtk
step 'build' build
trap - ERR
node $here/dist/js/$here/main.js "$@"
