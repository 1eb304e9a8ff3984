#!/usr/bin/env python3
"""Runs revisions with the real Alembic in offline mode and prints what they asked for, a JSON line for each revision and direction.

    worker.py ROOT DIALECT bind|strict  < list of files

With `bind`, `op.get_bind()` gives a connection that answers nothing; with `strict` it is the one of `alembic upgrade --sql`.
A process of its own, because it runs the project's code.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import json
import os
import signal
import sys
import warnings
from pathlib import Path

import alembic.op
import sqlalchemy
import offline
import stubs
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.base import AbstractOperations
from alembic.runtime.environment import EnvironmentContext

import directives

SECONDS = 20  # for one revision


def main() -> None:
    root, dialect, mode = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    files = [Path(line.rstrip("\n")) for line in sys.stdin if line.strip()]
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    warnings.simplefilter("ignore")
    offline.install()
    finder = stubs.install(root, import_roots(root, files))
    signal.signal(signal.SIGALRM, too_slow)
    for number, file in enumerate(files):
        os.chdir(root)
        for direction in ("upgrade", "downgrade"):
            finder.made_up.clear()
            outcome = run(file, number, direction, dialect, mode)
            outcome.update(file=file.relative_to(root).as_posix(), direction={"upgrade": "up", "downgrade": "down"}[direction])
            print(json.dumps(outcome, default=str), file=out, flush=True)


def import_roots(root: Path, files: list[Path]) -> list[Path]:
    """Folders from which the project may import: all between its root and its revisions, and their `src`."""
    found = {root, root / "src"}
    for file in files:
        found.update(parent for parent in file.parents if root in parent.parents)
    # A folder inside a package is not one, the revisions' own excepted; neither is one that would hide an installed package.
    kept = [folder for folder in found if folder.is_dir() and not (folder / "__init__.py").exists()]
    hides = ("sqlalchemy", "alembic", "types.py", "logging", "json", "typing.py")
    return sorted(folder for folder in kept if not any((folder / name).exists() and not plain(folder / name) for name in hides))


def plain(folder: Path) -> bool:
    """A folder without `__init__.py` hides nothing."""
    return folder.is_dir() and not (folder / "__init__.py").exists()


class TooSlow(BaseException):
    """Ends a revision; no `except Exception` of the project stops it."""


def too_slow(*_):
    raise TooSlow(f"more than {SECONDS} s")


def run(file: Path, number: int, direction: str, dialect: str, mode: str) -> dict:
    buffer, seen = io.StringIO(), []
    opts = {"as_sql": True, "output_buffer": buffer, "literal_binds": True}
    environment = EnvironmentContext(Config(), None, as_sql=True)
    # `named` is what Alembic's own template of env.py asks for: percent signs stay as they are.
    context = MigrationContext.configure(
        dialect_name=dialect, opts=opts, environment_context=environment, dialect_opts={"paramstyle": "named"}
    )
    environment._migration_context = context
    outcome = {"directives": seen, "error": None}
    recording = Recording(seen)
    with contextlib.ExitStack() as stack:
        stack.enter_context(recording)
        stack.enter_context(environment)
        stack.enter_context(Operations.context(context))
        if mode == "bind":
            connection = offline.Connection(context.dialect, recording.executed)
            stack.enter_context(bound(connection))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        # Again every second: the first one may be caught, or be raised where nothing can pass it on.
        signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)
        try:
            module = load(file, number)
            outcome["missing"] = not hasattr(module, direction)
            call(module, direction)
        except (Exception, SystemExit, TooSlow) as error:  # whatever the project's code does
            outcome["error"] = f"{type(error).__name__}: {error}"[:300]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    outcome["sql"] = buffer.getvalue()
    return outcome


def call(module, direction: str) -> None:
    """Runs `upgrade` or `downgrade`; some projects hand `op` and things of their own to them.

    An environment of several databases hands over the name of one of them, and calls once for each.
    """
    function = getattr(module, direction, None)
    if function is None:
        return
    parameters = inspect.signature(function).parameters.values()
    needed = [item.name for item in parameters if item.default is item.empty and item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)]
    databases = [name.removeprefix(f"{direction}_") for name in sorted(vars(module)) if name.startswith(f"{direction}_")]
    if len(needed) == 1 and needed != ["op"] and databases and not plain_helpers(function):
        for database in databases:
            function(database)
        return
    function(*(alembic.op if name == "op" else stubs.Nothing(name) for name in needed))


def plain_helpers(function) -> bool:
    """Whether functions called `upgrade_…` are helpers like all others: nobody looks them up by their names."""
    return "globals" not in function.__code__.co_names


def load(file: Path, number: int):
    spec = importlib.util.spec_from_file_location(f"revision_{number}", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def bound(connection):
    """`op.get_bind()` and its like give `connection`."""
    saved = AbstractOperations.get_bind, MigrationContext.bind, MigrationContext.connection if hasattr(MigrationContext, "connection") else None
    AbstractOperations.get_bind = lambda self: connection
    MigrationContext.bind = property(lambda self: connection)
    try:
        yield
    finally:
        AbstractOperations.get_bind, MigrationContext.bind = saved[:2]


class Recording:
    """Notes every directive that is invoked."""

    def __init__(self, seen: list[dict]) -> None:
        self.seen = seen

    def executed(self, statement, visitor: str = "") -> None:
        """Notes what a connection is given: a statement, or a table that makes or drops itself."""
        if isinstance(statement, sqlalchemy.Table) and visitor:
            self.seen += directives.of_table(statement, drops="Drop" in visitor)
            return
        self.seen.append({"kind": "connection", "sql": str(statement)[:2000]})

    def __enter__(self):
        self.original = AbstractOperations.invoke

        def invoke(operations, operation):
            at = len(self.seen)
            result = failed = None
            try:
                result = self.original(operations, operation)
            except Exception:
                failed = True
                raise
            finally:
                described = directives.describe(operation, result)
                if described is not None:
                    self.seen.insert(at, {**described, **({"failed": True} if failed else {})})
            return result

        AbstractOperations.invoke = invoke

    def __exit__(self, *error):
        AbstractOperations.invoke = self.original


if __name__ == "__main__":
    main()
