#!/usr/bin/env bash
# Installs or fetches what the tests need, starts PostgreSQL and MariaDB, and runs every test.
#   tests/run.sh [ARGUMENTS FOR cargo test…]
# Needs a Rust toolchain with a C compiler, and bash. What else is missing (npm, python3, git, chromium) is installed where a package manager of Debian and root
# are at hand, and named otherwise. Nothing is asked; a second run finds everything in place.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
fail() {
  echo "tests/run.sh: $*" >&2
  exit 1
}

# Prints and runs.
run() {
  say "$*"
  "$@" </dev/null
}

install_packages() { # PACKAGE…
  local sudo=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "missing on this machine: $*. Please install it and run again."
    sudo=(sudo -n)
  fi
  command -v apt-get >/dev/null || fail "missing on this machine: $*. Please install it and run again."
  run ${sudo[@]+"${sudo[@]}"} apt-get update -q
  run ${sudo[@]+"${sudo[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# A command and the Debian packages that bring it.
need() { # COMMAND PACKAGE…
  local command=$1
  shift
  command -v "$command" >/dev/null || install_packages "$@"
}

# The judges' Python with its pinned packages, in the build folder.
python_tools() {
  local venv=${CARGO_TARGET_DIR:-target}/test-tools pinned=${CARGO_TARGET_DIR:-target}/test-tools.txt
  mkdir -p "$(dirname "$pinned")"
  cat tools/judge/requirements.txt tools/alembic-judge/requirements.txt >"$pinned"
  if ! cmp -s "$pinned" "$venv/installed.txt"; then
    mkdir -p "$(dirname "$venv")"
    rm -rf "$venv"
    python3 -m venv "$venv" >/dev/null 2>&1 || {
      install_packages python3 python3-venv
      rm -rf "$venv"
      run python3 -m venv "$venv"
    }
    run "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$pinned"
    cp "$pinned" "$venv/installed.txt"
  fi
  python=$(cd "$venv/bin" && pwd)/python
}

need git git
need chromium chromium
need pgbouncer pgbouncer
need psql postgresql-client
need openssl openssl
need python3 python3 python3-venv
# Where there is no npm and it cannot be had, tests/servers.sh falls back to the distribution's PostgreSQL.
command -v npm >/dev/null || (install_packages nodejs npm) || echo "no npm: PostgreSQL comes from the distribution, where it has the version"
python_tools

run tests/servers.sh start 12 18 mariadb

say 'unit tests of the judges'
(cd tools/judge && "$python" -m unittest </dev/null)
(cd tools/alembic-judge && "$python" -m unittest </dev/null)

run cargo test --workspace --locked "$@"
