//! Revisions, evaluated: which directives are called, with what, and when.

mod objects;
mod places;

use super::*;
use crate::frontend::alembic::{NoSources, Sources};
use crate::migration::Guard;
use crate::migration::python::{CommitMode, Kind};
use crate::source::SourceFile;
use std::sync::Arc;

const HEAD: &str = "import sqlalchemy as sa\nfrom alembic import context, op\n\n";

fn evaluated(body: &str, sources: &dyn Sources, dialect: Dialect) -> (String, Vec<DirectiveCall>) {
    let text = format!("{HEAD}{body}");
    let file = Arc::new(SourceFile::new("versions/1.py", text.clone()));
    let module = Module::parse(file, Some("versions.1".into()));
    let library = Library::new(sources);
    let found = evaluate(&module, &library, Direction::Up, dialect);
    (text, found.unwrap_or_default().calls)
}

/// Each directive as `name(strings) if guard`.
fn calls(body: &str) -> Vec<String> {
    shown(&evaluated(body, &NoSources, Dialect::Postgres).1)
}

fn shown(calls: &[DirectiveCall]) -> Vec<String> {
    let one = |call: &DirectiveCall| {
        let args: Vec<String> = call.args.iter().filter_map(word).collect();
        let guard = match &call.guard {
            Guard::Always => String::new(),
            guard => format!(" if {guard}"),
        };
        format!("{}({}){guard}", call.name, args.join(", "))
    };
    calls.iter().map(one).collect()
}

fn word(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Str(text) => Some(text.as_str().to_owned()),
        Kind::Unknown(_) => Some("?".to_owned()),
        Kind::Call(call) if call.path() == Some("sqlalchemy.Column") => {
            call.args.first().and_then(word)
        }
        Kind::Call(call) if call.path() == Some("sqlalchemy.text") => {
            call.args.first().and_then(word)
        }
        _ => None,
    }
}

#[test]
fn strings_are_put_together_in_every_way() {
    let found = calls(
        r#"
SCHEMA = "shop"
TABLES = {"a": ["x", "y"]}

def upgrade():
    table = SCHEMA + ".orders"
    op.execute(f"ALTER TABLE {table} ADD COLUMN n{1 + 1:02d} int")
    op.execute("DROP TABLE %s.%s" % (SCHEMA, "carts"))
    op.execute("DROP TABLE {0}.{name}".format(SCHEMA, name="carts"))
    op.execute("ANALYZE " + ", ".join(f"{t}_{c}" for t, cs in TABLES.items() for c in cs))
    op.execute("""
        SELECT 1
    """.strip())
    op.execute("a" 'b' r"\c")
    op.execute(sa.text("VACUUM".lower().replace("vac", "VAC")))
"#,
    );
    assert_eq!(
        found,
        [
            "execute(ALTER TABLE shop.orders ADD COLUMN n02 int)",
            "execute(DROP TABLE shop.carts)",
            "execute(DROP TABLE shop.carts)",
            "execute(ANALYZE a_x, a_y)",
            "execute(SELECT 1)",
            "execute(ab\\c)",
            "execute(VACuum)",
        ]
    );
}

#[test]
fn what_is_not_known_is_a_hole_at_its_own_place() {
    let found = calls(
        "
from shop.settings import setting

def upgrade():
    op.execute(f\"UPDATE {setting('t')} SET a = 1\")
    op.drop_table(setting('t'))
    op.add_column('orders', sa.Column('note', sa.Text()))
",
    );
    assert_eq!(found[0], "execute(UPDATE {{ setting(t) }} SET a = 1)");
    assert_eq!(found[1..], ["drop_table()", "add_column(orders, note)"]);
}

#[test]
fn marks_of_a_driver_are_holes() {
    let found = calls(
        "
def upgrade():
    op.get_bind().execute('UPDATE a SET b = %s WHERE c = %(c)s', ('x',))
    op.execute('SELECT 1 WHERE 5 %s 2')
",
    );
    assert_eq!(
        found,
        [
            "execute(UPDATE a SET b = {{ value }} WHERE c = {{ c }})",
            "execute(SELECT 1 WHERE 5 %s 2)",
        ]
    );
}

#[test]
fn loops_helpers_and_names_are_followed() {
    let found = calls(
        "
def index(table, *columns, unique=False):
    for number, column in enumerate(columns, start=1):
        op.create_index(f'ix_{table}_{number}', table, [column], unique=unique)

add = op.add_column
def upgrade():
    for table in ('orders', 'carts'):
        if table == 'carts':
            continue
        index(table, 'a', 'b')
    add('orders', sa.Column('c', sa.Integer))
    names = []
    names.append('d')
    names += ['e']
    [op.drop_column('orders', name) for name in names]
    while True:
        op.execute('once')
        break
",
    );
    assert_eq!(
        found,
        [
            "create_index(ix_orders_1, orders)",
            "create_index(ix_orders_2, orders)",
            "add_column(orders, c)",
            "drop_column(orders, d)",
            "drop_column(orders, e)",
            "execute(once) if in a loop",
        ]
    );
}

#[test]
fn conditions_become_guards() {
    let found = calls(
        "
import os

def has(table, column):
    inspector = sa.inspect(op.get_bind())
    return any(c['name'] == column for c in inspector.get_columns(table))

def upgrade():
    bind = op.get_bind()
    inspector = sa.inspect(bind)
    if bind.dialect.name == 'postgresql':
        op.execute('pg')
    else:
        op.execute('other')
    if not inspector.has_table('orders'):
        op.execute('no orders')
    if 'note' not in [c['name'] for c in inspector.get_columns('orders')]:
        op.execute('no note')
    if has('orders', 'note') and os.environ.get('X'):
        op.execute('both')
    if context.is_offline_mode():
        return
    op.execute('online')
    try:
        op.execute('tried')
    except Exception:
        op.execute('failed')
    row = bind.execute(sa.text(\"SELECT 1 FROM pg_type WHERE typname = 'mood'\")).fetchone()
    if row is None:
        op.execute('no type')
",
    );
    assert_eq!(
        found,
        [
            "execute(pg)",
            "execute(no orders) if not (table orders exists)",
            "execute(no note) if not (column orders.note exists)",
            "execute(both) if column orders.note exists and os.environ.get('X')",
            "execute(online) if not (offline)",
            "execute(tried) if not (offline) and errors are caught",
            "execute(failed) if not (offline) and after an error",
            "execute(SELECT 1 FROM pg_type WHERE typname = 'mood') if not (offline)",
            "execute(no type) if not (offline) and not (type mood exists)",
        ]
    );
}

#[test]
fn an_early_return_holds_for_what_follows_and_a_raise_does_not() {
    let found = calls(
        "
def step(n):
    if UNKNOWN == n:
        return
    op.execute(str(n))

def upgrade():
    for n in (1, 2):
        if FLAG[n]:
            break
        step(n)
    if BROKEN:
        raise RuntimeError('stop')
    op.execute('last')
",
    );
    assert_eq!(
        found,
        [
            "execute(1) if not (FLAG[n]) and not (UNKNOWN == n)",
            "execute(2) if not (FLAG[n]) and not (FLAG[n]) and not (UNKNOWN == n)",
            "execute(last)",
        ]
    );
}

#[test]
fn batches_and_autocommit_blocks_are_noted() {
    let (_, found) = evaluated(
        "
def upgrade():
    with op.batch_alter_table('orders', schema='shop') as batch_op:
        batch_op.add_column(sa.Column('a', sa.Integer))
        batch_op.create_index(batch_op.f('ix_a'), ['a'])
    with op.get_context().autocommit_block():
        op.create_index('ix_b', 'orders', ['b'], postgresql_concurrently=True)
",
        &NoSources,
        Dialect::Postgres,
    );
    assert_eq!(
        shown(&found),
        [
            "add_column(a)",
            "create_index(ix_a)",
            "begin_autocommit()",
            "create_index(ix_b, orders)",
            "end_autocommit()",
        ]
    );
    let batch = found[0].batch.as_ref().unwrap();
    assert_eq!(batch.table.as_str(), Some("orders"));
    assert_eq!(batch.keyword("schema").and_then(Value::as_str), Some("shop"));
    assert_eq!(found[3].commit, CommitMode::Autocommit);
    assert_eq!(found[1].commit, CommitMode::Transaction);
}

#[test]
fn the_orm_and_objects_that_make_themselves_are_directives_too() {
    let found = calls(
        "
import enum
from sqlalchemy.orm import Session, declarative_base
Base = declarative_base()

class Order(Base):
    __tablename__ = 'orders'
    id = sa.Column(sa.Integer, primary_key=True)

def upgrade():
    bind = op.get_bind()
    sa.Enum('a', name='mood').create(bind, checkfirst=True)
    session = Session(bind=bind)
    session.query(Order).filter(Order.id == 1).update({'id': 2})
    session.add(Order(id=3))
    session.commit()
    for order in session.query(Order):
        order.total = 1
",
    );
    let opaque = "opaque(rows are written through the ORM (`add`))";
    assert_eq!(found, ["create_object()", "execute()", opaque]);
}

#[test]
fn a_dialect_s_own_branch_is_the_only_one() {
    let body = "
def is_sqlite():
    return op.get_bind().dialect.name == 'sqlite'

def upgrade():
    if is_sqlite():
        op.execute('lite')
        return
    op.execute('pg')
";
    assert_eq!(shown(&evaluated(body, &NoSources, Dialect::Sqlite).1), ["execute(lite)"]);
    assert_eq!(calls(body), ["execute(pg)"]);
}

#[test]
fn work_is_bounded() {
    let found = calls(
        "
def forever(n):
    forever(n + 1)
    op.execute('reached')

def upgrade():
    forever(0)
    for a in range(10 ** 9):
        op.execute('many')
    for a in range(5000):
        for b in range(5000):
            c = a * b
    op.execute('x' * 10 ** 9)
",
    );
    assert!(found.len() < 20, "{found:?}");
    assert!(found.iter().any(|call| call == "execute(many) if in a loop"));
    assert!(found.iter().any(|call| call.starts_with("opaque(the revision does too much")));
    let literal = format!("def upgrade():\n    op.execute('{}')\n", "x".repeat(10_000_000));
    assert_eq!(calls(&literal).len(), 1);
    let deep = format!("def upgrade():\n    x = {}1{}\n", "[".repeat(150), "]".repeat(150));
    assert!(calls(&deep).is_empty());
}

#[test]
fn what_may_touch_the_database_unseen_is_opaque() {
    let found = calls(
        "
import logging
from shop.models import Base, rebuild

log = logging.getLogger(__name__)

def upgrade():
    log.info('start')
    print('start')
    rebuild(op.get_bind())
    unknown()
    Base.metadata.create_all(bind=op.get_bind())
    value = unknown_too()
",
    );
    assert_eq!(
        found,
        ["opaque(`rebuild` is not known)", "opaque(`unknown` is not known)", "create_all()"]
    );
}
