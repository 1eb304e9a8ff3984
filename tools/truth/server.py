"""Runs statements on a real server and records what each did to relations that existed before its file.

Each statement runs in a transaction of its own, so that locks which an earlier statement of the file took on the same relation
are seen again; which locks the layout's transaction still holds is kept in the books (`classes.py`). Files that need one real
transaction (SET LOCAL, savepoints, ON COMMIT DROP, ROLLBACK, LOCK TABLE, SET CONSTRAINTS) get one; there a lock counts for the statement
that took it first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import psycopg

from history import Script

STRONG = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
# Tables and materialized views: what applications wait for. Locks on views, sequences and indexes are noted, not demanded.
TABLES = {"r", "p", "m", "f"}
NEEDS_REAL = re.compile(
    r"\bSET\s+(LOCAL|CONSTRAINTS)\b|\bSAVEPOINT\b|\bON\s+COMMIT\b|^\s*ROLLBACK|^\s*LOCK\s|set_config\([^)]*true\s*\)", re.I | re.M
)
CONTROL = re.compile(r"^\s*(BEGIN|START\s+TRANSACTION|COMMIT|END)\b(?!\s*\S*\s*PREPARED)", re.I)
COMMITS = re.compile(r"^\s*(COMMIT|END)\b(?!\s*PREPARED)", re.I)
MESSAGES = {
    "scan": re.compile(r'^(?:verifying table|validating foreign key constraint) "(.*?)"'),
    "rewrite": re.compile(r'^rewriting table "(.*?)"'),
    "build": re.compile(r'^building index ".*?" on table "(.*?)"'),
}

RELATIONS = """
SELECT c.oid, n.nspname, c.relname, c.relkind, pg_relation_filenode(c.oid), pg_stat_get_xact_numscans(c.oid),
       (SELECT array_agg(a.attnum || ' ' || a.attname ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','v','m','f'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind <> 'c'
"""
KEYS = """
SELECT n.nspname, c.relname, array_agg(a.attname)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND c.oid >= 16384
GROUP BY n.nspname, c.relname, i.indexrelid
"""
CHANGES_ROWS = re.compile(r"\b(UPDATE|DELETE)\b", re.I)
LOCKS = "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND relation >= 16384"


@dataclass
class Relation:
    """A relation at one moment."""

    name: str
    kind: str
    storage: int | None
    scans: int
    columns: dict[int, str]


@dataclass
class Sides:
    """The tables of a foreign key's rows, and those that they refer to."""

    children: set[int] = field(default_factory=set)
    parents: set[int] = field(default_factory=set)


@dataclass
class Done:
    """What one statement did; relations by oid, names as before it."""

    error: str | None = None
    alone: bool = False  # ran outside of a transaction block
    real: bool = False  # ran in the script's own transaction
    bounded: bool = False  # a lock timeout bounds the wait for its locks
    locks: dict[int, set[str]] = field(default_factory=dict)
    work: list[tuple[int, str]] = field(default_factory=list)  # on relations that existed before the file
    dropped: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    lost_columns: list[str] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)  # relations of before the file that the transaction has locked as a writer
    before: dict[int, Relation] = field(default_factory=dict)
    after: dict[int, Relation] = field(default_factory=dict)
    old: dict[int, str] = field(default_factory=dict)  # relations that existed before the file, with their names then
    home: str = "public"  # the schema in which names without one are looked for first
    keys: dict[str, list[list[str]]] = field(default_factory=dict)  # unique keys by table, where the statement changes rows


class Server:
    """One database of one server."""

    def __init__(self, url: str, database: str) -> None:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{database}" TEMPLATE template0')
        self.url, self.database = url, database
        self.messages: list[str] = []
        self.has_timeout = False  # whether any statement spoke of a lock timeout
        self.connect()

    def connect(self) -> None:
        """A session of its own."""
        self.connection = psycopg.connect(self.url, dbname=self.database, autocommit=True)
        self.connection.add_notice_handler(lambda notice: self.messages.append(notice.message_primary or ""))
        self.execute("SET client_min_messages = debug1")

    def execute(self, sql: str) -> None:
        """Runs text as it is, without parameters."""
        self.connection.execute(sql.encode(), prepare=False)

    def look(self) -> dict[int, Relation]:
        """The relations as they are now."""
        found = {}
        for oid, schema, name, kind, storage, scans, columns in self.connection.execute(RELATIONS):
            full = name if schema == "public" else f"{schema}.{name}"
            named = dict(one.split(" ", 1) for one in columns or [])
            found[oid] = Relation(full, kind, storage, scans or 0, {int(n): c for n, c in named.items()})
        return found

    def held(self) -> dict[int, set[str]]:
        """The locks of this session."""
        found: dict[int, set[str]] = {}
        for oid, mode in self.connection.execute(LOCKS):
            found.setdefault(oid, set()).add(mode)
        return found

    def run(self, script: Script, replace) -> list[Done]:
        """Runs a script, statement by statement; `replace` fills in its placeholders."""
        if script.fresh:
            self.connection.close()
            self.connect()
        real = any(NEEDS_REAL.search(one.sql) for one in script.statements) and script.sending != "alone"
        old = self.look()
        if real and len(script.statements) > 1:
            self.execute("BEGIN")
        names = {one.name for one in old.values()}
        results = []
        for one in script.statements:
            results.append(self.step(one, replace(one.sql), old, real))
            if COMMITS.match(one.sql):
                # What has taken the name of a table of before is in use from the commit on.
                old = old | {oid: now for oid, now in self.look().items() if now.name in names and oid not in old}
        if self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self.execute("COMMIT")
        return results

    def step(self, statement, sql: str, old: dict[int, Relation], real: bool) -> Done:
        """Runs one statement and compares before and after."""
        if CONTROL.match(sql) and not real:
            return Done()
        before = self.look()
        locked = self.held() if real else {}
        done = Done(before=before, real=real)
        own = not real or self.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        done.home = self.home() or done.home
        try:
            if own and not CONTROL.match(sql):
                self.execute("BEGIN")
                before = done.before = self.look()
            elif not own:
                self.execute("SAVEPOINT truth_step")
            self.messages.clear()
            self.execute(sql)
        except psycopg.Error as error:
            if "cannot run inside a transaction block" in str(error) or "cannot be executed from a function" in str(error):
                return self.step_alone(sql, old, done)
            done.error = str(error).splitlines()[0]
            self.execute("ROLLBACK" if own else "ROLLBACK TO SAVEPOINT truth_step")
            return done
        messages = list(self.messages)
        after = self.look()
        if CHANGES_ROWS.search(sql):
            for schema, table, columns in self.connection.execute(KEYS):
                name = table if schema == "public" else f"{schema}.{table}"
                done.keys.setdefault(name, []).append(columns)
        done.bounded = self.is_bounded(sql)
        held = self.held()
        done.reached = {oid for oid, modes in held.items() if "RowExclusiveLock" in modes and oid in old}
        done.locks = {oid: modes - locked.get(oid, set()) for oid, modes in held.items()}
        done.locks = {oid: modes for oid, modes in done.locks.items() if modes and oid in old}
        compare(done, before, after, old, messages, self.constrained(messages))
        if own and self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE and not CONTROL.match(sql):
            self.execute("COMMIT")
        return done

    def home(self) -> str | None:
        """The first schema of the search path that exists; none in a transaction that has failed."""
        if self.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            return None
        return self.connection.execute("SELECT current_schema()").fetchone()[0]

    def is_bounded(self, sql: str) -> bool:
        """Whether the wait for a lock ends by a timeout."""
        self.has_timeout |= "lock_timeout" in sql.lower()
        if not self.has_timeout:
            return False
        return self.connection.execute("SELECT setting <> '0' FROM pg_settings WHERE name = 'lock_timeout'").fetchone()[0]

    def constrained(self, messages: list[str]) -> dict[str, Sides]:
        """Both sides of the foreign keys that messages speak of, by the name of the key."""
        names = [found.group(1) for one in messages if (found := MESSAGES["scan"].match(one)) and one.startswith("validating")]
        found: dict[str, Sides] = {}
        if names:
            query = "SELECT conname, conrelid, confrelid FROM pg_constraint WHERE conname = ANY (%s)"
            for name, child, parent in self.connection.execute(query, [names]):
                sides = found.setdefault(name, Sides())
                sides.children.add(child)
                sides.parents.add(parent)
        return found

    def step_alone(self, sql: str, old: dict[int, Relation], done: Done) -> Done:
        """Runs a statement that refuses a transaction block; its locks are those of its kind: none that is strong."""
        self.execute("ROLLBACK")
        before = self.look()
        self.messages.clear()
        try:
            self.execute(sql)
        except psycopg.Error as error:
            done.error = str(error).splitlines()[0]
            return done
        done.alone = True
        messages = list(self.messages)
        compare(done, before, self.look(), old, messages, self.constrained(messages))
        return done


def compare(
    done: Done,
    before: dict[int, Relation],
    after: dict[int, Relation],
    old: dict[int, Relation],
    messages: list[str],
    keys: dict[str, Sides],
) -> None:
    """What changed among relations that existed before the file."""
    done.after, done.old = after, {oid: one.name for oid, one in old.items()}
    for oid, was in before.items():
        if oid not in old:
            continue
        now = after.get(oid)
        if now is None:
            done.dropped.append(f"{was.kind} {was.name}")
            continue
        if now.name != was.name:
            done.renamed.append(f"{now.kind} {was.name} to {now.name}")
        for number, column in was.columns.items():
            if number not in old[oid].columns:
                continue  # made by this file
            if now.columns.get(number) != column:
                done.lost_columns.append(f"{was.kind} {was.name}.{column}")
        if now.storage != was.storage:
            done.work.append((oid, "rewrite"))
        if now.scans > was.scans:
            done.work.append((oid, "read"))
    for message in messages:
        for what, pattern in MESSAGES.items():
            if found := pattern.match(message):
                name = found.group(1)
                # Where the referencing table is new it has no rows to look up: how much is read is the planner's choice.
                sides = keys.get(name, Sides()) if message.startswith("validating") else Sides()
                is_new = bool(sides.children) and not sides.children & old.keys()
                what = "read" if is_new else what
                done.work.extend((oid, what) for oid in named(name, message, done, old, before) + locked_before(sides, done, old))


def locked_before(sides: Sides, done: Done, old: dict[int, Relation]) -> list[int]:
    """Both sides of a foreign key, where an earlier statement of a real transaction has locked them."""
    return [oid for oid in sides.children | sides.parents if done.real and oid in old and oid not in done.locks]


def named(name: str, message: str, done: Done, old: dict[int, Relation], before: dict[int, Relation]) -> list[int]:
    """The relations that a message without schema means; a foreign key's message names the constraint: its tables are read."""
    if message.startswith("validating"):
        return [oid for oid in done.locks if oid in old and "ShareRowExclusiveLock" in done.locks[oid]]
    if any(one.name.split(".")[-1] == name for oid, one in done.after.items() if oid not in before):
        return []  # the statement makes a table of that name, and that one is meant
    return [oid for oid, one in before.items() if oid in old and one.name.split(".")[-1] == name and one.kind in TABLES]
