//! Names looked up by text, objects of the project's classes, types that stand for others.

use super::{calls, evaluated};
use crate::frontend::alembic::library::NoSources;
use crate::migration::python::{CommitMode, DirectiveCall};
use crate::migration::{Dialect, Guard};

#[test]
fn functions_are_found_by_names_that_are_put_together() {
    let body = |lookup: &str| {
        format!(
            "def upgrade(engine_name=''):\n    {lookup}()\n\ndef upgrade_():\n    op.drop_table('orders')\n\ndef upgrade_billing():\n    op.drop_table('invoices')\n"
        )
    };
    let known = calls(&body("globals()[f'upgrade_{engine_name}']"));
    assert_eq!(known, ["drop_table(orders)"]);
    let other = calls(&body("globals().get('upgrade_%s' % 'billing', lambda: None)"));
    assert_eq!(other, ["drop_table(invoices)"]);
    assert_eq!(calls(&body("globals().get('upgrade_nothing', lambda: None)")), [""; 0]);
    // An environment of several databases calls it once for each of them.
    let each =
        body("globals()['upgrade_%s' % engine_name]").replace("engine_name=''", "engine_name");
    assert_eq!(calls(&each), ["drop_table(orders)", "drop_table(invoices)"]);
    // Otherwise each of them may be meant.
    let other = body("globals()['upgrade_%s' % os.environ['SHOP']]").replace("'upgrade_'", "'x'");
    let (_, other) = evaluated(&other, &NoSources, Dialect::Postgres);
    assert_eq!(other.len(), 2, "{other:?}");
    assert!(other.iter().all(|call| matches!(call.guard, Guard::Unknown(_))), "{other:?}");
}

#[test]
fn methods_of_objects_are_followed_unless_the_objects_make_themselves_up() {
    let class = |more: &str| {
        format!(
            "from dataclasses import dataclass\n\n@dataclass\nclass Rename:\n    old: str\n    new: str\n{more}\n    def upgrade(self):\n        op.rename_table(self.old, self.new)\n\n\ndef upgrade():\n    for one in [Rename('a', 'b'), Rename('c', new='d')]:\n        one.upgrade()\n"
        )
    };
    assert_eq!(calls(&class("")), ["rename_table(a, b)", "rename_table(c, d)"]);
    let made_up = calls(&class("    def __post_init__(self):\n        self.old = self.new\n"));
    assert!(made_up.iter().all(|call| call.starts_with("opaque")), "{made_up:?}");
    assert!(!made_up.is_empty());
}

#[test]
fn a_type_of_the_project_is_the_one_that_it_stands_for() {
    let body = "class Money(sa.types.TypeDecorator):\n    impl = sa.Numeric\n\n\nclass Guid(sa.types.TypeDecorator):\n    impl = sa.CHAR\n\n    def load_dialect_impl(self, dialect):\n        if dialect.name == 'postgresql':\n            return dialect.type_descriptor(sa.UUID())\n        return dialect.type_descriptor(sa.CHAR(32))\n\n\ndef upgrade():\n    op.add_column('orders', sa.Column('total', Money(12, 2)))\n    op.add_column('orders', sa.Column('number', Guid()))\n";
    let types = |dialect| -> Vec<String> {
        let (_, calls) = evaluated(body, &NoSources, dialect);
        let column = |call: &DirectiveCall| {
            let column = call.args[1].as_call().unwrap();
            column.args[1].path().unwrap().to_owned()
        };
        calls.iter().map(column).collect()
    };
    assert_eq!(types(Dialect::Postgres), ["sqlalchemy.Numeric", "sqlalchemy.UUID"]);
    assert_eq!(types(Dialect::Sqlite), ["sqlalchemy.Numeric", "sqlalchemy.CHAR"]);
}

#[test]
fn names_are_made_of_what_the_environment_defaults_to_and_nothing_is_decided_by_it() {
    let found = calls(
        "
import os

SCHEMA = os.getenv('SHOP_SCHEMA', 'shop')
PREFIX = os.environ.get('PREFIX') or 'web'
MODE = os.environ.get('MODE', 'Automated').lower()

def upgrade():
    op.execute(f'ALTER TABLE {SCHEMA}.{PREFIX}_orders ADD note text')
    if MODE == 'automated':
        op.drop_table('orders', schema=SCHEMA)
    elif MODE.startswith('man'):
        op.drop_table('lines')
    for at in range(int(os.getenv('PARTS', '2'))):
        op.execute(f'part {at}')
    if not os.environ.get('QUIET'):
        op.execute(os.environ.get('TOLD', 'told'))
",
    );
    assert_eq!(
        found,
        [
            "execute(ALTER TABLE shop.web_orders ADD note text)",
            "drop_table(orders) if MODE == 'automated', as the environment says",
            "drop_table(lines) if not (MODE == 'automated', as the environment says) and MODE.startswith('man')",
            "execute(part {{ at }}) if in a loop",
            "execute(told) if not (os.environ.get('QUIET'))",
        ]
    );
}

#[test]
fn a_connection_that_commits_each_statement_is_no_part_of_the_transaction() {
    let (_, found) = evaluated(
        "
def upgrade():
    engine = op.get_bind().engine
    with engine.connect().execution_options(isolation_level='AUTOCOMMIT') as own:
        own.execute(sa.text('within'))
    other = engine.connect()
    other.execution_options(isolation_level='AUTOCOMMIT')
    other.execute(sa.text('one'))
    op.execute('after')
",
        &NoSources,
        Dialect::Postgres,
    );
    let block = ["begin_autocommit", "execute", "end_autocommit"];
    let names: Vec<&str> = found.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, [&block[..], &block[..], &["execute"]].concat());
    let modes: Vec<CommitMode> =
        found.iter().filter(|call| call.name == "execute").map(|call| call.commit).collect();
    assert_eq!(modes, [CommitMode::Autocommit, CommitMode::Autocommit, CommitMode::Transaction]);
}

#[test]
fn json_is_written_as_python_does() {
    let found = calls(
        r#"
import json

VIEW = {'columns': [{'key': 'näme'}, 1, 2.5, None], 'wide': True, 'a"b\\': ()}

def upgrade():
    op.execute(f"SELECT '{json.dumps(VIEW)}'")
    op.execute(f"SELECT '{json.dumps(unknown)}'")
"#,
    );
    let text = r#"{"columns": [{"key": "n\u00e4me"}, 1, 2.5, null], "wide": true, "a\"b\\": []}"#;
    let sent = format!("execute(SELECT '{text}')");
    assert_eq!(found, [sent.as_str(), "execute(SELECT '{{ json.dumps(unknown) }}')"]);
}
