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
    // As many as are looked at.
    let all = under_locks_on(256).remove(0).0;
    assert!(!all.contains("among others") && all.contains("and 253 more"), "{all}");
    for tables in [257, 258] {
        let many = under_locks_on(tables).remove(0).0;
        assert!(many.contains("`region_002`, among others, wait while"), "{many}");
        assert!(!many.contains("region_003"), "{many}");
    }
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

#[test]
fn a_load_of_more_rows_than_are_kept_gets_no_columns() {
    let fixes = |rows: usize| {
        let values: Vec<String> = (1..=rows).map(|row| format!("({row}, 'unit {row}')")).collect();
        let load = format!(
            "-- migrate:up\nINSERT INTO units VALUES {};\n-- migrate:down\n",
            values.join(", ")
        );
        let folder = folder(&[
            (
                "db/migrations/20260101_units.sql",
                "-- migrate:up\nCREATE TABLE units (code bigint PRIMARY KEY, name text);\n-- migrate:down\n",
            ),
            ("db/migrations/20260102_load.sql", &load),
        ]);
        run(folder.path(), &["lint", "--diff"]).out
    };
    assert!(fixes(64).contains("INSERT INTO units (code, name) VALUES"), "{}", fixes(64));
    assert!(!fixes(65).contains("units (code, name)"), "{}", fixes(65));
}

/// Where the rule that tells of a refusal is switched off, no other takes its place.
#[test]
fn a_refusal_is_told_of_by_its_own_rule_or_not_at_all() {
    let told_of = |made: &str, refused: &str, off: &str| {
        let folder = folder(&[
            ("lockgate.toml", &format!("[rules]\n{off} = \"off\"\n")),
            (
                "db/migrations/20260101_shop.sql",
                &format!("-- migrate:up\n{made}\n-- migrate:down\n"),
            ),
            (
                "db/migrations/20260102_change.sql",
                &format!("-- migrate:up transaction:false\n{refused}\n-- migrate:down\n"),
            ),
        ]);
        let run = run(folder.path(), &["lint", "--format", "json"]);
        let report: Value =
            serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
        let findings = report["findings"].as_array().unwrap().iter();
        let failing = findings.filter(|finding| finding["hazard"] == "fails");
        failing.map(|finding| finding["rule"].to_string()).collect::<Vec<_>>()
    };
    let view = "CREATE TABLE orders (id bigint PRIMARY KEY);\n\
         CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS orders FROM orders;";
    let refresh = "REFRESH MATERIALIZED VIEW CONCURRENTLY totals;";
    let key = "CREATE TABLE customers (id bigint PRIMARY KEY, email text UNIQUE);";
    let index = "DROP INDEX CONCURRENTLY customers_email_key;";
    let names = "CREATE TABLE customers (id bigint PRIMARY KEY, name text);\n\
         CREATE VIEW customer_names AS SELECT name FROM customers;";
    let column = "ALTER TABLE customers DROP COLUMN name;";
    for (made, refused, own) in [
        (view, refresh, "concurrent-refresh-without-unique-index"),
        (key, index, "constraint-index-dropped"),
        (names, column, "drop-object-in-use"),
    ] {
        assert_eq!(told_of(made, refused, "brief-lock"), [format!("\"{own}\"")], "{refused}");
        assert_eq!(told_of(made, refused, own), [""; 0], "{refused}");
    }
}

const SQLX: &str = "[rules]\nineffective-marker = \"off\"\n\
     [[project]]\npath = \"migrations\"\nlayout = \"sqlx\"\ndialect = \"postgres\"\n";

#[test]
fn a_marker_that_the_tool_does_not_see_leaves_nothing() {
    let told_of = |text: &str| {
        let files = [("lockgate.toml", SQLX), ("migrations/20260301120000_carts.sql", text)];
        told(&files, "needless-no-transaction").len()
    };
    let table = "CREATE TABLE carts (id bigint PRIMARY KEY);\n";
    assert_eq!(told_of(&format!("-- no-transaction\n{table}")), 1);
    assert_eq!(told_of(&format!("-- Carts.\n-- no-transaction\n{table}")), 0);
}

#[test]
fn a_marker_goes_with_the_empty_lines_behind_it() {
    let table = "CREATE TABLE carts (id bigint PRIMARY KEY);\n";
    let script = format!("-- no-transaction\n\n\n{table}");
    let path = "migrations/20260301120000_carts.sql";
    let folder = folder(&[("lockgate.toml", SQLX), (path, &script)]);
    run(folder.path(), &["lint", "--fix", "--unsafe-fixes"]);
    assert_eq!(std::fs::read_to_string(folder.path().join(path)).unwrap(), table);
}

#[test]
fn a_column_that_is_surely_back_was_not_renamed_away() {
    let files = [
        (
            "db/migrations/20260101_shop.sql",
            "-- migrate:up\nCREATE TABLE customers (id bigint PRIMARY KEY, name text);\n-- migrate:down\n",
        ),
        (
            "db/migrations/20260102_names.sql",
            "-- migrate:up\nDO $$ BEGIN IF current_setting('shop.names', true) = 'on' THEN\n\
             ALTER TABLE customers RENAME COLUMN name TO full_name;\nEND IF; END $$;\n\
             ALTER TABLE customers DROP COLUMN IF EXISTS name;\n\
             ALTER TABLE customers ADD COLUMN name text;\n-- migrate:down\n",
        ),
    ];
    assert_eq!(told(&files, "rename-column"), []);
    assert_eq!(told(&files, "drop-column").len(), 1);
}

/// PostgreSQL 18 names what NOT NULL of a column is; nobody says that this is none.
#[test]
fn a_constraint_that_only_newer_servers_name_may_be_there_where_none_is_said() {
    const SHOP: (&str, &str) = (
        "db/migrations/20260101_shop.sql",
        "-- migrate:up\nCREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL);\n-- migrate:down\n",
    );
    let missing = |change: &str, settings: &str| {
        let text = format!("-- migrate:up\nALTER TABLE orders {change};\n-- migrate:down\n");
        let change = ("db/migrations/20260102_names.sql", text.as_str());
        told(&[SHOP, change, ("lockgate.toml", settings)], "missing-object").len()
    };
    let older = "[[project]]\npath = \"db/migrations\"\nserver-version = \"16\"\n";
    for (change, unsaid) in [
        ("RENAME CONSTRAINT orders_status_not_null TO status_given", 0),
        ("DROP CONSTRAINT orders_status_not_null", 0),
        ("VALIDATE CONSTRAINT orders_status_not_null", 0),
        ("DROP CONSTRAINT orders_status_check", 1),
        ("DROP COLUMN state_not_null", 1),
    ] {
        assert_eq!((missing(change, ""), missing(change, older)), (unsaid, 1), "{change}");
    }
}
