"""Compares what lockgate printed with what the real parser's tree says.

Neighbours: `pieces.py` and `lower.py` make the expectation, `judge.py` runs lockgate and prints the verdict.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from lower import EXPRESSION, Operation, node, operations
from pieces import STAND_IN, Statement

NOT_UNDERSTOOD = ("opaque", "unparsed")


@dataclass
class Verdict:
    """One judged statement: no reasons means agreement."""

    statement: Statement
    expected: list[Operation]
    printed: list[dict]
    reasons: list[str] = field(default_factory=list)
    attribute_reasons: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.expected[0].kinds[0] if self.expected else node(self.statement.tree)[0]


@dataclass
class Group:
    """The operations that lockgate printed for one statement."""

    file: str
    line: int
    offset: int | None
    order: int
    operations: list[dict] = field(default_factory=list)


def groups(report: dict) -> dict[str, list[Group]]:
    """lockgate's report, grouped to statements per file. `execute` yields what it lowers to; implied operations are left out."""
    found: dict[tuple, Group] = {}
    for index, migration in enumerate(report.get("migrations", [])):
        file = migration["file"]
        for operation in flatten(migration.get("operations", [])):
            if operation.get("implied"):
                continue
            key = (file, index, operation.get("statement"))
            group = found.setdefault(key, Group(file, operation["line"], operation.get("offset"), len(found)))
            group.operations.append(operation)
    per_file: dict[str, list[Group]] = defaultdict(list)
    for group in found.values():
        per_file[group.file].append(group)
    return per_file


def flatten(listed: list[dict]) -> list[dict]:
    found = []
    for operation in listed:
        nested = operation.get("operations")
        if operation["kind"] == "execute" and nested:
            inherited = {key: operation[key] for key in ("statement", "line", "offset") if key in operation}
            found += flatten([{**inner, **inherited} for inner in nested])
        else:
            found.append(operation)
    return found


def assign(statements: list[Statement], printed: list[Group]) -> tuple[list[list[dict]], list[Group]]:
    """Gives each group to the statement in whose span it was written. Returns also the groups without one.

    By byte offset where lockgate prints it; else by line, and in order where several statements share a line.
    """
    given: list[list[dict]] = [[] for _ in statements]
    taken: set[int] = set()
    strays = []
    for group in sorted(printed, key=lambda group: (group.line, group.order)):
        inside = [i for i, statement in enumerate(statements) if covers(statement, group)]
        free = [i for i in inside if i not in taken]
        if not inside:
            strays.append(group)
            continue
        if group.offset is not None or node(statements[inside[0]].tree)[0] == "DoStmt" and len(inside) == 1:
            chosen = inside[0]
        else:
            chosen = free[0] if free else inside[-1]
        taken.add(chosen)
        given[chosen] += group.operations
    return given, strays


def covers(statement: Statement, group: Group) -> bool:
    if group.offset is not None:
        return statement.offset <= group.offset < max(statement.end, statement.offset + 1)
    return statement.line <= group.line <= statement.end_line


def judge(statements: list[Statement], printed: list[Group]) -> tuple[list[Verdict], list[Group]]:
    """One verdict per statement of a file, and lockgate's operations that belong to none."""
    given, strays = assign(statements, printed)
    verdicts, searched = [], False
    for statement, listed in zip(statements, given):
        searched = searched or sets_search_path(statement)
        verdicts.append(judge_statement(statement, listed, searched))
    return verdicts, strays


def sets_search_path(statement: Statement) -> bool:
    return "search_path" in statement.sql.lower()


def judge_statement(statement: Statement, printed: list[dict], searched: bool = False) -> Verdict:
    """`searched`: the file has set search_path, so that an unqualified name may be printed with its schema."""
    expected = operations(statement.tree)
    verdict = Verdict(statement, expected, printed)
    if not printed:
        verdict.reasons.append("missing: lockgate prints no operation for it")
    elif node(statement.tree)[0] == "DoStmt":
        if all(operation["kind"] in NOT_UNDERSTOOD for operation in printed):
            verdict.reasons.append("DO is not seen as `do` nor as its statements")
    else:
        _judge_operations(verdict, searched)
    return verdict


def _judge_operations(verdict: Verdict, searched: bool) -> None:
    expected, printed = _collapse(verdict.expected, verdict.printed)
    if len(expected) != len(printed):
        kinds = [operation["kind"] for operation in printed]
        verdict.reasons.append(f"operations: expected {[o.kinds[0] for o in expected]}, printed {kinds}")
        return
    for wanted, got in _pair(expected, printed, searched):
        verdict.reasons += differences(wanted, got, searched)
        verdict.attribute_reasons += attribute_differences(wanted, got)


def _collapse(expected: list[Operation], printed: list[dict]) -> tuple[list[Operation], list[dict]]:
    """Several alike operations on one object that has no actions in the contract may be printed as one."""
    if len(expected) > 1 and len(printed) == 1 and all(operation.collapsible for operation in expected):
        return expected[:1], printed
    return expected, printed


def _pair(expected: list[Operation], printed: list[dict], searched: bool) -> list[tuple[Operation, dict]]:
    """In order where that agrees; otherwise each with the first left that agrees (WITH queries have no order of their own)."""
    in_order = list(zip(expected, printed))
    if not any(differences(*pair, searched) for pair in in_order):
        return in_order
    left, pairs, unmatched = list(printed), [], []
    for wanted in expected:
        match = next((got for got in left if not differences(wanted, got, searched)), None)
        if match is None:
            unmatched.append(wanted)
            continue
        left.remove(match)
        pairs.append((wanted, match))
    return pairs + list(zip(unmatched, left))


def differences(wanted: Operation, got: dict, searched: bool = False) -> list[str]:
    """Where kind, relations, columns or name disagree."""
    found = []
    if got["kind"] not in wanted.kinds:
        return [f"kind: expected {wanted.kinds[0]}, printed {got['kind']}" + (f" ({got['reason']})" if "reason" in got else "")]
    if wanted.table is not None and not same_name(wanted.table, got.get("table"), searched):
        found.append(f"table: expected {wanted.table!r}, printed {got.get('table')!r}")
    if wanted.name is not None and not any(same_name(wanted.name, got.get(member), searched) for member in ("name", "table")):
        found.append(f"name: expected {wanted.name!r}, printed {got.get('name')!r}")
    for member, value in wanted.relations.items():
        if not same_name(value, got.get(member), searched):
            found.append(f"{member}: expected {value!r}, printed {got.get(member)!r}")
    if wanted.columns is not None and not same_columns(wanted.columns, printed_columns(got)):
        names = ["(expression)" if column is EXPRESSION else column for column in wanted.columns]
        found.append(f"columns: expected {names}, printed {printed_columns(got)}")
    if wanted.references is not None and not same_references(wanted.references, printed_references(got), searched):
        found.append(f"references: expected {wanted.references}, printed {printed_references(got)}")
    return found


def attribute_differences(wanted: Operation, got: dict) -> list[str]:
    """Where flags disagree. An absent flag is false; an absent `nullable` is not false."""
    found = []
    for member, value in wanted.attributes.items():
        printed = got.get(member) if member == "nullable" else got.get(member, False if isinstance(value, bool) else None)
        if printed != value:
            found.append(f"{got['kind']}.{member}: expected {value!r}, printed {printed!r}")
    return found


def same_name(wanted: str, got: str | None, searched: bool = False) -> bool:
    if not isinstance(got, str):
        return False
    wanted, got = wanted.replace('"', ""), got.replace('"', "")
    if STAND_IN in wanted:
        parts = [re.escape(part) for part in wanted.split(STAND_IN)]
        qualified = wanted.startswith(f"{STAND_IN}.")
        pattern = ".*".join(parts)
        return re.fullmatch(pattern, got, re.S) is not None or (qualified and got == wanted.split(".", 1)[1])
    if wanted == got:
        return True
    return searched and "." not in wanted and got.rsplit(".", 1)[-1] == wanted


def same_columns(wanted: list, got: list[str]) -> bool:
    """Expressions among index columns may be printed in any form, or left out."""
    plain = [column for column in wanted if column is not EXPRESSION]
    if len(got) == len(wanted):
        return all(column is EXPRESSION or same_name(column, name) for column, name in zip(wanted, got))
    return len(got) == len(plain) and all(same_name(column, name) for column, name in zip(plain, got))


def printed_columns(got: dict) -> list[str]:
    if "columns" in got:
        return list(got["columns"])
    if "column_defs" in got:
        return [column["name"] for column in got["column_defs"]]
    if "column" in got:
        return [got["column"]["name"]]
    return []


def printed_references(got: dict) -> list[tuple[str, list[str]]]:
    """Every foreign key target that the operation names, its own, its constraints' and its columns'."""
    holders = [got, *got.get("constraints", []), *got.get("column_defs", [])]
    if "column" in got:
        holders.append(got["column"])
    found = []
    for holder in holders:
        target = holder.get("references")
        if isinstance(target, str):
            match = re.fullmatch(r"([^(]*?)\s*(?:\((.*)\))?", target)
            columns = [name.strip() for name in (match.group(2) or "").split(",")] if match.group(2) else []
            found.append((match.group(1), columns))
        elif target:
            found.append((target["table"], list(target.get("columns") or [])))
    return found


def same_references(wanted: list, got: list, searched: bool) -> bool:
    """The same targets in any order. Columns left out in the SQL may be printed all the same (they are the primary key)."""
    left = list(got)
    for table, columns in wanted:
        match = next((r for r in left if same_name(table, r[0], searched) and (not columns or same_columns(columns, r[1]))), None)
        if match is None:
            return False
        left.remove(match)
    return not left
