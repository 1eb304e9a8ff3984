//! What rules say of projects that no page has room for: hundreds of tables, an `env.py` of its own.

use crate::support::command::{folder, run};
use serde_json::Value;
use std::fmt::Write;

/// What one rule says of a project: headlines, and labels.
fn told(files: &[(&str, &str)], rule: &str) -> Vec<(String, String)> {
    let folder = folder(files);
    let run = run(folder.path(), &["lint", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let findings = report["findings"].as_array().unwrap().iter();
    let of_rule = findings.filter(|finding| finding["rule"] == rule);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    of_rule.map(|finding| (text(&finding["message"]), text(&finding["label"]))).collect()
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

/// Rows of values are written, not those that the values are worked out of.
#[test]
fn many_rows_of_values_are_no_copy_of_a_table() {
    let made = "-- migrate:up\nCREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER);\n\
         CREATE TABLE reports (id INTEGER PRIMARY KEY, total INTEGER);\n-- migrate:down\n";
    let rows: Vec<String> =
        (0..1_500).map(|id| format!("({id}, (SELECT max(total) FROM orders))")).collect();
    let insert = |source: &str| {
        format!("-- migrate:up\nINSERT INTO reports (id, total) {source};\n-- migrate:down\n")
    };
    let told_of = |source: &str| {
        let written = insert(source);
        let files = [
            ("lockgate.toml", "[[project]]\npath = \"db/migrations\"\ndialect = \"sqlite\"\n"),
            ("db/migrations/20260101_shop.sql", made),
            ("db/migrations/20260102_reports.sql", written.as_str()),
        ];
        told(&files, "sqlite-long-write-lock").len()
    };
    assert_eq!(told_of(&format!("VALUES {}", rows.join(", "))), 0);
    assert_eq!(told_of("SELECT id, total FROM orders"), 1);
}
