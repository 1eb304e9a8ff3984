#!/usr/bin/env python3
"""Records what the real Alembic writes for the revisions of a folder: `record.py FOLDER`.

For each revision, direction and dialect `FOLDER/expected/DIALECT/REVISION.DIRECTION.sql`; where Alembic refuses, `….error` with its words
after the statements that it had written.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import judge

DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}


def main() -> None:
    root = Path(sys.argv[1]).resolve()
    expected = root / "expected"
    shutil.rmtree(expected, ignore_errors=True)
    files = judge.revisions(root, None)
    for dialect, name in DIALECTS.items():
        (expected / name).mkdir(parents=True)
        for (file, direction), outcome in judge.run_alembic(root, files, dialect, "strict").items():
            target = expected / name / f"{Path(file).stem}.{direction}"
            target.with_suffix(f".{direction}.sql").write_text(outcome["sql"], encoding="utf-8")
            if outcome["error"]:
                target.with_suffix(f".{direction}.error").write_text(outcome["error"] + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
