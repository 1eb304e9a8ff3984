#!/usr/bin/env python3
"""Mutation check of the effects and the rules: which changes of the code does no test notice? See README.md."""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from weave import Mutant, blamed, weave

ROOT = Path(__file__).resolve().parents[2]
LIST = Path("src/rules/mod.rs")
SWITCH = '''
/// Says which mutant is on; see tools/mutants.
#[doc(hidden)]
pub mod mutant {
    pub fn on(number: u32) -> bool {
        static ON: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
        let chosen = || std::env::var("LOCKGATE_MUTANT").ok().and_then(|text| text.parse().ok());
        *ON.get_or_init(|| chosen().unwrap_or(0)) == number
    }
}
'''
# Tests that see the effects and the rules, the quick and telling ones first.
TIERS = [
    ("it", ["pages_test", "rules_test"]),
    ("lib", ["effects::", "rule::", "rules::", "timeline::", "engine::"]),
    ("it", ["effects_test", "peers_test", "timeline_test", "report_test", "fix_test", "alembic_test", "action_test", "oracle_test"]),
]
TIMEOUT = 240
NOT_EXHAUSTIVE = "E0004"  # a match lacks an arm


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", nargs="+", default=["src/effects/**", "src/rules/*.rs"], help="what is mutated")
    parser.add_argument("--sample", type=int, default=300, help="so many mutants, drawn at random; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="a regular expression that the mutant's name matches")
    parser.add_argument("--minutes", type=float, default=1e9, help="how long mutants are run; they come in random order")
    parser.add_argument("--tree", type=Path, default=ROOT / "target/mutants", help="where the mutated copy lives")
    return parser.parse_args()


def copy(tree: Path) -> None:
    """The committed tree; what was built there before stays."""
    tree.mkdir(parents=True, exist_ok=True)
    for old in ("src", "tests"):
        subprocess.run(["rm", "-rf", str(tree / old)], check=True)
    # Paths are printed from the root of the repository.
    (tree / ".git").mkdir(exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    # The time of the commit would pass for older than what was built of the text before.
    subprocess.run(["tar", "-x", "-m", "-C", str(tree)], input=archive, check=True)


def plain_list(tree: Path) -> str:
    """cargo-mutants follows `mod` lines and does not look into macros: the list of rules gets plain ones while it lists."""
    text = (tree / LIST).read_text()
    modules = re.findall(r'^    "[a-z0-9-]+" => ([a-z0-9_]+),$', text, re.M)
    if not modules:
        sys.exit(f"no rules in {LIST}: mend this script")
    (tree / LIST).write_text(text + "".join(f"mod {one};\n" for one in modules))
    return text


def listed(options: argparse.Namespace) -> list[Mutant]:
    """The mutants that cargo-mutants proposes, sampled."""
    tree = options.tree
    before = plain_list(tree)
    command = ["cargo", "mutants", "--list", "--json"] + [part for one in options.files for part in ("--file", one)]
    found = json.loads(subprocess.run(command, cwd=tree, check=True, capture_output=True, text=True).stdout)
    (tree / LIST).write_text(before)
    mutants = [
        Mutant(
            number,
            one["genre"],
            one["name"],
            one["file"],
            (one["span"]["start"]["line"], one["span"]["start"]["column"]),
            one["replacement"],
        )
        for number, one in enumerate(found, 1)
    ]
    mutants = [one for one in mutants if not options.only or re.search(options.only, one.name)]
    if options.sample and options.sample < len(mutants):
        mutants = sorted(random.Random(options.seed).sample(mutants, options.sample), key=lambda one: one.number)
    return mutants


def build(tree: Path, mutants: list[Mutant]) -> tuple[dict[str, Path], list[Mutant], list[Mutant]]:
    """Weaves and builds; takes out what the compiler refuses. Gives the test binaries, what is built, and what is not."""
    originals = {one.file: (tree / one.file).read_bytes() for one in mutants}
    library = (tree / "src/lib.rs").read_text()
    (tree / "src/lib.rs").write_text(library + SWITCH)
    left, out = list(mutants), []
    while True:
        texts = {}
        for file, source in originals.items():
            texts[file], homeless = weave(source, [one for one in left if one.file == file])
            left = [one for one in left if one not in homeless]
            out += homeless
            (tree / file).write_bytes(texts[file])
        binaries, errors = compile_(tree)
        if not errors:
            return binaries, left, out
        arms = {one.number for one in left if one.genre == "MatchArm"}
        known = [one for one in errors if one[0] in texts]
        guilty = {blamed(texts[file], at, arms if code == NOT_EXHAUSTIVE else set()) for file, at, code in known} - {None}
        if not guilty:
            sys.exit(f"the woven tree does not build, and no mutant is to blame: {errors[:5]}")
        print(f"  {len(guilty)} do not compile", flush=True)
        out += [one for one in left if one.number in guilty]
        left = [one for one in left if one.number not in guilty]


def compile_(tree: Path) -> tuple[dict[str, Path], list[tuple[str, int, str]]]:
    """The test binaries, or where the errors are."""
    command = ["cargo", "test", "--lib", "--test", "it", "--no-run", "--locked", "--message-format", "json"]
    env = {**os.environ, "CARGO_TARGET_DIR": str(tree / "target"), "CARGO_PROFILE_DEV_DEBUG": "0"}
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


def notices(tree: Path, binaries: dict[str, Path], number: int) -> str | None:
    """The tier whose tests fail while a mutant is on."""
    for binary, filters in TIERS:
        env = {**os.environ, "LOCKGATE_MUTANT": str(number), "CARGO_MANIFEST_DIR": str(tree), "INSTA_UPDATE": "no"}
        try:
            done = subprocess.run([binaries[binary], *filters], cwd=tree, env=env, capture_output=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            return "timeout"
        if done.returncode:
            if number == 0:
                print(done.stdout.decode(errors="replace")[-3000:], done.stderr.decode(errors="replace")[-1000:], done.returncode)
            return filters[0]
    return None


def main() -> None:
    options = arguments()
    options.tree = options.tree.resolve()
    copy(options.tree)
    mutants = listed(options)
    print(f"{len(mutants)} mutants", flush=True)
    binaries, built, out = build(options.tree, mutants)
    if tier := notices(options.tree, binaries, 0):
        sys.exit(f"tests fail without any mutant: {tier}")
    survivors, ran = [], 0
    ends = time.monotonic() + 60 * options.minutes
    for one in random.Random(options.seed).sample(built, len(built)):
        if time.monotonic() > ends:
            break
        ran += 1
        if notices(options.tree, binaries, one.number) is None:
            survivors.append(one)
            print(f"survived: {one.name}", flush=True)
    print(f"{ran} of {len(built)} ran: {ran - len(survivors)} caught, {len(survivors)} survived")
    print(f"{len(out)} of {len(mutants)} do not compile or cannot be woven")


if __name__ == "__main__":
    main()
