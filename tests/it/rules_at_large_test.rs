//! What rules say of projects that no page has room for: hundreds of tables, an `env.py` of its own,
//! modules that a revision calls.

use crate::support::command::{folder, run};
use serde_json::Value;
use std::fmt::Write;

/// What one rule says of a project: headlines, and labels.
fn told(files: &[(&str, &str)], rule: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = found(files, rule).into_iter();
    found.map(|finding| (text(&finding["message"]), text(&finding["label"]))).collect()
}

/// What one rule finds in a project.
fn found(files: &[(&str, &str)], rule: &str) -> Vec<Value> {
    let folder = folder(files);
    let run = run(folder.path(), &["lint", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["rule"] == rule).cloned().collect()
}

/// A migration that changes so many tables, then rows of one of them.
fn under_locks_on(tables: usize) -> Vec<(String, String)> {
    let (mut made, mut changed) = (String::new(), String::new());
    for number in 0..tables {
        writeln!(made, "CREATE TABLE region_{number:03} (id bigint PRIMARY KEY);").unwrap();
        writeln!(changed, "ALTER TABLE region_{number:03} ADD COLUMN tier text;").unwrap();
    }
    changed.push_str("UPDATE region_000 SET tier = 'basic' WHERE tier IS NULL;\n");
    let files = [
        ("db/migrations/20260101_regions.sql", format!("-- migrate:up\n{made}-- migrate:down\n")),
        ("db/migrations/20260102_tiers.sql", format!("-- migrate:up\n{changed}-- migrate:down\n")),
    ];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    told(&files, "work-under-exclusive-lock")
}

#[test]
fn of_hundreds_of_locks_the_first_are_named() {
    let few = under_locks_on(4).remove(0).0;
    assert!(!few.contains("among others"), "{few}");
    for tables in [257, 258] {
        let many = under_locks_on(tables).remove(0).0;
        assert!(many.contains("`region_002`, among others, wait while"), "{many}");
        assert!(!many.contains("region_003"), "{many}");
    }
}

#[test]
fn a_transaction_around_all_revisions_makes_a_setting_void() {
    let environment = "from alembic import context\n\nwith engine.begin() as connection:\n    \
         context.configure(connection=connection, transaction_per_migration=True)\n    \
         context.run_migrations()\n";
    let revision = "from alembic import op\nimport sqlalchemy as sa\n\nrevision = 'a1'\n\
         down_revision = None\n\n\ndef upgrade():\n    \
         op.create_table('orders', sa.Column('id', sa.BigInteger(), primary_key=True))\n\n\n\
         def downgrade():\n    op.drop_table('orders')\n";
    let files = |environment| {
        [
            (
                "alembic.ini",
                "[alembic]\nscript_location = db\nsqlalchemy.url = postgresql://localhost/shop\n",
            ),
            ("db/env.py", environment),
            ("db/versions/a1_orders.py", revision),
        ]
    };
    let told_of = |environment| told(&files(environment), "alembic-external-transaction");
    let found = told_of(environment);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.contains("`transaction_per_migration=True` has no effect"), "{found:?}");
    let each = environment.replace("engine.begin()", "engine.connect()");
    assert_eq!(told_of(each.as_str()), []);
}

/// Modules that the revisions of a shop share.
const SHARED: &str = r#"import sqlalchemy as sa
from alembic import op

IS_DEFAULT = sa.text("is_default")
SETTINGS = "INSERT INTO settings (body) VALUES ('{\"limit\":10}')"


def send(sql):
    op.execute(sql)


def add(table, column):
    op.add_column(table, column)


def drop(table, column, schema):
    op.drop_column(table, column, schema)
"#;

/// What one rule finds in a revision that does one thing: line and column, and whether it offers to
/// mend it.
fn found_in_call(dialect: &str, call: &str, rule: &str) -> Vec<(u64, u64, bool)> {
    let revision = format!(
        "import sqlalchemy as sa\nfrom alembic import op\nfrom shop import shared\n\nrevision = 'a1'\n\
         down_revision = None\n\n\ndef upgrade():\n    {call}\n\n\ndef downgrade():\n    pass\n"
    );
    let settings = format!("[[project]]\npath = \"db\"\ndialect = \"{dialect}\"\n");
    let files = [
        ("lockgate.toml", settings.as_str()),
        ("alembic.ini", "[alembic]\nscript_location = db\nprepend_sys_path = .\n"),
        ("db/env.py", "from alembic import context\n\ncontext.run_migrations()\n"),
        ("db/versions/a1_shop.py", revision.as_str()),
        ("shop/__init__.py", ""),
        ("shop/shared.py", SHARED),
    ];
    let number = |value: &Value| value.as_u64().unwrap();
    let found = found(&files, rule).into_iter();
    let at = |it: &Value| (number(&it["start"]["line"]), number(&it["start"]["column"]));
    found.map(|it| (at(&it).0, at(&it).1, !it["fix"].is_null())).collect()
}

#[test]
fn what_another_module_decides_is_told_at_the_call_and_not_mended_there() {
    let found = |call: &str, rule| found_in_call("postgres", call, rule);
    let colon = "alembic-colon-in-text";
    assert_eq!(found("op.execute(shared.SETTINGS)", colon), [(10, 5, false)]);
    let sql = r#"shared.send("SELECT body FROM settings WHERE body = '{\"limit\":10}'")"#;
    assert_eq!(found(sql, colon), [(10, 5, false)]);
    let column = r#"sa.Column("state", sa.Enum("open", "paid", name="order_state"))"#;
    let add = format!("shared.add('orders', {column})");
    assert_eq!(found(&add, "alembic-enum-type-not-created"), [(10, 45, false)]);
    let drop = "shared.drop('orders', 'note', 'billing')";
    assert_eq!(found(drop, "alembic-legacy-signature"), [(10, 35, false)]);
    let index = "op.create_index('one', 'cards', ['owner'], unique=True, postgresql_where=shared.IS_DEFAULT)";
    let partial = "alembic-partial-unique-other-dialect";
    assert_eq!(found_in_call("sqlite", index, partial), [(10, 61, false)]);
}
