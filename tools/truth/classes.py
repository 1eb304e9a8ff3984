"""What a statement truly was, from what the server did: its hazard class.

A class is demanded (`must`) where the measure leaves no doubt, allowed (`may`) where it is a matter of the planner, of the
rows that happen to be there, or of kinds of relations on which the measure does not insist (views, sequences, types, functions).
A finding is wrong only where its class is neither; it is missing only where its class is demanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from history import Script
from server import CONTROL, STRONG, TABLES, Done

AVAILABILITY = ["long_block", "held_block", "brief_block"]  # worst first
CALLS_CODE = {"DoStmt", "CallStmt", "ExecuteStmt"}
QUERIES = {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "CreateTableAsStmt", *CALLS_CODE}
DESTROYS = re.compile(r"^(Drop|Rename|AlterObjectSchema|AlterEnum|AlterTable|AlterDomain)")


@dataclass
class Truth:
    """One statement's classes."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    facts: list[str] = field(default_factory=list)  # what the server did, for people


@dataclass
class Change:
    """Rows that a statement changes, as its text says."""

    table: str
    everything: bool  # UPDATE or DELETE without a limiting WHERE
    few: bool  # written out, or found by a unique key


def judge(script: Script, results: list[Done]) -> list[Truth]:
    """The classes of a script's statements, with the books of what its transaction holds."""
    held: dict[int, set[str]] = {}
    gone: set[int] = set()
    emptied: set[int] = set()
    open_ = script.sending in ("script", "string") and len(script.statements) > 1
    truths = []
    last = next((one.after for one in reversed(results) if one.after), {})
    for statement, done in zip(script.statements, results):
        if CONTROL.match(statement.sql):
            begins = re.match(r"\s*(BEGIN|START)", statement.sql, re.I)
            open_ = bool(begins) or script.sending == "string"
            if not begins:
                held = {}
            truths.append(Truth())
            continue
        qualify(statement.tree, done)
        truths.append(of_statement(statement, done, held if open_ else {}, (gone, emptied), last))
        emptied |= truncated(statement, done)
        gone |= {oid for oid, one in done.before.items() if f"{one.kind} {one.name}" in done.dropped}
        for oid, modes in done.locks.items():
            if modes & STRONG and oid in done.before and done.before[oid].kind in TABLES | {"v"} and open_:
                held.setdefault(oid, set()).update(modes)
    return truths


def truncated(statement, done: Done) -> set[int]:
    """Tables that have no rows from here on, with their indexes: work on them takes no time on a busy database either."""
    if "TruncateStmt" not in statement.tree or done.error:
        return set()
    return {oid for oid, what in done.work if what == "rewrite"}


def of_statement(statement, done: Done, held: dict[int, set[str]], books: tuple[set[int], set[int]], last: dict) -> Truth:
    """The classes of one statement; `books` are the relations that the script has dropped and emptied so far."""
    gone, emptied = books
    truth = Truth()
    if done.error:
        truth.facts.append(f"refused: {done.error}")
        return truth
    kind = next(iter(statement.tree))
    names = {oid: one.name for oid, one in done.before.items()}
    strong = {oid for oid, modes in done.locks.items() if modes & STRONG}
    tables = {oid for oid in strong if oid in names and done.before[oid].kind in TABLES}
    truth.facts += [f"{'/'.join(sorted(done.locks[oid]))} on {names.get(oid, oid)}" for oid in sorted(strong)]
    work, maybe = long_work(statement, kind, done)
    # An empty table takes no time, nor do the rows that its foreign keys look up.
    altered = statement.tree.get("AlterTableStmt", {}).get("relation")
    looks_up = altered and relation_name(altered) in {names.get(oid) for oid in emptied}
    empty = {one for one in work if one[0] in emptied or (looks_up and one[1] == "scan")}
    work, maybe = work - empty, maybe | empty
    truth.facts += [f"{what} of {names.get(oid, oid)}" for oid, what in sorted(work | maybe)]
    on_tables = {oid for oid, one in done.before.items() if one.kind in TABLES}
    availability(truth, tables, strong, work, maybe, held, gone, on_tables, names, done.real)
    if done.bounded and "brief_block" in truth.must:
        truth.must.remove("brief_block")  # nobody waits longer than the timeout
    destruction(truth, statement, kind, done, last)
    mass(truth, statement, kind, done)
    return truth


def availability(truth, tables, strong, work, maybe, held, gone, on_tables, names, real) -> None:
    """Who waits, and for how long."""
    still = held.keys() & on_tables - gone
    if held:
        truth.facts.append("held: " + ", ".join(names.get(oid, "dropped before") for oid in sorted(held)))
    if tables and work:
        truth.must.add("long_block")
    elif still and work:
        truth.must.add("held_block")
    elif tables:
        truth.must.add("brief_block")
    if strong or (held and real):  # in a real transaction a lock that is held is not seen again
        truth.may.add("brief_block")
    if held and real and (work or maybe):
        truth.may.add("long_block")
    if held and (work or maybe):
        truth.may.add("held_block")
    if (tables or strong) and (work or maybe):
        truth.may |= {"long_block", "held_block"}


def long_work(statement, kind: str, done: Done) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """Work on relations that existed before the file: certain, and a matter of the planner or the rows."""
    certain: set[tuple[int, str]] = set()
    maybe: set[tuple[int, str]] = set()
    # A sequence is one row: its storage is replaced in an instant.
    seen = {(oid, what) for oid, what in done.work if oid in done.before and done.before[oid].kind != "S"}
    if kind == "TruncateStmt" or (kind == "RefreshMatViewStmt" and statement.tree[kind].get("skipData")):
        return certain, maybe
    if kind not in QUERIES:
        # The server reads tables for validations and builds alone. A key of a table that this file made is checked for that
        # table's rows: how much of the referenced table that reads is the planner's choice.
        child = statement.tree.get("AlterTableStmt", {}).get("relation")
        if child and relation_name(child) not in {one.name for oid, one in done.before.items() if oid in done.old}:
            return {one for one in seen if one[1] not in ("scan", "read")}, seen
        return seen, maybe
    if kind in CALLS_CODE:
        certain = {one for one in seen if one[1] in ("scan", "rewrite", "build")}
        written = {(oid, "change") for oid, modes in done.locks.items() if "RowExclusiveLock" in modes and is_table(done, oid)}
        # Which branches of a block are taken, and how often, depends on rows.
        named = {(oid, "change") for oid, one in done.before.items() if is_table(done, oid) and writes(statement.sql, one.name)}
        return certain, (seen - certain) | written | named
    for change in changes(statement.tree):
        oid = written_table(change, done)
        if oid is None:
            continue
        if not change.few and not by_key(statement, change, done):
            certain.add((oid, "change"))
    # In a real transaction a lock that is held is not seen again: there the text says what is read.
    named_here = relations(statement.tree) if done.real else set()
    readers = {oid for oid, modes in done.locks.items() if "AccessShareLock" in modes}
    readers |= {oid for oid, one in done.before.items() if oid in done.old and one.name in named_here}
    reads = {(oid, "read") for oid in readers if is_table(done, oid)}
    if reads and kind in ("InsertStmt", "CreateTableAsStmt"):
        limited = has_key(statement.tree, "whereClause") or has_key(statement.tree, "limitCount")
        # Of a table that was not read from end to end the planner took what an index gives, such as the largest key.
        certain |= set() if limited else reads & seen
        maybe |= reads
    else:
        maybe |= reads
    return certain, maybe | (seen - certain)


def written_table(change: Change, done: Done) -> int | None:
    """The table that a query writes, by the name that its text has; `None` where this file made it or it was not reached."""
    tables = {oid: one for oid, one in done.before.items() if one.kind in TABLES and oid in done.reached}
    exact = [oid for oid, one in tables.items() if one.name == change.table]
    by_path = [oid for oid, one in tables.items() if one.name.split(".")[-1] == change.table]  # found by the search path
    return next(iter(exact or (by_path if len(by_path) == 1 else [])), None)


def writes(sql: str, table: str) -> bool:
    """Whether a block's text has a statement that changes rows of the table."""
    name = re.escape(table.split(".")[-1])
    return bool(re.search(rf'\b(UPDATE|DELETE\s+FROM|INSERT\s+INTO)\s+(ONLY\s+)?([\w"]+\.)?"?{name}\b', sql, re.I))


def is_table(done: Done, oid: int) -> bool:
    return oid in done.before and done.before[oid].kind in TABLES


def has_key(tree, key: str) -> bool:
    """Whether a member of that name stands anywhere in the tree."""
    if isinstance(tree, dict):
        return key in tree or any(has_key(one, key) for one in tree.values())
    return isinstance(tree, list) and any(has_key(one, key) for one in tree)


def qualify(tree, done: Done) -> None:
    """Gives relations that the search path finds in a schema other than `public` their schema: relations are known by it."""
    if isinstance(tree, list):
        for one in tree:
            qualify(one, done)
    if not isinstance(tree, dict) or done.home == "public":
        return
    for kind, node in tree.items():
        names_it = kind in ("RangeVar", "relation") and isinstance(node, dict) and "relname" in node
        if names_it and "schemaname" not in node and f"{done.home}.{node['relname']}" in {one.name for one in done.before.values()}:
            node["schemaname"] = done.home
        qualify(node, done)


def relation_name(node: dict) -> str:
    schema = node.get("schemaname")
    return node["relname"] if schema in (None, "public") else f"{schema}.{node['relname']}"


def changes(tree, literal: frozenset[str] = frozenset()) -> list[Change]:
    """The tables that a query writes, also in its WITH clauses; `literal` are the names of rows that are written out."""
    found: list[Change] = []
    if isinstance(tree, list):
        return [change for one in tree for change in changes(one, literal)]
    if not isinstance(tree, dict):
        return found
    for kind, node in tree.items():
        if isinstance(node, dict) and "withClause" in node:
            literal |= written_out(node["withClause"])
        if kind in ("UpdateStmt", "DeleteStmt"):
            found.append(Change(relation_name(node["relation"]), is_constant(node.get("whereClause")), False))
        elif kind == "InsertStmt":
            query = node.get("selectStmt", {}).get("SelectStmt", {})
            few = "valuesLists" in query or not query or relations(query) <= literal | written_out(query.get("withClause", {}))
            few = few or is_one_row(query)
            found.append(Change(relation_name(node["relation"]), False, few))
        elif kind in ("MergeStmt", "CopyStmt") and "relation" in node:
            found.append(Change(relation_name(node["relation"]), False, False))
        found.extend(changes(node, literal))
    return found


def is_one_row(query: dict) -> bool:
    """Whether a query gives a row at most: it has no FROM, no UNION, and calls nothing that could give several rows."""
    whole = not any(query.get(key) for key in ("fromClause", "larg", "rarg"))
    return whole and not has_key(query.get("targetList", []), "FuncCall")


def relations(tree) -> set[str]:
    """Names of all relations in a query."""
    if isinstance(tree, list):
        return {name for one in tree for name in relations(one)}
    if not isinstance(tree, dict):
        return set()
    own = {relation_name(tree["RangeVar"])} if "RangeVar" in tree else set()
    return own.union(*(relations(one) for one in tree.values()))


def written_out(with_clause: dict) -> frozenset[str]:
    """The WITH queries that read no table."""
    ctes = [one["CommonTableExpr"] for one in with_clause.get("ctes", [])]
    return frozenset(one["ctename"] for one in ctes if not relations(one["ctequery"]))


def is_constant(where) -> bool:
    return where is None or not any(has_key(where, key) for key in ("ColumnRef", "SubLink", "FuncCall"))


def by_key(statement, change: Change, done: Done) -> bool:
    """Whether equality to constants pins the columns of a key: then few rows are touched. Keys are guessed by name: `id`, or
    every column of the condition's equalities being unique is left to `unique` below."""
    node = statement.tree.get("UpdateStmt") or statement.tree.get("DeleteStmt")
    if not node or node.get("whereClause") is None:
        return False
    pinned = pinned_columns(node["whereClause"])
    return any(set(key) <= pinned for key in done.keys.get(change.table, []))


def pinned_columns(where: dict) -> set[str]:
    """Columns that a condition's AND parts set equal to something without columns."""
    if "BoolExpr" in where and where["BoolExpr"]["boolop"] == "AND_EXPR":
        return set().union(*(pinned_columns(one) for one in where["BoolExpr"]["args"]))
    node = where.get("A_Expr")
    if not node or node["kind"] not in ("AEXPR_OP", "AEXPR_IN", "AEXPR_OP_ANY") or node["name"][0]["String"]["sval"] != "=":
        return set()
    left, right = node["lexpr"], node.get("rexpr")
    if "ColumnRef" in left and not has_key(right, "ColumnRef"):
        return {left["ColumnRef"]["fields"][-1].get("String", {}).get("sval", "")}
    return set()


def destruction(truth: Truth, statement, kind: str, done: Done, last: dict) -> None:
    """Drops and renames that a deployed application notices, unless the file ends with the same name in place."""
    names = {one.name: one for one in last.values()}
    for what in done.dropped + [one.split(" to ")[0] for one in done.renamed]:
        relkind, name = what.split(" ", 1)
        if relkind in ("i", "I", "S"):
            continue
        truth.facts.append(f"gone: {what}")
        # What the file itself renamed before is missed under the name that it had, if at all.
        oid = next((oid for oid, one in done.before.items() if one.name == name), None)
        demanded = relkind in TABLES - {"m"} and name not in names and done.old.get(oid, name) not in names
        (truth.must if demanded else truth.may).add("breaking")
    for column in done.lost_columns:
        truth.facts.append(f"gone: column {column}")
        relkind, full = column.split(" ", 1)
        table, name = full.rsplit(".", 1)
        back = table in names and name in names[table].columns.values()
        (truth.may if back or relkind not in TABLES - {"m"} else truth.must).add("breaking")
    if kind in CALLS_CODE and re.search(r"\bRENAME\s+VALUE\b", statement.sql, re.I):
        truth.may.add("breaking")  # labels of a type are not looked at
    if DESTROYS.match(kind):
        truth.may.add("breaking" if kind in ("DropStmt", "RenameStmt", "AlterObjectSchemaStmt", "AlterEnumStmt") else "none")


def mass(truth: Truth, statement, kind: str, done: Done) -> None:
    """UPDATE and DELETE of all rows of a table that existed before the file."""
    for change in changes(statement.tree):
        if change.everything and written_table(change, done) is not None:
            truth.must.add("mass_change")
            truth.facts.append(f"every row of {change.table} changed")
    if kind in CALLS_CODE:
        truth.may.add("mass_change")
