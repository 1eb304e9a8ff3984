"""A connection that answers nothing, for revisions that ask the database in offline mode."""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import inspection, orm
from sqlalchemy.sql import ddl

from stubs import Nothing


class Result(Nothing):
    """An empty result."""

    rowcount = 0

    def scalar(self, *_, **__):
        return None

    first = fetchone = one_or_none = scalar_one_or_none = scalar

    def fetchall(self, *_, **__):
        return []

    all = keys = fetchmany = fetchall


class Inspector(Nothing):
    """Of an empty database."""

    def has_table(self, *_, **__):
        return False

    has_index = has_schema = has_sequence = has_table

    def get_table_names(self, *_, **__):
        return []

    get_columns = get_indexes = get_foreign_keys = get_unique_constraints = get_check_constraints = get_view_names = get_enums = get_table_names

    def get_pk_constraint(self, *_, **__):
        return {"constrained_columns": [], "name": None}


class Connection(Nothing):
    """What `op.get_bind()` gives."""

    def __init__(self, dialect, executed):
        object.__setattr__(self, "stub_name", "connection")
        object.__setattr__(self, "dialect", dialect)
        object.__setattr__(self, "executed", executed)

    def __bool__(self):
        return True

    @property
    def engine(self):
        return self

    @property
    def name(self):
        return self.dialect.name

    @property
    def driver(self):
        return self.dialect.driver

    def execute(self, statement, *_, **__):
        self.executed(statement)
        return Result("result")

    exec_driver_sql = scalars = execute

    def scalar(self, statement, *_, **__):
        self.executed(statement)

    def connect(self, *_, **__):
        return self

    execution_options = begin = begin_nested = connect

    def in_transaction(self):
        return True

    def get_isolation_level(self):
        return "READ COMMITTED"

    def _run_ddl_visitor(self, visitor, element, **_):
        self.executed(element, visitor.__name__)

    def run_callable(self, function, *args, **kwargs):
        return function(self, *args, **kwargs)


class Session(Nothing):
    """What `orm.Session(bind)` gives."""

    def __init__(self, *args, **kwargs):
        bind = kwargs.get("bind", args[0] if args else None)
        object.__setattr__(self, "stub_name", "session")
        object.__setattr__(self, "bind", bind)

    def __bool__(self):
        return True

    def execute(self, statement, *_, **__):
        if isinstance(self.bind, Connection):
            self.bind.executed(statement)
        return Result("result")

    scalars = execute

    def connection(self, *_, **__):
        return self.bind

    get_bind = connection


@inspection._inspects(Connection)
def _inspect(_):
    return Inspector("inspector")


def install() -> None:
    """Sessions do not reach for a database either."""
    orm.Session = orm.session.Session = Session
    orm.sessionmaker = orm.session.sessionmaker = lambda *args, **kwargs: lambda **more: Session(*args, **{**kwargs, **more})
    sqlalchemy.inspect = inspection.inspect
    sqlalchemy.engine.reflection.Inspector.from_engine = staticmethod(_inspect)
    # An element with a bind of ours draws nothing.
    ddl.InvokeDDLBase  # noqa: B018 (named so that a renamed class fails here, not in a revision)
