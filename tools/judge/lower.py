"""Turns the real parser's tree into the operations that `lockgate operations` is to print for the same statement.

Neighbours: `pieces.py` supplies the trees, `compare.py` compares. The tree is libpg_query's JSON: members with default values are left out.
Where the contract leaves room (an ALTER SEQUENCE … OWNER TO may be `alter_sequence` or `alter_object`) several kinds are accepted, the first is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable

# A key column of an index or constraint that is an expression; compared by position only.
EXPRESSION = object()


@dataclass
class Operation:
    """What one operation must say. None means: not judged."""

    kinds: tuple[str, ...]
    table: str | None = None
    columns: list | None = None
    name: str | None = None
    relations: dict[str, str] = field(default_factory=dict)  # member -> relation or name, judged like the table
    references: list[tuple[str, list[str]]] | None = None  # tables (and columns) that foreign keys point at
    attributes: dict[str, object] = field(default_factory=dict)  # judged apart: flags such as `unique`
    collapsible: bool = False  # several alike may be printed as one


def node(tree: dict) -> tuple[str, dict]:
    """A node's type and body."""
    return next(iter(tree.items()))


def is_ddl(tree: dict) -> bool:
    """Whether the statement changes definitions (what the regression mode counts)."""
    return node(tree)[0] not in NOT_DDL


def operations(tree: dict) -> list[Operation]:
    """The operations of one statement, in the order written. Raises KeyError for a statement type unknown to this file."""
    kind, body = node(tree)
    return LOWER[kind](body)


# --- names -------------------------------------------------------------------------------------------------------


def dotted(parts: list[str]) -> str:
    """`t`, or `s.t` outside public; a leading database name is dropped."""
    parts = parts[-2:]
    return ".".join(parts[1:] if parts[0] == "public" and len(parts) == 2 else parts)


def relation(range_var: dict) -> str:
    return dotted([part for part in (range_var.get("schemaname"), range_var.get("relname")) if part])


def strings(items: list[dict]) -> list[str]:
    return [item["String"].get("sval", "") for item in items if "String" in item]


def list_name(items: list[dict]) -> str:
    return dotted(strings(items))


def object_name(tree: dict) -> str | None:
    """The name in a DROP, COMMENT or RENAME target, whichever way the grammar stores it."""
    kind, body = node(tree)
    if kind == "String":
        return body.get("sval", "")
    if kind == "List":
        return list_name(body.get("items", []))
    if kind == "ObjectWithArgs":
        return list_name(body.get("objname", []))
    if kind == "TypeName":
        return list_name(body.get("names", []))
    return None


# --- tables ------------------------------------------------------------------------------------------------------


def flags(**given: object) -> dict[str, object]:
    return dict(given)


def foreign_keys(column: dict) -> list[tuple[str, list[str]]]:
    constraints = (item["Constraint"] for item in column.get("constraints", []) if "Constraint" in item)
    return [reference(c) for c in constraints if c.get("contype") == "CONSTR_FOREIGN"]


def reference(constraint: dict) -> tuple[str, list[str]]:
    return relation(constraint["pktable"]), strings(constraint.get("pk_attrs", []))


def create_table(body: dict) -> list[Operation]:
    columns, references = [], []
    for element in body.get("tableElts", []):
        kind, inner = node(element)
        if kind == "ColumnDef":
            columns.append(inner.get("colname", ""))
            references += foreign_keys(inner)
        elif kind == "Constraint" and inner.get("contype") == "CONSTR_FOREIGN":
            references.append(reference(inner))
    typed = "ofTypename" in body or "partbound" in body
    return [
        Operation(
            ("create_table",),
            table=relation(body["relation"]),
            columns=None if typed else columns,
            references=references,
            attributes=flags(if_not_exists=body.get("if_not_exists", False)),
        )
    ]


def create_foreign_table(body: dict) -> list[Operation]:
    [operation] = create_table(body["base"])
    operation.kinds = ("create_table", "create_object")
    return [operation]


def create_table_as(body: dict) -> list[Operation]:
    target = relation(body["into"]["rel"])
    given = flags(if_not_exists=body.get("if_not_exists", False))
    if body.get("objtype") == "OBJECT_MATVIEW":
        return [Operation(("create_materialized_view",), name=target, attributes=given)]
    return [Operation(("create_table",), table=target, attributes=given)]


def alter_table(body: dict) -> list[Operation]:
    target, kind = relation(body["relation"]), body.get("objtype", "OBJECT_TABLE")
    commands = [command["AlterTableCmd"] for command in body.get("cmds", [])]
    other = OTHER_ALTERED.get(kind)
    if kind == "OBJECT_TABLE":
        return [alter_table_command(target, command) for command in commands]
    if kind == "OBJECT_FOREIGN_TABLE":
        operations_of_table = [alter_table_command(target, command) for command in commands]
        for operation in operations_of_table:
            operation.kinds += ("alter_object",)
        return operations_of_table
    return [Operation(other or ("alter_object", "alter_table_option"), name=target, collapsible=True) for _ in commands]


OTHER_ALTERED = {
    "OBJECT_TYPE": ("alter_type",),
    "OBJECT_SEQUENCE": ("alter_sequence", "alter_object", "alter_table_option"),
    "OBJECT_INDEX": ("alter_object", "alter_table_option", "attach_partition"),
    "OBJECT_VIEW": ("alter_object", "alter_table_option", "alter_column"),
    "OBJECT_MATVIEW": ("alter_object", "alter_table_option", "alter_column"),
}


def alter_table_command(table: str, command: dict) -> Operation:
    subtype = command.get("subtype", "AT_AddColumn")
    lower = ALTER_COMMANDS.get(subtype)
    if lower:
        return lower(table, command)
    if subtype in COLUMN_OPTIONS:
        return Operation(("alter_table_option", "alter_column"), table=table)
    return Operation(("alter_table_option",), table=table)


COLUMN_OPTIONS = {
    "AT_SetExpression", "AT_DropExpression", "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_SetStorage",
    "AT_SetCompression", "AT_AddIdentity", "AT_SetIdentity", "AT_DropIdentity", "AT_AlterColumnGenericOptions",
}  # fmt: skip


def add_column(table: str, command: dict) -> Operation:
    column = command["def"]["ColumnDef"]
    given = flags(if_not_exists=command.get("missing_ok", False))
    return Operation(("add_column",), table=table, columns=[column.get("colname", "")], references=foreign_keys(column), attributes=given)


def alter_column(**change: object) -> Callable[[str, dict], Operation]:
    def lower(table: str, command: dict) -> Operation:
        columns = [command["name"]] if "name" in command else None
        return Operation(("alter_column",), table=table, columns=columns, attributes=dict(change))

    return lower


def drop_column(table: str, command: dict) -> Operation:
    given = flags(if_exists=command.get("missing_ok", False), cascade=command.get("behavior") == "DROP_CASCADE")
    return Operation(("drop_column",), table=table, columns=[command.get("name", "")], attributes=given)


def add_constraint(table: str, command: dict) -> Operation:
    return constraint_operation(table, command["def"]["Constraint"])


def constraint_operation(table: str, constraint: dict) -> Operation:
    kind, name = constraint.get("contype"), constraint.get("conname")
    not_valid = flags(not_valid=constraint.get("skip_validation", False))
    if kind == "CONSTR_FOREIGN":
        columns = strings(constraint.get("fk_attrs", []))
        return Operation(("create_foreign_key",), table, columns, name, references=[reference(constraint)], attributes=not_valid)
    if kind == "CONSTR_CHECK":
        return Operation(("create_check_constraint",), table, None, name, attributes=not_valid)
    if kind == "CONSTR_NOTNULL":
        return Operation(("alter_column", "create_check_constraint"), table, strings(constraint.get("keys", [])), None)
    if kind == "CONSTR_EXCLUSION":
        elements = [item["List"]["items"][0]["IndexElem"] for item in constraint.get("exclusions", [])]
        return Operation(("create_exclude_constraint",), table, [index_column(element) for element in elements], name)
    kinds = {"CONSTR_PRIMARY": ("create_primary_key",), "CONSTR_UNIQUE": ("create_unique_constraint",)}[kind]
    if "indexname" in constraint:
        return Operation(kinds, table, None, name, attributes=flags(using_index=constraint["indexname"]))
    return Operation(kinds, table, strings(constraint.get("keys", [])), name)


def named_constraint(kind: str) -> Callable[[str, dict], Operation]:
    def lower(table: str, command: dict) -> Operation:
        given = {}
        if kind == "drop_constraint":
            given = flags(if_exists=command.get("missing_ok", False), cascade=command.get("behavior") == "DROP_CASCADE")
        return Operation((kind,), table=table, name=command.get("name"), attributes=given)

    return lower


def partition(kind: str) -> Callable[[str, dict], Operation]:
    def lower(table: str, command: dict) -> Operation:
        part = command["def"]["PartitionCmd"]
        given = flags(concurrently=part.get("concurrent", False)) if kind == "detach_partition" else {}
        return Operation((kind,), table=table, relations={"partition": relation(part["name"])}, attributes=given)

    return lower


ALTER_COMMANDS: dict[str, Callable[[str, dict], Operation]] = {
    "AT_AddColumn": add_column,
    "AT_ColumnDefault": alter_column(),
    "AT_DropNotNull": alter_column(nullable=True),
    "AT_SetNotNull": alter_column(nullable=False),
    "AT_AlterColumnType": alter_column(),
    "AT_DropColumn": drop_column,
    "AT_AddConstraint": add_constraint,
    "AT_ValidateConstraint": named_constraint("validate_constraint"),
    "AT_DropConstraint": named_constraint("drop_constraint"),
    "AT_AttachPartition": partition("attach_partition"),
    "AT_DetachPartition": partition("detach_partition"),
    "AT_DetachPartitionFinalize": partition("detach_partition"),
}


# --- indexes -----------------------------------------------------------------------------------------------------


def index_column(element: dict) -> object:
    return element.get("name", EXPRESSION)


def create_index(body: dict) -> list[Operation]:
    columns = [index_column(item["IndexElem"]) for item in body.get("indexParams", [])]
    given = flags(
        unique=body.get("unique", False),
        concurrently=body.get("concurrent", False),
        if_not_exists=body.get("if_not_exists", False),
    )
    return [Operation(("create_index",), relation(body["relation"]), columns, body.get("idxname"), attributes=given)]


def reindex(body: dict) -> list[Operation]:
    given = flags(concurrently=any(item["DefElem"].get("defname") == "concurrently" for item in body.get("params", [])))
    kind = body.get("kind", "REINDEX_OBJECT_INDEX")
    if kind == "REINDEX_OBJECT_INDEX":
        return [Operation(("reindex",), name=relation(body["relation"]), attributes=given)]
    if kind == "REINDEX_OBJECT_TABLE":
        return [Operation(("reindex",), table=relation(body["relation"]), attributes=given)]
    return [Operation(("reindex",), name=body.get("name") or None, attributes=given)]


# --- renames, drops, other objects -----------------------------------------------------------------------------------

RENAMED_OTHER = {
    "OBJECT_TYPE": ("alter_type",),
    "OBJECT_ATTRIBUTE": ("alter_type",),
    "OBJECT_DOMAIN": ("alter_domain",),
    "OBJECT_DOMCONSTRAINT": ("alter_domain",),
    "OBJECT_SEQUENCE": ("alter_sequence", "alter_object", "rename_table"),
    "OBJECT_VIEW": ("alter_object", "rename_table"),
    "OBJECT_MATVIEW": ("alter_object", "rename_table"),
    "OBJECT_FOREIGN_TABLE": ("rename_table", "alter_object"),
}


def rename(body: dict) -> list[Operation]:
    kind, new = body["renameType"] if "renameType" in body else "OBJECT_ACCESS_METHOD", {"new_name": body["newname"]}
    if kind == "OBJECT_TABLE":
        return [Operation(("rename_table",), table=relation(body["relation"]), relations=new)]
    if kind == "OBJECT_COLUMN":
        of_table = body.get("relationType", "OBJECT_TABLE") == "OBJECT_TABLE"
        kinds = ("rename_column",) if of_table else ("rename_column", "alter_object")
        return [Operation(kinds, table=relation(body["relation"]), columns=[body["subname"]], relations=new)]
    if kind == "OBJECT_INDEX":
        return [Operation(("rename_index",), name=relation(body["relation"]), relations=new)]
    if kind == "OBJECT_TABCONSTRAINT":
        return [Operation(("rename_constraint",), table=relation(body["relation"]), name=body["subname"], relations=new)]
    return [Operation(RENAMED_OTHER.get(kind, ("alter_object",)))]


def set_schema(body: dict) -> list[Operation]:
    kind = body.get("objectType", "OBJECT_ACCESS_METHOD")
    if kind == "OBJECT_TABLE":
        return [Operation(("alter_table_option", "alter_object"), table=relation(body["relation"]))]
    return [Operation(OWNED_OTHER.get(kind, ("alter_object", "alter_table_option")))]


OWNED_OTHER = {
    "OBJECT_TYPE": ("alter_type", "alter_object"),
    "OBJECT_DOMAIN": ("alter_domain", "alter_object"),
    "OBJECT_SEQUENCE": ("alter_sequence", "alter_object", "alter_table_option"),
}


def set_owner(body: dict) -> list[Operation]:
    return [Operation(OWNED_OTHER.get(body.get("objectType"), ("alter_object",)))]


DROPPED = {
    "OBJECT_VIEW": ("drop_view",),
    "OBJECT_MATVIEW": ("drop_materialized_view",),
    "OBJECT_TYPE": ("drop_type",),
    "OBJECT_DOMAIN": ("drop_domain",),
    "OBJECT_SEQUENCE": ("drop_sequence",),
    "OBJECT_FUNCTION": ("drop_function",),
    "OBJECT_PROCEDURE": ("drop_function", "drop_object"),
    "OBJECT_ROUTINE": ("drop_function", "drop_object"),
    "OBJECT_AGGREGATE": ("drop_object", "drop_function"),
    "OBJECT_SCHEMA": ("drop_schema",),
    "OBJECT_EXTENSION": ("drop_extension",),
}


def drop(body: dict) -> list[Operation]:
    kind = body.get("removeType", "OBJECT_ACCESS_METHOD")
    given = flags(if_exists=body.get("missing_ok", False), cascade=body.get("behavior") == "DROP_CASCADE")
    found = []
    for target in body["objects"]:
        if kind in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            kinds = ("drop_table",) if kind == "OBJECT_TABLE" else ("drop_table", "drop_object")
            found.append(Operation(kinds, table=object_name(target), attributes=given))
        elif kind == "OBJECT_INDEX":
            concurrently = flags(if_exists=given["if_exists"], concurrently=body.get("concurrent", False))
            found.append(Operation(("drop_index",), name=object_name(target), attributes=concurrently))
        elif kind in ("OBJECT_TRIGGER", "OBJECT_POLICY"):
            parts = strings(target["List"]["items"])
            found.append(Operation(("drop_" + kind[7:].lower(),), table=dotted(parts[:-1]), name=parts[-1], attributes=given))
        elif kind in DROPPED:
            found.append(Operation(DROPPED[kind], name=object_name(target), attributes=given))
        else:
            found.append(Operation(("drop_object",), collapsible=True))
    return found


def named(*kinds: str, member: str) -> Callable[[dict], list[Operation]]:
    """A statement whose name is a list of strings, a relation or a plain string in `member`."""

    def lower(body: dict) -> list[Operation]:
        value = body.get(member)
        if isinstance(value, list):
            value = list_name(value)
        elif isinstance(value, dict):
            value = relation(value)
        given = flags(if_not_exists=True) if body.get("if_not_exists") else {}
        return [Operation(tuple(kinds), name=value, attributes=given)]

    return lower


def on_table(kind: str, name: str, table: str) -> Callable[[dict], list[Operation]]:
    def lower(body: dict) -> list[Operation]:
        return [Operation((kind,), table=relation(body[table]), name=body[name])]

    return lower


def any_of(*kinds: str) -> Callable[[dict], list[Operation]]:
    def lower(_body: dict) -> list[Operation]:
        return [Operation(tuple(kinds))]

    return lower


def define(body: dict) -> list[Operation]:
    if body.get("kind") == "OBJECT_TYPE":
        return [Operation(("create_type",), name=list_name(body["defnames"]))]
    if body.get("kind") == "OBJECT_AGGREGATE":
        return [Operation(("create_object", "create_function"))]
    return [Operation(("create_object",))]


def create_schema(body: dict) -> list[Operation]:
    given = flags(if_not_exists=body.get("if_not_exists", False))
    found = [Operation(("create_schema",), name=body.get("schemaname"), attributes=given)]
    for element in body.get("schemaElts", []):
        found += [within(operation, body.get("schemaname")) for operation in operations(element)]
    return found


def within(operation: Operation, schema: str | None) -> Operation:
    """What stands in CREATE SCHEMA is made in it."""
    if schema and operation.table and "." not in operation.table:
        operation = replace(operation, table=f"{schema}.{operation.table}")
    made = operation.kinds[0] in ("create_view", "create_sequence") and operation.name and "." not in operation.name
    return replace(operation, name=f"{schema}.{operation.name}") if schema and made else operation


# --- data --------------------------------------------------------------------------------------------------------


def with_queries(body: dict) -> list[Operation]:
    """Data-modifying statements in WITH."""
    found = []
    for item in body.get("withClause", {}).get("ctes", []):
        query = item["CommonTableExpr"]["ctequery"]
        kind, inner = node(query)
        if kind in ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"):
            found += operations(query)
        elif kind == "SelectStmt":
            found += with_queries(inner)
    return found


def targets(items: list[dict]) -> list[str]:
    return [item["ResTarget"].get("name", "") for item in items if "ResTarget" in item]


def insert(body: dict) -> list[Operation]:
    inner = body.get("selectStmt", {}).get("SelectStmt", {})
    nested = with_queries(body) + with_queries(inner)
    return nested + [Operation(("insert",), relation(body["relation"]), targets(body.get("cols", [])))]


def update(body: dict) -> list[Operation]:
    given = flags(where="whereClause" in body)
    columns = list(dict.fromkeys(targets(body.get("targetList", []))))
    return with_queries(body) + [Operation(("update",), relation(body["relation"]), columns, attributes=given)]


def delete(body: dict) -> list[Operation]:
    return with_queries(body) + [Operation(("delete",), relation(body["relation"]), attributes=flags(where="whereClause" in body))]


def merge(body: dict) -> list[Operation]:
    return with_queries(body) + [Operation(("merge",), relation(body["relation"]))]


def select(body: dict) -> list[Operation]:
    into = body.get("intoClause") or leftmost(body).get("intoClause")
    if into:
        return with_queries(body) + [Operation(("create_table",), table=relation(into["rel"]))]
    return with_queries(body) + [Operation(("select", "set", "call"))]


def leftmost(body: dict) -> dict:
    """The first SELECT of a UNION tree, where the grammar keeps INTO."""
    while "larg" in body:
        body = body["larg"]
    return body


def truncate(body: dict) -> list[Operation]:
    given = flags(cascade=body.get("behavior") == "DROP_CASCADE")
    return [Operation(("truncate",), relation(item["RangeVar"]), attributes=given) for item in body["relations"]]


def copy(body: dict) -> list[Operation]:
    if "relation" not in body:
        return [Operation(("copy", "select"))]
    return [Operation(("copy",), relation(body["relation"]), strings(body.get("attlist", [])))]


def lock_table(body: dict) -> list[Operation]:
    return [Operation(("lock_table",), relation(item["RangeVar"])) for item in body["relations"]]


def vacuum(body: dict) -> list[Operation]:
    kind = "vacuum" if body.get("is_vacuumcmd") else "analyze"
    targets_of = [item["VacuumRelation"] for item in body.get("rels", [])]
    if not targets_of:
        return [Operation((kind,))]
    return [Operation((kind,), relation(item["relation"])) for item in targets_of]


def cluster(body: dict) -> list[Operation]:
    return [Operation(("cluster",), relation(body["relation"]) if "relation" in body else None)]


def refresh(body: dict) -> list[Operation]:
    given = flags(concurrently=body.get("concurrent", False))
    return [Operation(("refresh_materialized_view",), name=relation(body["relation"]), attributes=given)]


TRANSACTION = {
    "TRANS_STMT_BEGIN": ("begin",),
    "TRANS_STMT_START": ("begin",),
    "TRANS_STMT_COMMIT": ("commit",),
    "TRANS_STMT_ROLLBACK": ("rollback",),
    "TRANS_STMT_SAVEPOINT": ("savepoint",),
    "TRANS_STMT_RELEASE": ("savepoint", "commit"),
    "TRANS_STMT_ROLLBACK_TO": ("rollback", "savepoint"),
    "TRANS_STMT_PREPARE": ("commit", "set", "savepoint"),
    "TRANS_STMT_COMMIT_PREPARED": ("commit", "set"),
    "TRANS_STMT_ROLLBACK_PREPARED": ("rollback", "set"),
}


def transaction(body: dict) -> list[Operation]:
    chained = [Operation(("begin",))] if body.get("chain") else []
    return [Operation(TRANSACTION[body.get("kind", "TRANS_STMT_BEGIN")])] + chained


def drop_roles(body: dict) -> list[Operation]:
    """One for each role; the objects that a role owns may be taken as one."""
    return [Operation(("drop_object",), collapsible=True) for _role in body["roles"]]


CREATED = ("create_object",)
ALTERED = ("alter_object",)
SESSION = ("set", "execute", "select", "call")

LOWER: dict[str, Callable[[dict], list[Operation]]] = {
    "CreateStmt": create_table,
    "CreateForeignTableStmt": create_foreign_table,
    "CreateTableAsStmt": create_table_as,
    "AlterTableStmt": alter_table,
    "IndexStmt": create_index,
    "ReindexStmt": reindex,
    "RenameStmt": rename,
    "AlterObjectSchemaStmt": set_schema,
    "AlterOwnerStmt": set_owner,
    "DropStmt": drop,
    "ViewStmt": named("create_view", member="view"),
    "CreateSeqStmt": named("create_sequence", member="sequence"),
    "AlterSeqStmt": named("alter_sequence", member="sequence"),
    "CreateEnumStmt": named("create_type", member="typeName"),
    "CompositeTypeStmt": named("create_type", member="typevar"),
    "CreateRangeStmt": named("create_type", member="typeName"),
    "AlterEnumStmt": named("alter_type", member="typeName"),
    "AlterTypeStmt": named("alter_type", member="typeName"),
    "CreateDomainStmt": named("create_domain", member="domainname"),
    "AlterDomainStmt": named("alter_domain", member="typeName"),
    "CreateFunctionStmt": named("create_function", member="funcname"),
    "CreateTrigStmt": on_table("create_trigger", "trigname", "relation"),
    "CreatePolicyStmt": on_table("create_policy", "policy_name", "table"),
    "CreateSchemaStmt": create_schema,
    "CreateExtensionStmt": named("create_extension", member="extname"),
    "DropdbStmt": named("drop_database", member="dbname"),
    "DefineStmt": define,
    "InsertStmt": insert,
    "UpdateStmt": update,
    "DeleteStmt": delete,
    "MergeStmt": merge,
    "SelectStmt": select,
    "TruncateStmt": truncate,
    "CopyStmt": copy,
    "LockStmt": lock_table,
    "VacuumStmt": vacuum,
    "ClusterStmt": cluster,
    "RefreshMatViewStmt": refresh,
    "TransactionStmt": transaction,
    "DoStmt": any_of("do"),
    "CallStmt": any_of("call"),
    "CommentStmt": any_of("comment"),
    "SecLabelStmt": any_of("comment", "alter_object"),
    "GrantStmt": any_of("grant"),
    "GrantRoleStmt": any_of("grant"),
    "AlterDefaultPrivilegesStmt": any_of("grant", "alter_object"),
    "VariableSetStmt": any_of("set"),
    "VariableShowStmt": any_of("set", "select"),
    "ConstraintsSetStmt": any_of("set"),
    "AlterSystemStmt": any_of("alter_object", "set"),
    "AlterDatabaseSetStmt": any_of("alter_object", "set"),
    "AlterRoleSetStmt": any_of("alter_object", "set"),
    "ImportForeignSchemaStmt": any_of(*CREATED),
    "ReassignOwnedStmt": any_of("alter_object"),
    "AlterTableMoveAllStmt": any_of("alter_table_option", "alter_object"),
    "ExplainStmt": any_of("select", "execute", "set", "call", "insert", "update", "delete"),
}  # fmt: skip
LOWER |= {f"{name}Stmt": any_of(*CREATED) for name in (
    "CreateAm", "CreateCast", "CreateConversion", "CreateEventTrig", "CreateFdw", "CreateForeignServer", "CreateOpClass", "CreateOpFamily",
    "CreatePLang", "CreatePublication", "CreateRole", "CreateStats", "CreateSubscription", "CreateTableSpace", "CreateTransform",
    "CreateUserMapping", "Createdb", "Rule")}  # fmt: skip
LOWER |= {f"{name}Stmt": any_of(*ALTERED) for name in (
    "AlterCollation", "AlterDatabase", "AlterDatabaseRefreshColl", "AlterEventTrig", "AlterExtension", "AlterExtensionContents", "AlterFdw",
    "AlterForeignServer", "AlterFunction", "AlterObjectDepends", "AlterOpFamily", "AlterOperator", "AlterPolicy", "AlterPublication",
    "AlterRole", "AlterStats", "AlterSubscription", "AlterTSConfiguration", "AlterTSDictionary", "AlterTableSpaceOptions",
    "AlterUserMapping")}  # fmt: skip
LOWER |= {f"{name}Stmt": any_of("drop_object") for name in ("DropSubscription", "DropTableSpace", "DropUserMapping")}
LOWER |= {"DropOwnedStmt": drop_roles, "DropRoleStmt": drop_roles, "ExecuteStmt": any_of(*SESSION, "opaque")}
LOWER |= {f"{name}Stmt": any_of(*SESSION) for name in (
    "CheckPoint", "ClosePortal", "Deallocate", "DeclareCursor", "Discard", "Fetch", "Listen", "Load", "Notify", "Prepare", "Unlisten")}  # fmt: skip

NOT_DDL = {f"{name}Stmt" for name in (
    "Select", "Insert", "Update", "Delete", "Merge", "Copy", "Transaction", "VariableSet", "VariableShow", "ConstraintsSet", "Explain", "Do",
    "Call", "Vacuum", "Lock", "CheckPoint", "ClosePortal", "Deallocate", "DeclareCursor", "Discard", "Execute", "Fetch", "Listen", "Load",
    "Notify", "Prepare", "Unlisten")}  # fmt: skip
