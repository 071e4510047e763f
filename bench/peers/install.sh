#!/usr/bin/env bash
# What bench/opening.ts compares with: dicom-parser and dcmjs from npm, pydicom and the Python package from PyPI.
set -euo pipefail
cd "$(dirname "$0")/../.."
npm ci --prefix bench/peers --ignore-scripts
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement test/interop/python/requirements.txt
