#!/usr/bin/env bash
# DICOM Digital Signatures (PS3.15 Annex C) come through a cube: dcmsign signs files and verifies them, dicube packs and
# unpacks them, and dcmsign says the same of what comes back. Pixel Data is HTJ2K in between.
# Prints the seconds of each step and, last, "N passed, N failed": files, cubes, controls and counts.
set -Eeuo pipefail
trap 'echo "$0: line $LINENO: $BASH_COMMAND: failed" >&2' ERR
cd "$(dirname "$0")/../../.."
here=test/interop/signatures
work=$here/work.tmp # which git and biome ignore
export TZ=UTC        # dcmsign compares local times with those of certificates

source test/interop/lib.sh
for program in dcmsign dcmconv openssl; do needs $program 'dcmtk openssl'; done

# Keys live only as long as the run: an RSA and an EC signer, a stranger whom nobody trusts, an authority for timestamps.
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT

certificate() {
  local name=$1
  shift
  openssl req -x509 -nodes -days 365 -subj "/CN=dicube test $name" -keyout "$keys/$name.key" -out "$keys/$name.pem" \
    "$@" 2>/dev/null
}

certificates() {
  certificate rsa -newkey rsa:2048
  certificate ec -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
  certificate stranger -newkey rsa:2048
  certificate authority -newkey rsa:2048 -addext extendedKeyUsage=critical,timeStamping
  echo 01 >"$keys/serial"
  cat >"$keys/authority.cnf" <<CNF
[here]
serial = $keys/serial
signer_cert = $keys/authority.pem
signer_key = $keys/authority.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
CNF
}

prepare() {
  rm -rf $work
  build
}

# Certificates come first: dcmsign takes one for not yet valid in the very second from which it is.
step 'certificates' certificates
step 'build' prepare
dcmsign --version | sed -n '1s/^.*dcmsign v\([0-9.]*\).*/dcmsign \1/p'
node $work/js/$here/check.js $work "$keys"
