# What the suites that compare with other programs have in common; each sources it, from the root of the repository.
python=.venv/bin/python # one environment: what a suite needs has to be in it, and more may be

# On a user's machine a suite whose programs are missing says so and is left out; in CI that is a failure.
skip() {
  echo "skipped: $1"
  [ "${CI:-}" != true ] || exit 1
  exit 0
}

step() {
  local name=$1 start
  start=$(date +%s.%N)
  shift
  "$@"
  echo "$name: $(echo "$start $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }') s"
}

are_installed() {
  $python - "$1" 2>/dev/null <<'PY'
import sys
from importlib.metadata import version
lines = open(sys.argv[1]).read().split()
sys.exit(any(version(name) != wanted for name, wanted in (line.split("==") for line in lines)))
PY
}

# The packages of a requirements.txt, in the environment.
environment() {
  command -v python3 >/dev/null || skip 'python3 is missing'
  [ -x $python ] || python3 -m venv .venv 2>/dev/null || skip 'python3 cannot make a virtual environment (python3-venv)'
  are_installed "$1" || $python -m pip install --quiet --disable-pip-version-check --requirement "$1"
}

# Compiles the suite's scripts, of which worker threads run from dist.
build() {
  rm -rf $work/js
  npm run --silent build
  node_modules/.bin/tsc -p $here/tsconfig.json
}

# A program that the suite cannot do without, and the Debian packages that bring it.
needs() {
  command -v "$1" >/dev/null || skip "$1 is missing; install it with: apt-get install $2"
}
