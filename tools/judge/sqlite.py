#!/usr/bin/env python3
"""Compares what lockgate understands of SQLite scripts with what SQLite accepts.

Each folder is a history: its .sql files run in order of their names, statement by statement, on a database in memory. SQLite cuts the
statements (`sqlite3.complete_statement`) and accepts or refuses each; lockgate has to cut the same statements and to understand each that
was accepted. What SQLite refuses is shown apart and not judged.

    tools/judge/sqlite.py --lockgate target/debug/lockgate FOLDER…
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from pathlib import Path

from mysql import SKIPPED, lowered, natural, normal


COMMENT = r"--[^\n]*"


def cut(text: str) -> list[str]:
    """The statements of a script."""
    found, start = [], 0
    for end in (match.end() for match in re.finditer(";", text)):
        if sqlite3.complete_statement(text[start:end]):
            found.append(text[start:end])
            start = end
    return [*found, text[start:]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--lockgate", required=True)
    parser.add_argument("--threshold", type=float, default=99.5, help="percent of the accepted statements (%(default)s)")
    parser.add_argument("--samples", type=int, default=30, help="disagreements shown (%(default)s)")
    arguments = parser.parse_args()
    accepted = understood = opaque = refused = 0
    disagreements: list[str] = []
    for folder in arguments.folders:
        database = sqlite3.connect(":memory:", isolation_level=None)
        before = (accepted, understood)
        for file in sorted((path for path in folder.rglob("*.sql") if not SKIPPED.search(path.name)), key=natural):
            waiting = [(normal(one["sql"], COMMENT), one) for one in lowered(arguments.lockgate, "sqlite", file)]
            for sql in cut(file.read_text("utf-8", "replace")):
                key = normal(sql, COMMENT)
                if not key:
                    continue
                place = next((at for at, (known, _) in enumerate(waiting[:20]) if known == key), None)
                found = waiting[place][1] if place is not None else None
                if place is not None:
                    del waiting[: place + 1]
                try:
                    database.execute(sql)
                except (sqlite3.Error, sqlite3.Warning) as error:
                    refused += 1
                    if "syntax error" not in str(error) and (found is None or "unparsed" in found["actions"]):
                        disagreements.append(f"{file}: refused ({error}), and not understood: {sql[:200]!r}")
                    continue
                accepted += 1
                if found is None:
                    disagreements.append(f"{file}: not cut alike: {sql[:200]!r}")
                elif "unparsed" in found["actions"]:
                    disagreements.append(f"{file}:{found['line']}: not understood: {sql[:300]!r}")
                else:
                    understood += 1
                    opaque += "opaque" in found["actions"]
        print(f"{folder.name}: {understood - before[1]} of {accepted - before[0]} accepted statements understood")
    for line in disagreements[: arguments.samples]:
        print("  " + line)
    share = 100 * understood / max(accepted, 1)
    print(f"{understood} of {accepted} accepted statements understood: {share:.2f} %; {opaque} opaque; not judged: {refused} that SQLite refused")
    if accepted == 0:
        return 2
    return int(share < arguments.threshold)


if __name__ == "__main__":
    sys.exit(main())
