#!/usr/bin/env bash
# Builds the packages with the debug binary, installs each as a user would, and runs it; then lets real consumers read the reports.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD target=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$target/packages"
target=$(cd "$target" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
venv=$target/packages/venv
say() { printf '== %s\n' "$*"; }
expect() { # COMMAND…: is lockgate of this version
  local answer
  answer=$("$@" --version)
  [ "$answer" = "lockgate $version" ] || { echo "$*: $answer" >&2; exit 1; }
}

pinned=$root/packaging/requirements.txt
if ! cmp -s "$pinned" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$pinned"
  cp "$pinned" "$venv/installed.txt"
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

say 'wheel'
rm -rf "$target/packages/wheels"
"$venv/bin/maturin" build --quiet --profile dev --locked --out "$target/packages/wheels"
wheel=$(echo "$target"/packages/wheels/lockgate-*.whl)
python3 -m venv "$work/pip"
"$work/pip/bin/pip" install --quiet --disable-pip-version-check --no-index "$wheel"
expect "$work/pip/bin/lockgate"
UV_CACHE_DIR=$work/uv expect "$venv/bin/uvx" --quiet --no-index --from "$wheel" lockgate

say 'npm package'
platform=$(node -p 'process.platform + "-" + process.arch')
packaging/npm/build.sh "$work/npm" "$platform=$work/pip/bin/lockgate" >/dev/null
mkdir "$work/project"
(
  cd "$work/project"
  echo '{"private": true}' >package.json
  npm install --silent --offline --no-audit --no-fund "$work/npm/lockgate-$platform-$version.tgz" "$work/npm/lockgate-$version.tgz"
  expect node_modules/.bin/lockgate
  # Exit codes pass through.
  code=0
  node_modules/.bin/lockgate lint "$root/fixtures/demo" --quiet >/dev/null || code=$?
  [ "$code" = 1 ] || { echo "exit code $code through npm" >&2; exit 1; }
)

say 'pre-commit'
"$venv/bin/pre-commit" validate-manifest .pre-commit-hooks.yaml
git=(git -c user.name=Ada -c user.email=ada@example.org -c commit.gpgsign=false)
mkdir "$work/hooks" "$work/shop"
cp .pre-commit-hooks.yaml "$work/hooks/"
(cd "$work/hooks" && git init -q && git add -A && "${git[@]}" commit -qm hooks)
cp -r fixtures/demo/db "$work/shop/"
(
  cd "$work/shop"
  git init -q && git add -A && "${git[@]}" commit -qm shop
  export PATH="$work/pip/bin:$venv/bin:$PATH" PRE_COMMIT_HOME=$work/pre-commit
  good=db/migrations/20260112090000_orders_customer_idx.sql bad=db/migrations/20260301120000_orders_status.sql
  pre-commit try-repo "$work/hooks" lockgate-system --files "$good" >"$work/good.txt" || { cat "$work/good.txt" >&2; exit 1; }
  if pre-commit try-repo "$work/hooks" lockgate-system --files "$bad" >"$work/bad.txt"; then cat "$work/bad.txt" >&2; exit 1; fi
  grep -q 'error\[non-concurrent-index\]' "$work/bad.txt" || { cat "$work/bad.txt" >&2; exit 1; }
)

say 'action and workflows'
"$venv/bin/check-jsonschema" --quiet --builtin-schema vendor.github-actions action.yml
"$venv/bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

say 'reports'
"$work/pip/bin/lockgate" lint fixtures/demo --quiet --format junit --output "$work/junit.xml" || [ $? = 1 ]
"$work/pip/bin/lockgate" lint fixtures/demo --quiet --format json --output "$work/report.json" || [ $? = 1 ]
"$venv/bin/python" packaging/read_junit.py "$work/junit.xml" "$work/report.json"
say "packages pass"
