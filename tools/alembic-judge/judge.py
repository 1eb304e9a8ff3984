#!/usr/bin/env python3
"""Judges lockgate's reading of Alembic revisions with the real Alembic. See README.md."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import compare

HERE = Path(__file__).parent
REVISION = re.compile(r"^(revision|down_revision)\s*(:[^=]+)?=", re.MULTILINE)
DIALECTS = ("postgresql", "mysql", "sqlite")
AIMS = {"recall": 98.0, "precision": 99.0, "full": 96.0}


def main() -> int:
    options = arguments()
    totals, per_project = Counter(), []
    for project in options.projects:
        root = Path(project).resolve()
        files = revisions(root, options.under)
        if not files:
            print(f"{root.name}: no revisions found", file=sys.stderr)
            continue
        if options.sql == "all":
            count = judge_revisions(options, root, files)
        elif options.sql:
            count = judge_sql(options, root, files)
        else:
            count = judge_directives(options, root, files)
        per_project.append((root.name, len(files), count))
        totals.update(count)
    if not per_project:
        return 2
    for name, files, count in per_project:
        print(line(options, name, files, count))
    print(line(options, "total", sum(files for _, files, _ in per_project), totals))
    return 0 if passes(options, totals) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="+", help="checkouts of projects that use Alembic")
    parser.add_argument("--lockgate", required=True, help="the lockgate binary to judge")
    parser.add_argument("--under", help="judge the revisions in folders of this name alone")
    parser.add_argument("--sql", metavar="DIALECT", choices=(*DIALECTS, "all"), help="compare the SQL instead of the directives")
    parser.add_argument("--sample", type=int, help="with --sql: so many revisions of each project")
    parser.add_argument("--disagreements", metavar="FILE", help="write every disagreement as a JSON line to FILE")
    parser.add_argument("--samples", type=int, default=0, help="disagreements shown for each project")
    return parser.parse_args()


def revisions(root: Path, under: str | None) -> list[Path]:
    """Files that Alembic would load: both `revision` and `down_revision` at the top."""
    found = []
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).parts
        if {".git", "node_modules", "tests", "test", "venv"} & set(parts) or (under and under not in parts):
            continue
        head = file.read_text(encoding="utf-8", errors="replace")
        if {name for name, _ in REVISION.findall(head)} == {"revision", "down_revision"}:
            found.append(file)
    return found


def run_alembic(root: Path, files: list[Path], dialect: str, mode: str) -> dict[tuple[str, str], dict]:
    command = [sys.executable, str(HERE / "worker.py"), str(root), dialect, mode]
    given = "".join(f"{file}\n" for file in files)
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        print(f"{root.name}: the worker ended with {done.returncode}: {done.stderr[-2000:]}", file=sys.stderr)
    outcomes = map(json.loads, done.stdout.splitlines())
    return {(outcome["file"], outcome["direction"]): outcome for outcome in outcomes}


def run_lockgate(options: argparse.Namespace, root: Path, files: list[Path], dialect: str) -> dict[tuple[str, str], dict]:
    """The printed migrations by file and direction; `operations` of each, or with --sql its text."""
    binary = str(Path(options.lockgate).resolve())
    form = "sql" if options.sql else "json"
    command = [binary, "operations", "--format", form, "--dialect", dialect, "--layout", "alembic"]
    printed = {}
    # Folders, not files: lockgate needs the whole environment anyway.
    for folder in sorted({file.parent for file in files}):
        names = [file.name for file in files if file.parent == folder]
        done = subprocess.run([*command, *names], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.stderr.strip():
            print(f"lockgate: exit {done.returncode}: {done.stderr.strip()[:500]}", file=sys.stderr)
        where = folder.relative_to(root).as_posix()
        found = sql_sections(done.stdout) if options.sql else json_sections(done.stdout)
        printed.update({(f"{where}/{Path(name).name}", direction): value for (name, direction), value in found})
    return printed


def json_sections(text: str):
    for migration in json.loads(text)["migrations"] if text.strip() else []:
        yield (migration["file"], migration["direction"]), migration["operations"]


def sql_sections(text: str):
    heads = list(re.finditer(r"^-- (.+\.py) \((\S+) (up|down)\)$", text, re.MULTILINE))
    for head, following in zip(heads, [*heads[1:], None]):
        yield (head[1], head[3]), text[head.end() : following.start() if following else None]


def judge_directives(options: argparse.Namespace, root: Path, files: list[Path]) -> Counter:
    real = run_alembic(root, files, "postgresql", "bind")
    printed = run_lockgate(options, root, files, "postgres")
    verdicts = [compare.judge(outcome, printed.get(place, [])) for place, outcome in real.items()]
    wrong = [verdict for verdict in verdicts if verdict.missed or verdict.extra or verdict.full is False]
    for verdict in wrong:
        record(options, {"file": verdict.file, "direction": verdict.direction, "missed": verdict.missed, "extra": verdict.extra})
    for verdict in wrong[: options.samples]:
        print(f"{root.name}/{verdict.file} {verdict.direction}\n  missed {verdict.missed}\n  extra  {verdict.extra}")
    return compare.totals(verdicts) + Counter(revisions=len(files), full_files=full_files(verdicts))


def full_files(verdicts: list) -> int:
    """Revisions that match in both directions, as far as they ran."""
    files: dict[str, bool] = {}
    for verdict in verdicts:
        files[verdict.file] = files.get(verdict.file, True) and verdict.full is not False
    return sum(files.values())


def judge_sql(options: argparse.Namespace, root: Path, files: list[Path]) -> Counter:
    files = sampled(options, files)
    equal = equal_sql(options, root, files, options.sql)
    ran = [same for same in equal.values() if same is not None]
    return Counter(revisions=len(files), stopped=len(equal) - len(ran), ran=len(ran), full=sum(ran))


def judge_revisions(options: argparse.Namespace, root: Path, files: list[Path]) -> Counter:
    """Revisions of which both directions are equal on every dialect."""
    files = sampled(options, files)
    equal = [equal_sql(options, root, files, dialect) for dialect in DIALECTS]
    count = Counter(revisions=len(files))
    for same in whole_revisions(equal).values():
        count["stopped" if same is None else "ran"] += 1
        count["full"] += bool(same)
    return count


def whole_revisions(equal: list[dict[tuple[str, str], bool | None]]) -> dict[str, bool | None]:
    """By file: whether all its scripts are equal; None where one of them cannot be compared."""
    files: dict[str, bool | None] = {}
    for one in equal:
        for (file, _), same in one.items():
            known = files.get(file, True)
            files[file] = None if known is None or same is None else known and same
    return files


def equal_sql(options: argparse.Namespace, root: Path, files: list[Path], dialect: str) -> dict[tuple[str, str], bool | None]:
    """Whether the SQL is the same, by file and direction; None where Alembic's cannot be compared."""
    real = run_alembic(root, files, dialect, "strict")
    printed = run_lockgate(options, root, files, {"postgresql": "postgres"}.get(dialect, dialect))
    equal: dict[tuple[str, str], bool | None] = {}
    for place, outcome in real.items():
        if outcome["error"] or "stub" in outcome["sql"]:
            equal[place] = None
            continue
        expected, given = normal(outcome["sql"]), normal(printed.get(place, ""))
        equal[place] = expected == given
        if expected != given:
            entry = {"file": f"{root.name}/{place[0]}", "direction": place[1], "dialect": dialect}
            record(options, {**entry, "expected": expected, "printed": given})
    return equal


def sampled(options: argparse.Namespace, files: list[Path]) -> list[Path]:
    """So many of the files as are asked for, the same ones in every run."""
    if not options.sample:
        return files
    return sorted(files, key=lambda file: hashlib.sha256(file.name.encode()).hexdigest())[: options.sample]


def normal(sql: str) -> list[str]:
    """Statements with single spaces. SQLAlchemy keeps the indexes of a table in a set: neighbouring ones are sorted."""
    statements = [" ".join(statement.split()) for statement in re.split(r";\s*\n", sql + "\n") if statement.strip()]
    out: list[str] = []
    for is_index, group in itertools.groupby(statements, lambda one: bool(re.match(r"CREATE (UNIQUE )?INDEX", one))):
        out += sorted(group) if is_index else group
    return out


def record(options: argparse.Namespace, entry: dict) -> None:
    if options.disagreements:
        with open(options.disagreements, "a", encoding="utf-8") as out:
            out.write(json.dumps(entry) + "\n")


def share(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def line(options: argparse.Namespace, name: str, files: int, count: Counter) -> str:
    head = f"{name:32} {files:5} revisions"
    if options.sql == "all":
        return f"{head}  {count['full']} of {count['ran']} equal on {', '.join(DIALECTS)} = {share(count['full'], count['ran']):.2f} %, {count['stopped']} not comparable"
    if options.sql:
        return f"{head}  {options.sql}: {count['full']} of {count['ran']} scripts equal = {share(count['full'], count['ran']):.2f} %, {count['stopped']} not comparable"
    return (
        f"{head}  called {count['called']:6}, right {share(count['right'], count['called']):6.2f} %"
        f"  extracted {count['extracted']:6}, called {share(count['real'], count['extracted']):6.2f} %"
        f"  revisions in full {share(count['full_files'], count['revisions']):6.2f} %  ({count['stopped']} of {count['stopped'] + count['ran']} scripts stopped)"
    )


def passes(options: argparse.Namespace, count: Counter) -> bool:
    if options.sql:
        return bool(count["ran"]) and count["full"] == count["ran"]
    return (
        share(count["right"], count["called"]) >= AIMS["recall"]
        and share(count["real"], count["extracted"]) >= AIMS["precision"]
        and share(count["full_files"], count["revisions"]) >= AIMS["full"]
    )


if __name__ == "__main__":
    sys.exit(main())
