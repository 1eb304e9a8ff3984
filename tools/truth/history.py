"""Histories: which files in which order, cut into statements, grouped into transactions as the layout's tool does it.

Neighbours: `server.py` runs the statements, `classes.py` says what they were. Order comes from `lockgate operations`; layouts
that lockgate does not read yet are staged: copied into a temporary folder under names of golang-migrate.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "judge"))
import pieces  # noqa: E402  (the judge's cutter: statements as PostgreSQL's own parser sees them)

# How a layout's tool sends a script: `script` in a transaction of its own, `string` as one string (an implicit transaction
# for more than one statement), `flyway` in a transaction unless a statement refuses one, `alone` statement by statement.
SENDING = {
    "diesel": "script",
    "sqlx": "script",
    "dbmate": "script",
    "goose": "script",
    "sql-migrate": "script",
    "popx": "script",
    "flyway": "flyway",
}
# Tools that undo what a script has set for the session: names for Flyway, everything for Supabase. A new session does both.
RESTORING = {"flyway", "supabase"}
# The lines with which the ways begin, in layouts that keep both in one file, in any order.
SECTIONS = {
    "goose": re.compile(rb"(?m)^--\s*\+goose (Up|Down)"),
    "sql-migrate": re.compile(rb"(?m)^--\s*\+migrate (Up|Down)"),
    "dbmate": re.compile(rb"(?m)^--\s*migrate:(up|down)"),
}
# A line by which a script opts out of its transaction.
ALONE = re.compile(r"(?m)^--\s*(\+goose NO TRANSACTION|\+migrate Up notransaction|migrate:up\s+transaction:false)")
REFUSES_TRANSACTION = re.compile(
    r"^\s*(VACUUM|CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY|DROP\s+INDEX\s+CONCURRENTLY|REINDEX\s+.*CONCURRENTLY"
    r"|ALTER\s+TABLE\s.*DETACH\s+PARTITION\s.*CONCURRENTLY|(CREATE|DROP)\s+(DATABASE|TABLESPACE)|ALTER\s+SYSTEM)\b",
    re.I | re.S,
)


@dataclass
class Script:
    """One migration's way up."""

    file: str  # as lockgate prints it
    statements: list[pieces.Statement]
    rejected: list[tuple[int, str]]
    sending: str
    fresh: bool  # settings that earlier scripts left are gone


def read(lockgate: Path, folder: Path, layout: str | None, version: str, sending: str | None) -> list[Script]:
    """The ups of a folder in lockgate's order."""
    command = [str(lockgate), "operations", "--format", "json", "--dialect", "postgres", "--server-version", version]
    if layout:
        command += ["--layout", layout]
    printed = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False).stdout
    found = json.loads(printed)["migrations"]
    scripts = []
    for migration in found:
        if migration["direction"] != "up":
            continue
        path = Path(migration["file"])
        layout_is = detected(lockgate, folder, layout)
        cut = pieces.cut(str(path), way_up(path.read_bytes(), layout_is))
        mode = sending or SENDING.get(layout_is, "string")
        sent = mode_of(path, mode, cut.statements)
        scripts.append(Script(migration["file"], cut.statements, cut.rejected, sent, layout_is in RESTORING))
    return scripts


def way_up(data: bytes, layout: str) -> bytes:
    """A script as bytes; of a file with two sections the way up, each byte where it was."""
    marks = list(SECTIONS[layout].finditer(data)) if layout in SECTIONS else []
    ends = [mark.start() for mark in marks[1:]] + [len(data)]
    for mark, end in zip(marks, ends):
        if mark.group(1).lower() == b"down":
            data = data[: mark.start()] + re.sub(rb"[^\n]", b" ", data[mark.start() : end]) + data[end:]
    return data


_detected: dict[Path, str] = {}


def detected(lockgate: Path, folder: Path, layout: str | None) -> str:
    """The layout, as lockgate calls it."""
    if layout:
        return layout
    if folder not in _detected:
        command = [str(lockgate), "lint", "--format", "json", "--dialect", "postgres", str(folder)]
        printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        projects = json.loads(printed)["projects"]
        _detected[folder] = projects[0]["layout"] if projects else "plain"
    return _detected[folder]


def mode_of(path: Path, mode: str, statements: list[pieces.Statement]) -> str:
    """The sending of one script: markers of its tool are honoured."""
    metadata = path.with_name("metadata.toml")
    if metadata.exists() and re.search(r"run_in_transaction\s*=\s*false", metadata.read_text()):
        return "string"
    if path.read_text(errors="replace").startswith("-- no-transaction"):
        return "string"
    if ALONE.search(path.read_text(errors="replace")):
        return "alone"
    if mode == "flyway":
        refuses = any(REFUSES_TRANSACTION.match(one.sql) for one in statements)
        return "alone" if refuses else "script"
    return mode


def stage(kind: str, folder: Path, into: Path) -> None:
    """Copies a layout that lockgate does not read yet under names of golang-migrate."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    if kind == "prisma":
        for number, path in enumerate(sorted(folder.glob("*/migration.sql")), 1):
            shutil.copy(path, into / f"{number:05}_{path.parent.name}.up.sql")
        return
    if kind == "copy":
        ups = sorted(folder.glob("*.up.sql")) or sorted(folder.glob("*.sql"))
        for number, path in enumerate(ups, 1):
            shutil.copy(path, into / f"{number:05}_{path.name.split('.')[0]}.up.sql")
        return
    if kind == "folders":
        folders = sorted((one for one in folder.iterdir() if one.name.isdigit()), key=lambda one: int(one.name))
        for number, path in enumerate((path for one in folders for path in sorted(one.glob("*.up.sql"))), 1):
            shutil.copy(path, into / f"{number:05}_{path.name.split('.')[0]}.up.sql")
        return
    if kind == "popx":
        chosen: dict[str, Path] = {}
        for path in sorted(folder.glob("*.up.sql")):
            version = path.name.split("_")[0]
            others = re.search(r"\.(mysql|sqlite3|cockroach)\.", path.name)
            if not others and (version not in chosen or ".postgres." in path.name):
                chosen[version] = path
        for version, path in chosen.items():
            shutil.copy(path, into / f"{version}_{path.name.split('_', 1)[-1].split('.')[0]}.up.sql")
        return
    if kind == "versions":
        key = lambda one: ([int(x) for x in re.findall(r"v(\d+)\.(\d+)", one.parent.name)[-1]], one.name)
        for number, path in enumerate(sorted(folder.glob("*/*.sql"), key=key), 1):
            shutil.copy(path, into / f"{number:05}_{path.parent.name.replace('.', '_')}_{path.stem}.up.sql")
        return
    raise SystemExit(f"unknown staging {kind}")
