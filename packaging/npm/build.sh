#!/usr/bin/env bash
# Makes the npm packages: `lockgate`, and one with the binary for each platform that is named.
#   packaging/npm/build.sh OUT PLATFORM=BINARY…      PLATFORM as node names it: linux-x64, darwin-arm64, win32-x64
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n 2,3p "$0" >&2; exit 2; }
out=$1
shift
mkdir -p "$out"
out=$(cd "$out" && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../../Cargo.toml" | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

optional=
for pair in "$@"; do
  platform=${pair%%=*} binary=${pair#*=}
  os=${platform%%-*} cpu=${platform#*-}
  name=lockgate
  [ "$os" != win32 ] || name=lockgate.exe
  mkdir -p "$work/$platform/bin"
  cp "$binary" "$work/$platform/bin/$name"
  chmod 755 "$work/$platform/bin/$name"
  cat >"$work/$platform/package.json" <<JSON
{
  "name": "lockgate-$platform",
  "version": "$version",
  "description": "The binary of lockgate for $platform",
  "license": "MIT OR Apache-2.0",
  "files": ["bin"],
  "os": ["$os"],
  "cpu": ["$cpu"]
}
JSON
  (cd "$work/$platform" && npm pack --silent --pack-destination "$out")
  optional="$optional${optional:+, }\"lockgate-$platform\": \"$version\""
done

cp -r "$here" "$work/lockgate"
rm "$work/lockgate/build.sh"
cp "$here/../../README.md" "$work/lockgate/"
node - "$work/lockgate/package.json" "$version" "{$optional}" <<'JS'
const { readFileSync, writeFileSync } = require("node:fs");
const [file, version, optional] = process.argv.slice(2);
const manifest = { ...JSON.parse(readFileSync(file, "utf8")), version, optionalDependencies: JSON.parse(optional) };
writeFileSync(file, JSON.stringify(manifest, null, 2) + "\n");
JS
(cd "$work/lockgate" && npm pack --silent --pack-destination "$out")
