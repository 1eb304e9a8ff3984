"""What Alembic was asked for against what lockgate printed, revision by revision."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from directives import SCHEMA


@dataclass
class Verdict:
    """One direction of one revision."""

    file: str
    direction: str
    called: int = 0  # schema directives really called
    right: int = 0  # … extracted with everything right
    extracted: int = 0  # schema directives extracted, those behind an open condition excepted
    real: int = 0  # … that were really called
    full: bool | None = None  # whether everything matches; None where the revision stopped with an error
    missed: list = field(default_factory=list)
    extra: list = field(default_factory=list)


def judge(real: dict, printed: list[dict]) -> Verdict:
    """`printed` are lockgate's operations of the same revision and direction."""
    verdict = Verdict(real["file"], real["direction"])
    called = [directive(item) for item in real["directives"] if item["kind"] in SCHEMA]
    extracted = [(operation(item), bool(item.get("guard"))) for item in printed if item["kind"] in SCHEMA and not item.get("implied")]
    pool = defaultdict(list)
    for at, (item, _) in enumerate(extracted):
        pool[key(item)].append(at)
    used, exact = set(), set()
    for item in called:
        at = next((at for at in candidates(item, pool, extracted) if at not in used and same(item, extracted[at][0])), None)
        if at is not None:
            used.add(at)
            exact.add(at)
            verdict.right += 1
        else:
            verdict.missed.append(item)
    for item in verdict.missed:
        at = next((at for at in candidates(item, pool, extracted) if at not in used), None)
        if at is not None:
            used.add(at)
    verdict.called = len(called)
    certain = [at for at, (_, guarded) in enumerate(extracted) if not guarded]
    stopped = real["error"] is not None
    if stopped:
        # What would have come after the error is not known.
        certain = [at for at in certain if at in used]
    verdict.extracted = len(certain)
    verdict.real = sum(at in used for at in certain)
    verdict.extra = [extracted[at][0] for at in certain if at not in used]
    if not stopped:
        verdict.full = not verdict.missed and not verdict.extra and in_order(called, extracted, exact)
    return verdict


def candidates(item: dict, pool: dict, extracted: list) -> list[int]:
    """Extracted directives that may be this one; expressions among the columns of an index have no one form."""
    columns = item.get("columns") or []
    if item["kind"] != "create_index" or None not in columns:
        return pool[key(item)]
    return [at for at, (one, _) in enumerate(extracted) if key(open_expressions(item, one)) == key(item)]


def open_expressions(real: dict, ours: dict) -> dict:
    theirs = ours.get("columns") or []
    if len(theirs) != len(real["columns"]):
        return ours
    return {**ours, "columns": [column and mine for column, mine in zip(real["columns"], theirs)]}


def in_order(called: list[dict], extracted: list, exact: set[int]) -> bool:
    def short(item):
        return item["kind"], item.get("table"), item.get("name")

    return [short(item) for at, (item, _) in enumerate(extracted) if at in exact] == [short(item) for item in called]


def key(item: dict) -> tuple:
    """What says which directive it is."""
    who = item.get("name") if item["kind"] in ("drop_index", "drop_constraint") else tuple(column or "" for column in item.get("columns") or ())
    return item["kind"], None if item["kind"] == "drop_index" else item.get("table"), who


def same(real: dict, ours: dict) -> bool:
    """Every member that the real one has is the same."""
    return all(ours.get(member) == value for member, value in real.items() if member != "columns")


def directive(item: dict) -> dict:
    """A real directive, without what is only shown."""
    kept = {member: value for member, value in item.items() if member not in ("types", "failed")}
    if item["kind"] not in ("drop_index", "drop_constraint"):
        kept.pop("name", None)
    if item["kind"] == "drop_index":
        kept.pop("table", None)
    return kept


def operation(item: dict) -> dict:
    """An operation of lockgate in the same form."""
    kind = item["kind"]
    out = {"kind": kind, "table": item.get("table")}
    columns = item.get("columns")
    if kind == "create_table":
        defs = item.get("column_defs") or []
        uniques = {(column["name"],) for column in defs if column.get("unique")}
        uniques |= {tuple(one["columns"]) for one in item.get("constraints") or [] if one["kind"] == "unique"}
        out.update(columns=[column["name"] for column in defs], nullable=[column["nullable"] for column in defs], unique=sorted(map(list, uniques)))
    elif kind == "add_column":
        column = item.get("column") or {}
        out.update(columns=columns, nullable=column.get("nullable"), unique=bool(column.get("unique")))
    elif kind == "alter_column":
        out.update(columns=columns, nullable=item.get("nullable"), new_name=item.get("new_name"))
        out.update(sets_type="type" in item, sets_default="server_default" in item)
    elif kind == "create_index":
        out.update(columns=columns, unique=bool(item.get("unique")), concurrently=bool(item.get("concurrently")))
    elif kind == "drop_index":
        out = {"kind": kind, "name": item.get("name"), "concurrently": bool(item.get("concurrently"))}
    elif kind == "create_foreign_key":
        references = item.get("references") or {}
        out.update(columns=columns, references=[references.get("table"), references.get("columns")])
    elif kind in ("create_unique_constraint", "create_primary_key", "drop_column"):
        out.update(columns=columns)
    elif kind == "drop_constraint":
        out.update(name=item.get("name"))
    elif kind == "rename_table":
        out.update(new_name=item.get("new_name"))
    return out


def totals(verdicts: list[Verdict]) -> Counter:
    count = Counter()
    for verdict in verdicts:
        count.update(called=verdict.called, right=verdict.right, extracted=verdict.extracted, real=verdict.real)
        count.update(stopped=verdict.full is None, ran=verdict.full is not None, full=bool(verdict.full))
    return count
