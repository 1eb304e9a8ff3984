"""Lists of mutants, as TOML: those that may live, each with its reason, and those that survived.

A mutant is told by its file, the change, and the text at which it happens, so that an entry keeps its place when lines move.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from weave import Mutant


@dataclass(frozen=True)
class Entry:
    """One of a list; it stands for every mutant that it describes."""

    file: str
    change: str
    at: str  # how the text at the mutant's place begins; it may be cut
    reason: str


def read(path: Path) -> list[Entry]:
    """The entries of a file."""
    listed = tomllib.loads(path.read_text()).get("mutant", [])
    return [Entry(one["file"], one["change"], one.get("at", ""), one.get("reason", "")) for one in listed]


def write(path: Path, mutants: list[Mutant]) -> None:
    """Writes mutants as entries that wait for their reason."""
    parts = [
        f"[[mutant]]\nfile = {text(one.file)}\nchange = {text(one.change)}\nat = {text(one.at)}\nreason = \"\"\n"
        for one in sorted(mutants, key=lambda one: one.number)
    ]
    path.write_text("\n".join(parts))


def text(value: str) -> str:
    # Strings of JSON are strings of TOML.
    return json.dumps(value, ensure_ascii=False)


def describes(entry: Entry, mutant: Mutant) -> bool:
    return entry.file == mutant.file and entry.change == mutant.change and mutant.at.startswith(entry.at)


def covers(entries: list[Entry], mutant: Mutant) -> bool:
    """Whether one of the entries describes the mutant."""
    return any(describes(one, mutant) for one in entries)


def lost(entries: list[Entry], mutants: list[Mutant]) -> list[Entry]:
    """Entries that describe no mutant."""
    return [entry for entry in entries if not any(describes(entry, one) for one in mutants)]
