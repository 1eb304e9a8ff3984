#!/usr/bin/env node
// Runs the binary of the package for this platform.
"use strict";
const { spawnSync } = require("node:child_process");

const platform = `lockgate-${process.platform}-${process.arch}`;
const name = process.platform === "win32" ? "lockgate.exe" : "lockgate";
let binary;
try {
  binary = require.resolve(`${platform}/bin/${name}`);
} catch {
  console.error(`lockgate: no binary for this platform (${platform}); npm may have left out optional dependencies`);
  process.exit(2);
}
const result = spawnSync(binary, process.argv.slice(2), { stdio: "inherit" });
if (result.error) {
  console.error(`lockgate: ${result.error.message}`);
  process.exit(2);
}
process.exit(result.status ?? 2);
