"""Compiles a tree with mutants woven in, and takes out those that the compiler refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from weave import Mutant, blamed, weave

SWITCH = '''
/// Says which mutant is on, and writes down which are asked for; see tools/mutants.
#[doc(hidden)]
pub mod mutant {
    use std::collections::BTreeSet;
    use std::io::Write;
    use std::sync::{LazyLock, Mutex};

    static ON: LazyLock<u32> = LazyLock::new(|| {
        std::env::var("LOCKGATE_MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    });
    static TRACE: LazyLock<Option<std::ffi::OsString>> = LazyLock::new(|| std::env::var_os("LOCKGATE_MUTANT_TRACE"));
    static SEEN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

    pub fn on(number: u32) -> bool {
        if let Some(path) = &*TRACE {
            if let Ok(mut seen) = SEEN.lock() {
                if seen.insert(number) {
                    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
                    let _ = file.and_then(|mut file| file.write_all(format!("{number}\\n").as_bytes()));
                }
            }
        }
        *ON == number
    }
}
'''
NOT_EXHAUSTIVE = "E0004"  # a match lacks an arm
# Errors of types show in the library alone, and sooner.
CHECK = ["check", "--lib"]
TEST = ["test", "--lib", "--test", "it", "--no-run"]

Errors = list[tuple[str, int, str]]


def build(tree: Path, mutants: list[Mutant]) -> tuple[dict[str, Path], list[Mutant], list[Mutant]]:
    """The test binaries, the mutants that are built into them, and those that are not."""
    originals = {one.file: (tree / one.file).read_bytes() for one in mutants}
    library = (tree / "src/lib.rs").read_text()
    (tree / "src/lib.rs").write_text(library + SWITCH)
    left, out = list(mutants), []
    command = CHECK
    while True:
        texts = {}
        for file, source in originals.items():
            texts[file], homeless = weave(source, [one for one in left if one.file == file])
            left = [one for one in left if one not in homeless]
            out += homeless
            (tree / file).write_bytes(texts[file])
        binaries, errors = compile_(tree, command)
        if not errors and command is TEST:
            return binaries, left, out
        if not errors:
            command = TEST
            continue
        arms = {one.number for one in left if one.genre == "MatchArm"}
        known = [one for one in errors if one[0] in texts]
        guilty = {blamed(texts[file], at, arms if code == NOT_EXHAUSTIVE else set()) for file, at, code in known} - {None}
        if not guilty:
            sys.exit(f"the woven tree does not build, and no mutant is to blame: {errors[:5]}")
        print(f"  {len(guilty)} do not compile", flush=True)
        out += [one for one in left if one.number in guilty]
        left = [one for one in left if one.number not in guilty]


def compile_(tree: Path, command: list[str]) -> tuple[dict[str, Path], Errors]:
    """The test binaries, or where the errors are."""
    # Without debugging information it is built sooner; optimised a little the tests take a third of the time. The environment may
    # say otherwise: for a few mutants the building takes longer than the tests.
    profile = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_DEV_OPT_LEVEL": "1"}
    env = {**profile, **os.environ, "CARGO_TARGET_DIR": str(tree / "target")}
    command = ["cargo", *command, "--locked", "--message-format", "json"]
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    binaries, errors = {}, []
    for line in done.stdout.splitlines():
        one = json.loads(line)
        if one.get("reason") == "compiler-artifact" and one.get("executable") and one["profile"]["test"]:
            binaries["lib" if "lib" in one["target"]["kind"] else one["target"]["name"]] = Path(one["executable"])
        message = one.get("message", {})
        if one.get("reason") == "compiler-message" and message.get("level") == "error":
            spans = [one for one in message["spans"] if one["is_primary"]]
            code = (message.get("code") or {}).get("code", "")
            errors += [(span["file_name"], span["byte_start"], code) for span in spans]
    if done.returncode and not errors:
        sys.exit(done.stderr[-2000:])
    return binaries, errors if done.returncode else []
