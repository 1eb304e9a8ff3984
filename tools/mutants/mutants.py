#!/usr/bin/env python3
"""Mutation check of the effects and the rules: which changes of the code does no test notice? See README.md.

Neighbours: `weave.py` puts mutants into the text, `build.py` compiles it, `tests.py` runs what sees a mutant, `accepted.py` keeps the
list of those that may live.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import accepted
from build import build
from tests import Tests
from weave import Mutant

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LIST = Path("src/rules/mod.rs")
FILES = ["src/effects/**", "src/rules/*.rs"]
SURVIVORS = "survivors.toml"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", nargs="+", default=FILES, help="what is mutated")
    parser.add_argument("--sample", type=int, default=300, help="so many mutants, drawn at random; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="a regular expression that the mutant's name matches")
    parser.add_argument("--again", type=Path, help="those alone that this file lists: what survived an earlier run")
    parser.add_argument("--minutes", type=float, default=1e9, help="how long mutants are run; they come in random order")
    parser.add_argument("--jobs", type=int, default=2, help="so many mutants are run at once")
    parser.add_argument("--tree", type=Path, default=ROOT / "target/mutants", help="where the mutated copy lives")
    return parser.parse_args()


def copy(tree: Path) -> None:
    """The committed tree; what was built there before stays."""
    tree.mkdir(parents=True, exist_ok=True)
    # Paths are printed from the root of the repository.
    (tree / ".git").mkdir(exist_ok=True)
    for old in ("src", "tests"):
        subprocess.run(["rm", "-rf", str(tree / old)], check=True)
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


def proposed(options: argparse.Namespace) -> list[Mutant]:
    """What cargo-mutants proposes."""
    tree = options.tree
    before = plain_list(tree)
    command = ["cargo", "mutants", "--list", "--json"] + [part for one in options.files for part in ("--file", one)]
    found = json.loads(subprocess.run(command, cwd=tree, check=True, capture_output=True, text=True).stdout)
    (tree / LIST).write_text(before)
    sources = {file: (tree / file).read_text().splitlines() for file in {one["file"] for one in found}}
    mutants = []
    for number, one in enumerate(found, 1):
        line, column = one["span"]["start"]["line"], one["span"]["start"]["column"]
        source = sources[one["file"]][line - 1]
        change = one["name"].split(": ", 1)[1]
        mutants.append(Mutant(number, one["genre"], one["file"], (line, column), change, source[column - 1 :], one["replacement"]))
    return mutants


def chosen(options: argparse.Namespace, mutants: list[Mutant]) -> list[Mutant]:
    """What is run of them."""
    mutants = [one for one in mutants if not options.only or re.search(options.only, one.name)]
    if options.again:
        entries = accepted.read(options.again)
        mutants = [one for one in mutants if accepted.covers(entries, one)]
    if options.sample and options.sample < len(mutants):
        mutants = sorted(random.Random(options.seed).sample(mutants, options.sample), key=lambda one: one.number)
    return mutants


def live(options: argparse.Namespace, mutants: list[Mutant]) -> list[Mutant]:
    """Those that are not accepted; ends where an entry of that list has lost its place."""
    entries = accepted.read(HERE / "accepted.toml")
    if lost := accepted.lost(entries, mutants) if options.files == FILES else []:
        sys.exit("accepted.toml lists what is there no more:\n" + "\n".join(f"  {one.file}: {one.change}" for one in lost))
    if bare := [one for one in entries if not one.reason.strip()]:
        sys.exit("accepted.toml gives no reason for:\n" + "\n".join(f"  {one.file}: {one.change}" for one in bare))
    left = [one for one in mutants if not accepted.covers(entries, one)]
    print(f"{len(mutants)} mutants proposed, {len(mutants) - len(left)} accepted", flush=True)
    return left


def run(options: argparse.Namespace, tests: Tests, mutants: list[Mutant]) -> list[Mutant]:
    """Runs them in random order; gives those that no test noticed."""
    ends = time.monotonic() + 60 * options.minutes
    survivors, ran, by, begun = [], 0, Counter(), time.monotonic()

    def one(mutant: Mutant) -> tuple[Mutant, str | None]:
        return mutant, tests.notices(mutant) if time.monotonic() < ends else "not run"

    with ThreadPoolExecutor(options.jobs) as pool:
        for mutant, noticed in pool.map(one, random.Random(options.seed).sample(mutants, len(mutants))):
            if noticed == "not run":
                continue
            ran += 1
            by[noticed.split("::")[0] if noticed else None] += 1
            if noticed is None:
                survivors.append(mutant)
                accepted.write(options.tree / SURVIVORS, survivors)
                print(f"survived{'' if tests.reaches(mutant) else ', and no test reaches it'}: {mutant.name}", flush=True)
            if ran % 100 == 0:
                print(f"  {ran} ran, {len(survivors)} survived, {(time.monotonic() - begun) / ran:.2f} s each", flush=True)
    accepted.write(options.tree / SURVIVORS, survivors)
    print(f"{ran} of {len(mutants)} ran: {ran - len(survivors)} caught, {len(survivors)} survived")
    print("noticed by " + ", ".join(f"{name} {count}" for name, count in by.most_common() if name))
    return survivors


def main() -> None:
    options = arguments()
    options.tree = options.tree.resolve()
    copy(options.tree)
    mutants = chosen(options, live(options, proposed(options)))
    print(f"{len(mutants)} chosen", flush=True)
    binaries, built, out = build(options.tree, mutants)
    print(f"{len(out)} of {len(mutants)} do not compile or cannot be woven", flush=True)
    tests = Tests(options.tree, binaries, options.jobs)
    print(f"{tests.count()} tests see {tests.reached()} of {len(built)} mutants", flush=True)
    survivors = run(options, tests, built)
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
