"""The directives that Alembic was really asked for, in the words of `lockgate operations`."""

from __future__ import annotations

from alembic.ddl.postgresql import CreateExcludeConstraintOp
from alembic.operations import ops
from sqlalchemy import Column, UniqueConstraint

# Kinds of the contract that are directives of the schema.
SCHEMA = {
    "create_table", "drop_table", "rename_table", "add_column", "drop_column", "alter_column", "create_index", "drop_index",
    "create_foreign_key", "create_unique_constraint", "create_primary_key", "create_check_constraint", "create_exclude_constraint",
    "drop_constraint",
}  # fmt: skip


def describe(operation, result) -> dict | None:
    """One directive; `None` for what is none of Alembic's own."""
    for kind, words in WORDS.items():
        if type(operation) is kind:
            return words(operation, result)
    return None


def table(name, schema) -> str | None:
    if name is None:
        return None
    return f"{schema}.{name}" if schema and schema != "public" else str(name)


def create_table(op, result) -> dict:
    columns = list(result.columns) if result is not None else [item for item in op.columns if isinstance(item, Column)]
    uniques = {(column.name,) for column in columns if column.unique}
    constraints = result.constraints if result is not None else [item for item in op.columns if isinstance(item, UniqueConstraint)]
    uniques |= {tuple(column.name for column in item.columns) for item in constraints if isinstance(item, UniqueConstraint)}
    return {
        "kind": "create_table",
        "table": table(op.table_name, op.schema),
        "columns": [column.name for column in columns],
        "nullable": [bool(column.nullable) for column in columns],
        "unique": sorted(map(list, uniques)),
        "types": [type_text(column.type) for column in columns],
    }


def of_table(made, drops: bool) -> list[dict]:
    """What `Table.create(bind)` and `Table.drop(bind)` ask for."""
    name = table(made.name, made.schema)
    if drops:
        return [{"kind": "drop_table", "table": name}]
    op = ops.CreateTableOp(made.name, list(made.columns), schema=made.schema)
    return [create_table(op, made)]


def type_text(data_type) -> str:
    try:
        return str(data_type)
    except Exception:  # a project's type may do anything
        return type(data_type).__name__


def add_column(op, _) -> dict:
    column = op.column
    return {
        "kind": "add_column",
        "table": table(op.table_name, op.schema),
        "columns": [column.name],
        "nullable": bool(column.nullable),
        "unique": bool(column.unique),
        "types": [type_text(column.type)],
    }


def alter_column(op, _) -> dict:
    return {
        "kind": "alter_column",
        "table": table(op.table_name, op.schema),
        "columns": [op.column_name],
        "nullable": op.modify_nullable,
        "new_name": op.modify_name,
        "sets_type": op.modify_type is not None,
        "sets_default": op.modify_server_default is not False,
    }


def create_index(op, _) -> dict:
    return {
        "kind": "create_index",
        "table": table(op.table_name, op.schema),
        "name": text(op.index_name),
        "columns": [column if isinstance(column, str) else None for column in op.columns],
        "unique": bool(op.unique),
        "concurrently": bool(op.kw.get("postgresql_concurrently")),
    }


def drop_index(op, _) -> dict:
    return {
        "kind": "drop_index",
        "name": text(op.index_name),
        "table": table(op.table_name, op.schema),
        "concurrently": bool(op.kw.get("postgresql_concurrently")),
    }


def foreign_key(op, _) -> dict:
    return {
        "kind": "create_foreign_key",
        "table": table(op.source_table, op.kw.get("source_schema")),
        "name": text(op.constraint_name),
        "columns": list(op.local_cols),
        "references": [table(op.referent_table, op.kw.get("referent_schema")), list(op.remote_cols)],
    }


def key(kind):
    return lambda op, _: {
        "kind": kind,
        "table": table(op.table_name, op.schema),
        "name": text(op.constraint_name),
        "columns": [str(column) for column in op.columns],
    }


def on_table(kind):
    return lambda op, _: {"kind": kind, "table": table(op.table_name, op.schema), "name": text(getattr(op, "constraint_name", None))}


def text(name) -> str | None:
    return None if name is None else str(name)


WORDS = {
    ops.CreateTableOp: create_table,
    ops.DropTableOp: lambda op, _: {"kind": "drop_table", "table": table(op.table_name, op.schema)},
    ops.RenameTableOp: lambda op, _: {"kind": "rename_table", "table": table(op.table_name, op.schema), "new_name": str(op.new_table_name)},
    ops.AddColumnOp: add_column,
    ops.DropColumnOp: lambda op, _: {"kind": "drop_column", "table": table(op.table_name, op.schema), "columns": [op.column_name]},
    ops.AlterColumnOp: alter_column,
    ops.CreateIndexOp: create_index,
    ops.DropIndexOp: drop_index,
    ops.CreateForeignKeyOp: foreign_key,
    ops.CreateUniqueConstraintOp: key("create_unique_constraint"),
    ops.CreatePrimaryKeyOp: key("create_primary_key"),
    ops.CreateCheckConstraintOp: on_table("create_check_constraint"),
    CreateExcludeConstraintOp: on_table("create_exclude_constraint"),
    ops.DropConstraintOp: on_table("drop_constraint"),
    ops.ExecuteSQLOp: lambda op, _: {"kind": "execute", "sql": str(op.sqltext)},
    ops.BulkInsertOp: lambda op, _: {"kind": "bulk_insert", "table": table(op.table.name, op.table.schema), "rows": len(op.rows)},
}
