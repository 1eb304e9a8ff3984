#!/usr/bin/env python3
"""lockgate's findings on real histories, scored against what a real server did. See README.md."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import history
from classes import AVAILABILITY, Truth, judge
from server import Server

SCORED = ["long_block", "held_block", "brief_block", "breaking", "mass_change"]
# A finding of these hazards claims a class; `data_loss` claims that something is gone, as `breaking` does.
CLAIMS = {one: one for one in SCORED} | {"data_loss": "breaking"}


@dataclass
class Scored:
    """One statement with its truth and what lockgate said of it."""

    file: str
    line: int
    sql: str
    truth: Truth
    error: str | None
    findings: list[dict] = field(default_factory=list)

    def skipped(self) -> bool:
        """Not scored: refused here, or by a server whose tables have rows, as lockgate says."""
        return self.error is not None or any(one["hazard"] == "fails" for one in self.findings)

    def claims(self) -> set[str]:
        """Classes that the findings claim; a worse availability class covers the weaker ones."""
        claimed = {CLAIMS[one["hazard"]] for one in self.findings if one["hazard"] in CLAIMS}
        ranks = [AVAILABILITY.index(one) for one in claimed if one in AVAILABILITY]
        return claimed | set(AVAILABILITY[min(ranks) :]) if ranks else claimed

    def allowed(self) -> set[str]:
        """Classes that are true; a truly worse one makes the weaker ones true."""
        true = self.truth.must | self.truth.may
        ranks = [AVAILABILITY.index(one) for one in true if one in AVAILABILITY]
        return true | set(AVAILABILITY[min(ranks) :]) if ranks else true


@dataclass
class Score:
    """Counts of one class."""

    hit: int = 0
    missed: int = 0
    right: int = 0
    false: int = 0

    def text(self) -> str:
        def share(part: int, rest: int) -> str:
            return f"{100 * part / (part + rest):5.1f}" if part + rest else "    –"

        return f"{share(self.right, self.false)}/{share(self.hit, self.missed)} ({self.false} false, {self.missed} missed of {self.hit + self.missed})"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+", help="folders of migrations, in the order in which they run")
    parser.add_argument("--lockgate", type=Path, default=Path("target/debug/lockgate"))
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5416/postgres", help="a throw-away server")
    parser.add_argument("--name", help="name of the history; the database is truth_NAME")
    parser.add_argument("--layout", help="layout, where lockgate does not detect it")
    parser.add_argument("--stage", choices=["prisma", "popx", "versions", "copy", "folders"], help="copy a layout that lockgate does not read yet")
    parser.add_argument("--sending", choices=["script", "string", "flyway", "alone"], help="how the tool sends scripts")
    parser.add_argument("--before", default="", help="SQL to run first: what the tool itself makes")
    parser.add_argument("--replace", action="append", default=[], metavar="PATTERN=TEXT", help="placeholders: a regular expression and its text")
    parser.add_argument("--skip", default="", metavar="PATTERN", help="files to leave out")
    parser.add_argument("--unknown-timezone", action="store_true", help="do not tell lockgate that sessions run in UTC")
    parser.add_argument("--quiet", action="store_true", help="figures alone")
    parser.add_argument("--save", type=Path, help="append the figures as a JSON line")
    return parser.parse_args()


def run(options: argparse.Namespace, folder: Path) -> tuple[list[Scored], dict]:
    """Replays and scores."""
    name = options.name or folder.name
    server = Server(options.server, f"truth_{name}")
    version = str(server.connection.info.server_version // 10000)
    scripts = history.read(options.lockgate, folder, options.layout, version, options.sending)
    if options.before:
        server.execute(options.before)
    pairs = [one.rsplit("=", 1) for one in options.replace]

    def replace(sql: str) -> str:
        for pattern, text in pairs:
            sql = re.sub(pattern, text, sql)
        return sql

    report = lint(options, folder, version)
    scored, errors, rejected = [], 0, 0
    for script in scripts:
        if options.skip and re.search(options.skip, script.file):
            continue
        results = server.run(script, replace)
        rejected += len(script.rejected)
        spans = []
        for statement, done, truth in zip(script.statements, results, judge(script, results)):
            errors += done.error is not None
            spans.append((statement, Scored(script.file, statement.line, statement.sql, truth, done.error)))
        for finding in report["findings"]:
            if finding["file"] != script.file or finding.get("direction") == "down" or "start" not in finding:
                continue
            at = finding["start"]["offset"]
            owner = next((one for statement, one in spans if statement.offset <= at < statement.end), None)
            if owner is not None:
                owner.findings.append(finding)
        scored += [one for _, one in spans]
    return scored, {"name": name, "files": len(scripts), "statements": len(scored), "errors": errors, "rejected": rejected}


def lint(options: argparse.Namespace, folder: Path, version: str) -> dict:
    """lockgate's report on the folder."""
    command = [str(options.lockgate), "lint", "--format", "json", "--dialect", "postgres", "--server-version", version]
    if options.layout:
        command += ["--layout", options.layout]
    if not options.unknown_timezone:
        config = Path(tempfile.mkdtemp(prefix="truth-")) / "lockgate.toml"
        config.write_text(f'[[project]]\npath = {json.dumps(str(folder.resolve()))}\ndialect = "postgres"\ntimezone = "UTC"\n')
        command += ["--config", str(config)]
    return json.loads(subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False).stdout)


def score(scored: list[Scored]) -> dict[str, Score]:
    """Counts per class; `blocks` are long and held ones taken together."""
    scores = {one: Score() for one in [*SCORED, "blocks"]}
    for one in scored:
        if one.skipped():
            continue
        claims, allowed = one.claims(), one.allowed()
        for name in SCORED:
            if name in one.truth.must:
                found = name in claims
                scores[name].hit += found
                scores[name].missed += not found
        if {"long_block", "held_block"} & one.truth.must:
            found = "held_block" in claims
            scores["blocks"].hit += found
            scores["blocks"].missed += not found
        for finding in one.findings:
            name = CLAIMS.get(finding["hazard"])
            if name is None or finding["hazard"] == "data_loss" and name not in allowed:
                continue  # data can be lost without a drop: narrower types, TRUNCATE
            scores[name].right += name in allowed
            scores[name].false += name not in allowed
            if name in ("long_block", "held_block"):
                scores["blocks"].right += "held_block" in allowed
                scores["blocks"].false += "held_block" not in allowed
    return scores


def show(one: Scored, word: str) -> None:
    """One disagreement."""
    print(f"{word}: {one.file}:{one.line}")
    print("    " + " ".join(one.sql.split())[:300])
    print("    server: " + ("; ".join(one.truth.facts) or "nothing of note"))
    for finding in one.findings:
        print(f"    lockgate: {finding['rule']} ({finding['hazard']}): {finding['message'][:160]}")
    print()


def disagreements(scored: list[Scored], quiet: bool) -> tuple[int, int]:
    """Prints false alarms and misses; counts default findings and those on harmless statements."""
    findings = harmless = 0
    for one in scored:
        if one.skipped():
            continue
        claims, allowed = one.claims(), one.allowed()
        missed = sorted(one.truth.must - claims)
        wrong = sorted({f["hazard"] for f in one.findings if f["hazard"] in SCORED} - allowed)
        sharp = [f for f in one.findings if f["severity"] != "note"]
        findings += len(sharp)
        harmless += 0 if allowed else len(sharp)
        if quiet:
            continue
        if missed and missed != ["brief_block"]:
            show(one, "missed " + ", ".join(missed))
        if wrong:
            show(one, "false " + ", ".join(wrong))
        elif sharp and not allowed:
            show(one, "on a harmless statement")
    return findings, harmless


def brief(scored: list[Scored], quiet: bool) -> Counter:
    """Brief locks without a finding, by kind of statement."""
    kinds: Counter = Counter()
    for one in scored:
        if not one.skipped() and "brief_block" in one.truth.must and "brief_block" not in one.claims():
            words = re.sub(r'"?[\w.]+"?', lambda m: m.group() if m.group().isupper() else "_", one.sql.upper().split("\n")[0])
            kinds[" ".join(words.split()[:2])] += 1
    if not quiet:
        for kind, count in kinds.most_common(12):
            print(f"    brief lock without a finding: {count:4} {kind}")
    return kinds


def main() -> None:
    options = arguments()
    for folder in options.folder:
        if options.stage:
            staged = Path(tempfile.gettempdir()) / f"truth-{options.name or folder.name}"
            history.stage(options.stage, folder, staged)
            folder = staged
        scored, facts = run(options, folder)
        findings, harmless = disagreements(scored, options.quiet)
        brief(scored, options.quiet)
        for one in scored:
            if one.error and not options.quiet:
                print(f"refused: {one.file}:{one.line}: {one.error}")
        scores = score(scored)
        print(f"{facts['name']}: {facts['files']} files, {facts['statements']} statements, {facts['errors']} refused by the server, {facts['rejected']} pieces not SQL")
        for name, one in scores.items():
            print(f"  {name:12} precision/recall {one.text()}")
        print(f"  harmless     {harmless} of {findings} findings")
        if options.save:
            figures = {name: vars(one) for name, one in scores.items()}
            with options.save.open("a") as out:
                out.write(json.dumps({**facts, "findings": findings, "harmless": harmless, "scores": figures}) + "\n")


if __name__ == "__main__":
    main()
