"""Runs squawk and lockgate on the same migrations and lists every difference."""

from __future__ import annotations

import argparse
import bisect
import json
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What a finding is about, by the rules of both tools. A rule of either side stands under one subject.
ABOUT: dict[str, tuple[set[str], set[str]]] = {
    "index built": (
        {"require-concurrent-index-creation"},
        {"non-concurrent-index", "index-on-partitioned-table"},
    ),
    "index dropped": ({"require-concurrent-index-deletion"}, {"non-concurrent-drop-index"}),
    "concurrently in a transaction": (
        {"ban-concurrent-index-creation-in-transaction"},
        {"cannot-run-in-transaction", "implicit-transaction-batch"},
    ),
    "foreign key": ({"adding-foreign-key-constraint"}, {"blocking-foreign-key", "foreign-key-locks-parent"}),
    "not valid": (
        {"constraint-missing-not-valid"},
        {"blocking-check", "blocking-foreign-key", "blocking-unique", "blocking-primary-key", "blocking-exclusion",
         "validate-in-same-transaction"},
    ),
    "unique key": ({"disallowed-unique-constraint"}, {"blocking-unique"}),
    "primary key": ({"adding-serial-primary-key-field"}, {"blocking-primary-key", "add-serial-column"}),
    "not null": ({"adding-not-nullable-field"}, {"blocking-not-null"}),
    "column demanded": (
        {"adding-required-field"},
        {"add-not-null-without-default"},
    ),
    "default": (
        {"adding-field-with-default"},
        {"volatile-default", "stored-generated-column", "add-serial-column", "constrained-domain-column"},
    ),
    "type changed": (
        {"changing-column-type"},
        {"column-type-rewrite", "column-type-narrowed", "type-change-rebuilds-index", "type-change-locks-foreign-key",
         "type-change-blocked"},
    ),
    "column dropped": ({"ban-drop-column"}, {"drop-column"}),
    "table dropped": ({"ban-drop-table"}, {"drop-table", "recreate-table"}),
    "database dropped": ({"ban-drop-database"}, {"drop-schema"}),
    "not null dropped": ({"ban-drop-not-null"}, {"drop-not-null"}),
    "truncated": ({"ban-truncate-cascade"}, {"truncate-table", "drop-cascade"}),
    "column renamed": ({"renaming-column"}, {"rename-column"}),
    "table renamed": ({"renaming-table"}, {"rename-table"}),
    "timeout": ({"require-lock-timeout"}, {"missing-lock-timeout"}),
    "default dropped": ({"ban-drop-default"}, {"drop-default", "add-not-null-then-drop-default"}),
    "view dropped": ({"ban-drop-view"}, {"drop-view"}),
    "name too long": ({"identifier-too-long"}, {"identifier-too-long"}),
    "transaction left open": ({"ban-uncommitted-transaction"}, {"unclosed-transaction"}),
    "nested transaction": ({"transaction-nesting"}, {"nested-transaction"}),
    "enum value": ({"require-enum-value-ordering"}, {"enum-value-used-in-same-transaction"}),
    "domain": ({"ban-alter-domain-with-add-constraint"}, {"domain-constraint-scan"}),
    "syntax": ({"syntax-error"}, {"unparsed-statement"}),
}
# Matters of taste: not compared.
TASTE = {
    "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity", "prefer-robust-stmts",
    "prefer-text-field", "prefer-timestamp-tz", "ban-char-field", "ban-create-domain-with-constraint", "prefer-repack",
    "require-table-schema", "require-statement-timeout",
}


@dataclass(frozen=True)
class Place:
    file: str
    statement: int  # index in the file, by lockgate's reading


class Statements:
    """The statements of a file, so that findings of both tools meet."""

    def __init__(self, path: Path, spans: list[tuple[int, int]]) -> None:
        self.text = path.read_bytes()
        self.spans = spans
        self.starts = [start for start, _ in spans]

    def at_offset(self, offset: int) -> int:
        return max(bisect.bisect_right(self.starts, offset) - 1, 0)

    def at_line(self, line: int, column: int = 0) -> int:
        """The statement that covers a zero-based line, else the first that begins behind it."""
        lines = self.text.split(b"\n")
        offset = sum(len(one) + 1 for one in lines[:line]) + column
        for number, (start, end) in enumerate(self.spans):
            if offset < end:
                return number
        return max(len(self.spans) - 1, 0)

    def sql(self, number: int) -> str:
        if number >= len(self.spans):
            return ""
        start, end = self.spans[number]
        return " ".join(self.text[start:end].decode(errors="replace").split())


def lockgate_findings(options: argparse.Namespace) -> dict:
    command = [str(options.lockgate), "lint", "--format", "json", "--dialect", "postgres",
               "--server-version", options.server_version, str(options.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"lockgate: {done.stderr.strip()}")
    return json.loads(done.stdout)


def statements_of(options: argparse.Namespace) -> dict[str, list[tuple[int, int, str]]]:
    """Every statement by file: offset, end and transaction, as `operations` tells it."""
    command = [str(options.lockgate), "effects", "--format", "json", "--dialect", "postgres",
               "--server-version", options.server_version, str(options.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for one in json.loads(done.stdout)["statements"]:
        found[one["file"]].append((one["line"], 0, one["sql"]))
    return found


def spans(path: Path, known: list[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Bytes of the statements of a file, found by their text from their line on."""
    text = path.read_bytes()
    lines = [0]
    for line in text.split(b"\n"):
        lines.append(lines[-1] + len(line) + 1)
    result = []
    for line, _, sql in known:
        raw = sql.encode()
        start = text.find(raw, lines[line - 1])
        result.append((start, start + len(raw)) if start >= 0 else (lines[line - 1], lines[line]))
    return sorted(set(result))


def squawk_findings(options: argparse.Namespace, paths: list[Path], in_transaction: bool) -> list[dict]:
    command = [options.squawk, "--reporter", "json", "--pg-version", f"{options.server_version}.0"]
    if in_transaction:
        command.append("--assume-in-transaction")
    found: list[dict] = []
    for at in range(0, len(paths), 500):
        done = subprocess.run([*command, *map(str, paths[at:at + 500])], capture_output=True, text=True, check=False)
        if not done.stdout.strip():
            sys.exit(f"squawk: {done.stderr.strip()}")
        found += json.loads(done.stdout)
    return found


def subjects(rule: str, side: int) -> list[str]:
    return [name for name, rules in ABOUT.items() if rule in rules[side]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server-version", default="14")
    parser.add_argument("--lockgate", type=Path, default=ROOT / "target/debug/lockgate")
    parser.add_argument("--squawk", default=str(Path(sys.executable).parent / "squawk"))
    parser.add_argument("--no-transaction", action="store_true", help="the tool of this layout opens no transaction")
    parser.add_argument("--summary", action="store_true", help="counts alone")
    options = parser.parse_args()
    if not shutil.which(options.squawk):
        sys.exit("squawk is missing: pip install -r tools/peers/requirements.txt")

    report = lockgate_findings(options)
    known = statements_of(options)
    files = {name: Statements(Path(name), spans(Path(name), listed)) for name, listed in known.items()}
    ours: dict[Place, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    theirs: dict[Place, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    only = Counter()
    for finding in report["findings"]:
        named = subjects(finding["rule"], 1)
        if finding["file"] not in files or finding.get("direction") == "down":
            continue
        if not named:
            only["lockgate", finding["rule"]] += 1
        place = Place(finding["file"], files[finding["file"]].at_offset(finding["start"]["offset"]))
        for name in named:
            ours[place][name].append(f"{finding['rule']}: {finding['message']}")
        for other in finding.get("related", []):  # what else is true of the statement
            rule, _, message = other["message"].removeprefix("also ").partition(": ")
            for name in subjects(rule, 1):
                ours[place][name].append(f"{rule}: {message}")
    paths = sorted(Path(name) for name in files)
    for finding in squawk_findings(options, paths, not options.no_transaction):
        rule = finding["rule_name"]
        if rule in TASTE or finding["file"] not in files:
            continue
        named = subjects(rule, 0)
        if not named:
            only["squawk", rule] += 1
        place = Place(finding["file"], files[finding["file"]].at_line(finding["line"], finding.get("column", 0)))
        for name in named:
            theirs[place][name].append(f"{rule}: {finding['message']}")
    compare(options, files, ours, theirs, only)


def compare(options, files, ours, theirs, only) -> None:
    counts: dict[str, Counter] = defaultdict(Counter)
    for place in sorted(ours.keys() | theirs.keys(), key=lambda place: (place.file, place.statement)):
        for name in sorted(ours[place].keys() | theirs[place].keys()):
            us, them = ours[place].get(name), theirs[place].get(name)
            counts[name]["both" if us and them else "lockgate" if us else "squawk"] += 1
            if options.summary or (us and them):
                continue
            print(f"{name}: {'lockgate' if us else 'squawk'} alone, {place.file}, statement {place.statement + 1}")
            print(f"    {files[place.file].sql(place.statement)[:240]}")
            for line in us or them:
                print(f"    {line[:200]}")
            print()
    print(f"{'subject':32} {'both':>6} {'lockgate':>9} {'squawk':>7}")
    for name, count in sorted(counts.items()):
        print(f"{name:32} {count['both']:6} {count['lockgate']:9} {count['squawk']:7}")
    for (tool, rule), count in sorted(only.items()):
        print(f"only {tool:9} {rule:40} {count:5}")


if __name__ == "__main__":
    main()
