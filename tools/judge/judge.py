#!/usr/bin/env python3
"""Judges lockgate's SQL front end with the real PostgreSQL parser. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import compare
import lower
import pieces

SUFFIXES = (".sql", ".sql.postgres", ".pgsql", ".psql")
BATCH = 400  # files per run of lockgate, well below the limit of a command line


def main() -> int:
    options = arguments()
    root = Path(options.root or os.path.commonpath([Path(path).resolve() for path in options.paths]))
    root = root.resolve() if root.is_dir() else root.resolve().parent
    files = find(root, options.paths)
    if not files:
        print("no SQL files found", file=sys.stderr)
        return 2
    cuts = {file: pieces.cut_file(root, file) for file in files}
    if options.print_statements:
        print_statements(cuts)
    if not options.lockgate:
        return summarise_parser(cuts)
    printed = run_lockgate(options, root, files)
    verdicts, strays = judge_all(cuts, printed)
    if options.ddl_only:
        verdicts = [verdict for verdict in verdicts if lower.is_ddl(verdict.statement.tree)]
    return report(options, verdicts, strays, cuts)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", help="folders or files of PostgreSQL SQL")
    parser.add_argument("--lockgate", help="the lockgate binary to judge; without it only the parser's side is shown")
    parser.add_argument("--report", action="append", help="judge this saved output of `lockgate operations` instead of running it")
    parser.add_argument("--root", help="folder that file names are relative to (default: what the paths share)")
    parser.add_argument("--threshold", type=float, help="lowest share of agreeing statements in percent (default 99.9; 99 with --ddl-only)")
    parser.add_argument("--ddl-only", action="store_true", help="count DDL only: for PostgreSQL's own regression SQL")
    parser.add_argument("--strict", action="store_true", help="flags (unique, concurrently, cascade, …) count like kind, relations and columns")
    parser.add_argument("--print-statements", action="store_true", help="print each accepted statement as a JSON line, as the parser sees it")
    parser.add_argument("--disagreements", metavar="FILE", help="write every disagreement as a JSON line to FILE")
    parser.add_argument("--samples", type=int, default=2, help="disagreements shown per kind and reason (default 2)")
    options = parser.parse_args()
    if options.report:
        options.lockgate = options.lockgate or "(saved)"
    if options.threshold is None:
        options.threshold = 99.0 if options.ddl_only else 99.9
    return options


def find(root: Path, paths: list[str]) -> list[str]:
    """SQL files under `paths`, relative to `root`, sorted."""
    found = set()
    for given in paths:
        path = Path(given).resolve()
        candidates = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and file.name.endswith(SUFFIXES)]
        found.update(str(file.relative_to(root)) for file in candidates)
    return sorted(found)


def run_lockgate(options: argparse.Namespace, root: Path, files: list[str]) -> dict[str, list[compare.Group]]:
    """What lockgate prints, per file as named in `files`."""
    known = {Path(file).as_posix(): file for file in files}
    merged: dict[str, list[compare.Group]] = {}
    for report_text in saved(options) if options.report else live(options, root, files):
        for name, found in compare.groups(json.loads(report_text)).items():
            merged.setdefault(match_file(name, known), []).extend(found)
    return merged


def saved(options: argparse.Namespace):
    for name in options.report:
        yield Path(name).read_text(encoding="utf-8")


def live(options: argparse.Namespace, root: Path, files: list[str]):
    binary = str(Path(options.lockgate).resolve())
    for start in range(0, len(files), BATCH):
        command = [binary, "operations", "--format", "json", "--dialect", "postgres", "--layout", "plain", *files[start : start + BATCH]]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.stderr.strip():
            print(f"lockgate: exit {done.returncode}: {done.stderr.strip()[:2000]}", file=sys.stderr)
        if not done.stdout.strip():
            raise SystemExit(f"lockgate printed nothing for {files[start]} … (exit {done.returncode})")
        yield done.stdout


def match_file(name: str, known: dict[str, str]) -> str:
    """lockgate names files relative to the repository root, which may lie above ours."""
    name = os.path.normpath(name).replace(os.sep, "/")
    if name in known:
        return known[name]
    return next((file for short, file in known.items() if name.endswith("/" + short)), name)


def judge_all(cuts: dict[str, pieces.Cut], printed: dict[str, list[compare.Group]]):
    verdicts, strays = [], []
    for file, cut in cuts.items():
        judged, extra = compare.judge(cut.statements, printed.get(file, []))
        verdicts += judged
        strays += extra
    return verdicts, strays


def report(options: argparse.Namespace, verdicts: list, strays: list, cuts: dict) -> int:
    wrong = [verdict for verdict in verdicts if verdict.reasons or (options.strict and verdict.attribute_reasons)]
    flagged = [verdict for verdict in verdicts if verdict.attribute_reasons and not verdict.reasons]
    if options.disagreements:
        write_disagreements(options.disagreements, verdicts)
    print_groups(wrong, options.samples, strict=options.strict)
    if flagged and not options.strict:
        print("\nflags that disagree (counted only with --strict):")
        print_groups(flagged, options.samples, strict=True)
    per_kind(verdicts)
    total, good = len(verdicts), len(verdicts) - len(wrong)
    share = 100.0 * good / total if total else 0.0
    rejected = sum(len(cut.rejected) for cut in cuts.values())
    unjudged = " (DDL judged only)" if options.ddl_only else f"; {len(strays)} printed statements that the parser does not see"
    print(f"\n{len(cuts)} files, {total} statements accepted by the parser, {rejected} pieces rejected by it{unjudged}")
    print(f"flags agree: {100.0 * (total - len([v for v in verdicts if v.attribute_reasons])) / max(total, 1):.3f} %")
    print(f"agree: {good} of {total} = {share:.3f} % (threshold {options.threshold} %)")
    return 0 if total and share >= options.threshold else 1


def print_groups(verdicts: list, samples: int, strict: bool) -> None:
    grouped = defaultdict(list)
    for verdict in verdicts:
        reason = (verdict.reasons + (verdict.attribute_reasons if strict else []))[0]
        grouped[(verdict.kind, reason.split(": expected", 1)[0])].append((verdict, reason))
    for (kind, short), members in sorted(grouped.items(), key=lambda item: -len(item[1])):
        print(f"\n{len(members):6} {kind}: {short}")
        for verdict, reason in members[:samples]:
            statement = verdict.statement
            print(f"       {statement.file}:{statement.line}: {reason}\n         {' '.join(statement.sql.split())[:300]}")


def per_kind(verdicts: list) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for verdict in verdicts:
        counts[verdict.kind][0] += 1
        counts[verdict.kind][1] += bool(verdict.reasons)
    print("\nstatements disagreeing  first kind")
    for kind, (total, wrong) in sorted(counts.items(), key=lambda item: (-item[1][1], -item[1][0])):
        print(f"{total:10} {wrong:11}  {kind}")


def write_disagreements(target: str, verdicts: list) -> None:
    with open(target, "w", encoding="utf-8") as out:
        for verdict in verdicts:
            if verdict.reasons or verdict.attribute_reasons:
                row = {**row_of(verdict.statement), "reasons": verdict.reasons, "flags": verdict.attribute_reasons, "printed": verdict.printed}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


def row_of(statement: pieces.Statement) -> dict:
    expected = lower.operations(statement.tree)
    first = expected[0] if expected else None
    relations = [name for operation in expected for name in (operation.table, *(r[0] for r in operation.references or [])) if name]
    columns = [column for operation in expected for column in operation.columns or [] if column is not lower.EXPRESSION]
    return {
        "file": statement.file,
        "line": statement.line,
        "offset": statement.offset,
        "sql": statement.sql,
        "kind": first.kinds[0] if first else None,
        "relations": list(dict.fromkeys(relations)),
        "columns": columns,
        "operations": [public(operation) for operation in expected],
    }


def public(operation: lower.Operation) -> dict:
    columns = operation.columns and ["(expression)" if column is lower.EXPRESSION else column for column in operation.columns]
    row = {"kind": operation.kinds[0], "or": operation.kinds[1:], "table": operation.table, "columns": columns, "name": operation.name}
    row |= {"references": operation.references, **operation.relations, **operation.attributes}
    return {key: value for key, value in row.items() if value not in (None, [], (), False)}


def print_statements(cuts: dict[str, pieces.Cut]) -> None:
    for cut in cuts.values():
        for statement in cut.statements:
            print(json.dumps(row_of(statement), ensure_ascii=False))


def summarise_parser(cuts: dict[str, pieces.Cut]) -> int:
    total = sum(len(cut.statements) for cut in cuts.values())
    rejected = [(file, line, reason) for file, cut in cuts.items() for line, reason in cut.rejected]
    for file, line, reason in rejected:
        print(f"rejected {file}:{line}: {reason}", file=sys.stderr)
    print(f"{len(cuts)} files, {total} statements accepted by the parser, {len(rejected)} pieces rejected by it", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
