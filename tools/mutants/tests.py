"""Runs, of all tests that look at the effects and the rules, those that see a mutant.

Each test is first run alone with no mutant on, to write down which mutants it asks for and how long it takes. A page of a rule counts as
a test of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from weave import Mutant

# Modules whose tests look at the effects and the rules, by binary. Those with `servers` in their name say the same of real servers, slowly.
MODULES = {
    "lib": ["effects::", "rule::", "rules::", "timeline::", "engine::"],
    "it": [
        *("rules_test::", "effects_test::", "effects_more_test::", "postgres_effects_test::", "postgres_refusals_test::", "peers_test::", "timeline_test::", "report_test::", "fix_test::", "fix_alembic_test::"),
        *("rules_at_large_test::", "scope_test::", "suppress_test::", "layouts_test::", "sarif_schema_test::"),
        *("fix_layouts_test::", "alembic_test::", "action_test::", "oracle_test::", "oracle_refusals_test::", "mysql_oracle_test::", "mysql_cases_test::", "deployed_test::"),
    ],
}
PAGES = "pages_test::"
SHORT = 0.5  # tests that take less, in seconds, are run together
FEW = 8  # so many pages are run before the others


@dataclass(frozen=True)
class Test:
    """What is run alone."""

    binary: str
    name: str  # of a test, or of a page
    seconds: float
    sees: frozenset[int]


class Tests:
    """The tests, and what each sees."""

    def __init__(self, tree: Path, binaries: dict[str, Path], jobs: int) -> None:
        self.tree, self.binaries = tree, binaries
        pages = sorted(one.stem for one in (tree / "rules").glob("*.md"))
        named = [(binary, name) for binary, modules in MODULES.items() for name in self.listed(binary, modules)]
        with ThreadPoolExecutor(jobs) as pool:
            self.tests = list(pool.map(lambda one: self.traced(*one), named + [("page", page) for page in pages]))

    def count(self) -> int:
        return len(self.tests)

    def reached(self) -> int:
        return len(frozenset().union(*(one.sees for one in self.tests)))

    def reaches(self, mutant: Mutant) -> bool:
        return any(mutant.number in one.sees for one in self.tests)

    def listed(self, binary: str, modules: list[str]) -> list[str]:
        done = subprocess.run([self.binaries[binary], "--list", *modules], cwd=self.tree, check=True, capture_output=True, text=True)
        names = [line.removesuffix(": test") for line in done.stdout.splitlines() if line.endswith(": test")]
        # A filter stands anywhere in a name.
        return [name for name in names if any(name.startswith(one) for one in modules)]

    def traced(self, binary: str, name: str) -> Test:
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder) / "trace"
            begun = time.monotonic()
            failed = self.fails(binary, [name], {"LOCKGATE_MUTANT_TRACE": str(trace)}, 600)
            seconds = time.monotonic() - begun
            if failed:
                sys.exit(f"fails without any mutant: {name}")
            sees = frozenset(int(line) for line in trace.read_text().split()) if trace.exists() else frozenset()
        return Test(binary, name, seconds, sees)

    def notices(self, mutant: Mutant) -> str | None:
        """The test that fails while a mutant is on."""
        for group in self.groups(mutant):
            seconds = 30 + 10 * sum(one.seconds for one in group)
            env = {"LOCKGATE_MUTANT": str(mutant.number)}
            if failed := self.fails(group[0].binary, [one.name for one in group], env, seconds):
                return failed
        return None

    def groups(self, mutant: Mutant) -> list[list[Test]]:
        """Those that see a mutant, in groups for one process each: what is nearest first, then what is quickest."""
        seeing = sorted((one for one in self.tests if mutant.number in one.sees), key=lambda one: one.seconds)
        own = Path(mutant.file).stem.replace("_", "-")
        # A page that sees few mutants was written for what it sees.
        pages = sorted((one for one in seeing if one.binary == "page"), key=lambda one: (one.name != own, len(one.sees)))
        nearest = 1 if pages and pages[0].name == own else 0
        units = [one for one in seeing if one.binary == "lib"]
        short = [one for one in seeing if one.binary == "it" and one.seconds < SHORT]
        long = [[one] for one in seeing if one.binary == "it" and one.seconds >= SHORT]
        groups = [pages[:nearest], units, pages[nearest:FEW], *sorted([pages[FEW:], short, *long], key=cost)]
        return [one for one in groups if one]

    def fails(self, binary: str, names: list[str], settings: dict[str, str], seconds: float) -> str | None:
        """The first test that fails; the others are not waited for."""
        arguments = ["--exact", *names]
        env = {**os.environ, **settings, "CARGO_MANIFEST_DIR": str(self.tree), "INSTA_UPDATE": "no"}
        if binary == "page":
            binary, arguments = "it", [PAGES]
            env["LOCKGATE_PAGES"] = ",".join(names)
        command = [self.binaries[binary], "--test-threads", "1", *arguments]
        process = subprocess.Popen(command, cwd=self.tree, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            for line in process.stdout or []:
                if line.startswith("test ") and line.rstrip().endswith("FAILED"):
                    process.kill()
                    return line.split()[1]
            return "crash" if process.wait() else None
        finally:
            timer.cancel()
            process.kill()
            process.wait()
            process.stdout.close()


def cost(group: list[Test]) -> float:
    return sum(one.seconds for one in group)
