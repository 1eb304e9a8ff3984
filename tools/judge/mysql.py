#!/usr/bin/env python3
"""Compares what lockgate understands of MySQL scripts with what a MariaDB server accepts.

Each folder is a history: its .sql files run in order of their names, statement by statement, through MariaDB's own client in a
database of its own. The client cuts the statements and the server accepts or refuses each; lockgate has to cut the same statements and to
understand each that was accepted. What the server refuses is shown apart and not judged.

    tests/servers.sh start mariadb            prints "mariadb SOCKET"
    tools/judge/mysql.py --lockgate target/debug/lockgate --socket SOCKET FOLDER…
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

RULE = "--------------"
ERROR = re.compile(r"^ERROR (\d+) \(\w+\)(?: at line \d+)?: (.*)")
LATE = re.compile(r"ERROR (\d+) \(\w+\) at line \d+: (.*)\n?")
# Directories of PostgreSQL, of a way back, and other files that are no part of the history.
SKIPPED = re.compile(r"(\.down\.sql|[/_]down\.sql)$")


def natural(path: Path) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", str(path))]


# Comments to the end of their line.
MYSQL_COMMENT = r"--([ \t][^\n]*)?|#[^\n]*"


def normal(sql: str, comment: str = MYSQL_COMMENT) -> str:
    """The statement without comments, white space and case, so that two ways of cutting agree."""
    sql = re.sub(r"/\*M?!\d*", " ", sql)
    sql = re.sub(r"/\*(?!!).*?\*/", " ", sql, flags=re.DOTALL)
    sql = re.sub(rf"(^|(?<=\s))({comment})(?=\n|$)", " ", sql)
    return re.sub(r"\s+|\*/|;", "", sql).lower()


def client(socket: str, database: str, script: bytes) -> list[tuple[str, int | None, str]]:
    """The statements that the client sends, each with the error's number and text, if there was one."""
    # Unbuffered, so that an error stands behind its statement.
    command = ["stdbuf", "-o0", "mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "--force", "--verbose", "--unbuffered",
               "--skip-comments", "--default-character-set=utf8mb4", f"--database={database}"]
    run = subprocess.run(command, input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = run.stdout.decode("utf-8", "replace").split("\n")
    found: list[tuple[str, int | None, str]] = []
    at = 0
    while at < len(lines):
        if lines[at] == RULE:
            end = next((i for i in range(at + 1, len(lines)) if lines[i] == RULE), len(lines))
            text = "\n".join(lines[at + 1 : end])
            # The error of the statement before may arrive in the middle of this one.
            if (late := LATE.search(text)) and found:
                found[-1] = (found[-1][0], int(late[1]), late[2])
                text = LATE.sub("", text)
            found.append((text, None, ""))
            at = end
        elif (error := ERROR.match(lines[at])) and found:
            found[-1] = (found[-1][0], int(error[1]), error[2])
        at += 1
    return found


def lowered(lockgate: str, dialect: str, file: Path) -> list[dict]:
    """lockgate's statements with the kinds of their actions."""
    command = [lockgate, "effects", "--dialect", dialect, "--layout", "plain", "--format", "json", str(file)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: {run.stderr.decode()}")
    return json.loads(run.stdout)["statements"]


PROGRAM = re.compile(rb"\bCREATE\b[^;]*\b(TRIGGER|PROCEDURE|FUNCTION|EVENT)\b", re.IGNORECASE)


def script_of(file: Path, ours: list[dict]) -> bytes:
    """The file as the client gets it. Migration tools send stored programs without DELIMITER, and the server cuts them; the client cannot.
    Such a file is sent as lockgate cuts it: the server refuses what is cut wrongly."""
    written = file.read_bytes()
    if PROGRAM.search(written) and b"DELIMITER" not in written.upper():
        return ("DELIMITER ////\n" + "".join(one["sql"] + "\n////\n" for one in ours)).encode()
    return written


class Tally:
    """What was counted."""

    def __init__(self) -> None:
        self.accepted = self.understood = self.opaque = self.syntax = self.refused = 0
        self.disagreements: list[str] = []

    def judge(self, file: Path, sent: list[tuple[str, int | None, str]], ours: list[dict]) -> None:
        waiting = [(normal(one["sql"]), one) for one in ours]
        for sql, error, text in sent:
            key = normal(sql)
            if not key:
                continue
            place = next((at for at, (known, _) in enumerate(waiting[:20]) if known == key), None)
            found = waiting[place][1] if place is not None else None
            if place is not None:
                del waiting[: place + 1]
            if error is not None:
                # 1064 is the grammar's refusal; the others need another database to succeed.
                self.syntax += error == 1064
                self.refused += error != 1064
                if error == 1064:
                    continue
                if found is None or "unparsed" in found["actions"]:
                    self.disagreements.append(f"{file}: refused with {error} ({text[:60]}), and not understood: {sql[:200]!r}")
                continue
            self.accepted += 1
            if found is None:
                self.disagreements.append(f"{file}: not cut alike: {sql[:200]!r}")
            elif "unparsed" in found["actions"]:
                self.disagreements.append(f"{file}:{found['line']}: not understood: {sql[:300]!r}")
            else:
                self.understood += 1
                self.opaque += "opaque" in found["actions"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--lockgate", required=True)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--dialect", default="mariadb", choices=["mysql", "mariadb"])
    parser.add_argument("--threshold", type=float, default=99.5, help="percent of the accepted statements (%(default)s)")
    parser.add_argument("--samples", type=int, default=30, help="disagreements shown (%(default)s)")
    arguments = parser.parse_args()
    total = Tally()
    for folder in arguments.folders:
        before = (total.accepted, total.understood, total.opaque)
        database = "judge_" + re.sub(r"\W", "_", folder.name)[:40]
        setup = f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} CHARACTER SET utf8mb4;"
        client(arguments.socket, "mysql", setup.encode())
        for file in sorted((path for path in folder.rglob("*.sql") if not SKIPPED.search(path.name)), key=natural):
            ours = lowered(arguments.lockgate, arguments.dialect, file)
            total.judge(file, client(arguments.socket, database, script_of(file, ours)), ours)
        accepted, understood, opaque = (now - then for now, then in zip((total.accepted, total.understood, total.opaque), before))
        print(f"{folder.name}: {understood} of {accepted} accepted statements understood, {opaque} of them opaque")
    for line in total.disagreements[: arguments.samples]:
        print("  " + line)
    share = 100 * total.understood / max(total.accepted, 1)
    print(f"{total.understood} of {total.accepted} accepted statements understood: {share:.2f} %; {total.opaque} opaque; "
          f"not judged: {total.syntax} that the grammar and {total.refused} that something else refused")
    if total.accepted == 0:
        return 2
    return int(share < arguments.threshold)


if __name__ == "__main__":
    sys.exit(main())
