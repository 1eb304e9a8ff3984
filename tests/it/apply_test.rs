//! The gated runner on SQLite: what passes is applied once, what does not is refused with a name.

use crate::support::command::{Run, apply_to, assert_code, folder, root, run, run_with, write};
use std::path::Path;
use tempfile::TempDir;

const ORDERS: &str = "-- migrate:up
CREATE TABLE orders (id integer PRIMARY KEY, note text);
INSERT INTO orders (id, note) VALUES (1, 'first');

-- migrate:down
DROP TABLE orders;
";
const CUSTOMERS: &str = "-- migrate:up
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);

-- migrate:down
DROP TABLE customers;
";
const NOTE_INDEX: &str = "-- migrate:up
CREATE INDEX orders_note_idx ON orders (note);

-- migrate:down
DROP INDEX orders_note_idx;
";

fn shop() -> TempDir {
    folder(&[
        ("db/migrations/20260101_orders.sql", ORDERS),
        ("db/migrations/20260102_customers.sql", CUSTOMERS),
    ])
}

fn apply(folder: &Path, more: &[&str]) -> Run {
    apply_to(folder, "sqlite:shop.db", more)
}

fn on_database(folder: &Path, arguments: &[&str]) -> Run {
    run_with(folder, &[("DATABASE_URL", "sqlite:shop.db")], arguments)
}

fn query(folder: &Path, sql: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
    rows.map(|value| match value.unwrap() {
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    })
    .collect()
}

fn execute(folder: &Path, sql: &str) {
    rusqlite::Connection::open(folder.join("shop.db")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn pending_migrations_are_applied_once_and_recorded() {
    let folder = shop();
    let first = apply(folder.path(), &[]);
    assert_code(&first, 0);
    assert!(first.out.contains("0 applied, 2 pending"), "{}", first.out);
    assert!(first.out.contains("lint       ✓ 20260101   ✓ 20260102"), "{}", first.out);
    assert_eq!(query(folder.path(), "SELECT note FROM orders"), ["first"]);
    let again = apply(folder.path(), &[]);
    assert_code(&again, 0);
    assert!(again.out.contains("nothing is pending"), "{}", again.out);
    let rows = "SELECT version || ' ' || status || ' ' || rows_affected || ' ' || tables_touched \
        FROM lockgate_history ORDER BY id";
    assert_eq!(
        query(folder.path(), rows),
        [r#"20260101 applied 1 ["orders"]"#, r#"20260102 applied 0 ["customers"]"#]
    );
    write(folder.path(), "db/migrations/20260103_note.sql", NOTE_INDEX);
    let status = on_database(folder.path(), &["status", "--check"]);
    assert_code(&status, 1);
    assert!(status.out.contains("pending    20260103  note"), "{}", status.out);
    assert_code(&apply(folder.path(), &[]), 0);
    assert_code(&on_database(folder.path(), &["status", "--check"]), 0);
}

#[test]
fn a_finding_closes_the_gate_and_nothing_runs() {
    let folder = shop();
    let drop = "-- migrate:up\nDROP TABLE orders;\n\n-- migrate:down\nSELECT 1;\n";
    write(folder.path(), "db/migrations/20260103_drop.sql", drop);
    let refused = apply(folder.path(), &[]);
    assert_code(&refused, 1);
    assert!(refused.out.contains("error[drop-table]"), "{}", refused.out);
    assert!(
        refused
            .out
            .contains("refused    1 of 3 migrations do not pass: 20260103; nothing was applied"),
        "{}",
        refused.out
    );
    assert!(
        query(folder.path(), "SELECT name FROM sqlite_master WHERE name = 'orders'").is_empty()
    );
    let forced = apply(folder.path(), &["--force", "drop-table=it is empty"]);
    assert_code(&forced, 1);
    let prefix = apply(folder.path(), &["--passing-prefix"]);
    assert_code(&prefix, 1);
    assert_eq!(
        query(folder.path(), "SELECT version FROM lockgate_history"),
        ["20260101", "20260102"]
    );
    let allowed = format!(
        "-- migrate:up\n-- lockgate: allow(drop-table) moved to the archive\n{}",
        &drop[14..]
    );
    write(folder.path(), "db/migrations/20260103_drop.sql", &allowed);
    assert_code(&apply(folder.path(), &[]), 0);
    let recorded = query(
        folder.path(),
        "SELECT findings_allowed FROM lockgate_history WHERE version = '20260103'",
    );
    assert!(recorded[0].contains("moved to the archive"), "{recorded:?}");
    assert!(recorded[0].contains("\"suppression\""), "{recorded:?}");
}

#[test]
fn what_is_not_understood_closes_the_gate_whatever_is_configured() {
    let folder = shop();
    write(
        folder.path(),
        "db/migrations/20260103_odd.sql",
        "-- migrate:up\nCREATE TABEL x (id int);\n\n-- migrate:down\nDROP TABLE x;\n",
    );
    let more = [
        "--fail-on",
        "never",
        "--force",
        "unparsed-statement=I know",
        "--force",
        "opaque-statement=I know",
    ];
    let refused = apply(folder.path(), &more);
    assert_code(&refused, 1);
    assert!(refused.err.contains("") && refused.out.contains("not understood"), "{}", refused.out);
    assert!(query(folder.path(), "SELECT version FROM lockgate_history").is_empty());
}

#[test]
fn a_forced_finding_is_recorded_with_its_reason() {
    let folder = shop();
    let all = "-- migrate:up\nUPDATE orders SET note = 'x';\n\n-- migrate:down\nSELECT 1;\n";
    write(folder.path(), "db/migrations/20260103_all.sql", all);
    let refused = apply(folder.path(), &["--fail-on", "warning"]);
    assert_code(&refused, 1);
    let forced =
        apply(folder.path(), &["--fail-on", "warning", "--force", "update-without-where=one row"]);
    assert_code(&forced, 0);
    let recorded = query(
        folder.path(),
        "SELECT findings_allowed FROM lockgate_history WHERE version = '20260103'",
    );
    assert!(recorded[0].contains("one row") && recorded[0].contains("\"force\""), "{recorded:?}");
    let unknown = apply(folder.path(), &["--force", "no-such-rule=x"]);
    assert_code(&unknown, 2);
}

#[test]
fn edited_missing_and_late_files_are_errors_with_a_name() {
    let folder = shop();
    assert_code(&apply(folder.path(), &[]), 0);
    let comment = ORDERS.replace("CREATE TABLE orders", "-- of the shop\nCREATE   TABLE orders");
    write(folder.path(), "db/migrations/20260101_orders.sql", &comment);
    assert_code(&apply(folder.path(), &[]), 0);
    let edited = ORDERS.replace("note text", "note TEXT");
    write(folder.path(), "db/migrations/20260101_orders.sql", &edited);
    let refused = apply(folder.path(), &[]);
    assert_code(&refused, 1);
    assert!(refused.out.contains("was edited after it was applied as 20260101"), "{}", refused.out);
    assert_code(&apply(folder.path(), &["--accept-edited", "20260101"]), 0);
    assert_code(&apply(folder.path(), &[]), 0);

    write(
        folder.path(),
        "db/migrations/20260100_late.sql",
        &NOTE_INDEX.replace("orders_note", "late"),
    );
    let late = apply(folder.path(), &[]);
    assert_code(&late, 1);
    assert!(late.out.contains("20260100 is pending, but 20260102"), "{}", late.out);
    assert_code(&apply(folder.path(), &["--out-of-order"]), 0);
    let note = "SELECT note FROM lockgate_history WHERE version = '20260100'";
    assert_eq!(query(folder.path(), note), ["--out-of-order: after 20260102"]);

    std::fs::remove_file(folder.path().join("db/migrations/20260102_customers.sql")).unwrap();
    let missing = apply(folder.path(), &[]);
    assert_code(&missing, 1);
    assert!(missing.out.contains("20260102 (customers) is applied, but its file is missing"));
}

#[test]
fn a_version_can_be_marked_instead_of_run() {
    let folder = shop();
    execute(folder.path(), "CREATE TABLE orders (id integer PRIMARY KEY, note text)");
    let drifted = apply(folder.path(), &[]);
    assert_code(&drifted, 1);
    assert!(drifted.out.contains("`orders` is there, and no migration made it"), "{}", drifted.out);
    let marked = apply(folder.path(), &["--mark-applied", "20260101"]);
    assert_code(&marked, 0);
    let kinds =
        query(folder.path(), "SELECT version || ' ' || kind FROM lockgate_history ORDER BY id");
    assert_eq!(kinds, ["20260101 marked", "20260102 run"]);
    assert!(query(folder.path(), "SELECT note FROM orders").is_empty());
}

#[test]
fn drift_of_what_pending_migrations_touch_closes_the_gate() {
    let folder = shop();
    assert_code(&apply(folder.path(), &[]), 0);
    execute(
        folder.path(),
        "ALTER TABLE orders ADD COLUMN by_hand text; ALTER TABLE customers ADD COLUMN by_hand text",
    );
    write(folder.path(), "db/migrations/20260103_note.sql", NOTE_INDEX);
    let refused = apply(folder.path(), &[]);
    assert_code(&refused, 1);
    assert!(refused.out.contains("column `by_hand` of `orders` is there"), "{}", refused.out);
    assert!(!refused.out.contains("customers"), "{}", refused.out);
    write(folder.path(), "lockgate.toml", "[apply]\ndrift-ignore = [\"orders\"]\n");
    assert_code(&apply(folder.path(), &[]), 0);
}

#[test]
fn a_failure_in_the_middle_leaves_nothing_of_the_migration() {
    let folder = shop();
    let broken = "-- migrate:up
INSERT INTO orders (id, note) VALUES (2, 'second');
INSERT INTO orders (id, note) VALUES (1, 'twice');

-- migrate:down
DELETE FROM orders WHERE id = 2;
";
    write(folder.path(), "db/migrations/20260103_broken.sql", broken);
    write(folder.path(), "db/migrations/20260104_note.sql", NOTE_INDEX);
    let failed = apply(folder.path(), &[]);
    assert_code(&failed, 3);
    let expected = [
        "20260103_broken.sql:3: UNIQUE constraint failed: orders.id",
        "rolled back: nothing of it is applied",
        "applied  20260101, 20260102",
        "not      20260104",
        "run the same command again",
    ];
    for text in expected {
        assert!(failed.out.contains(text), "{text}\n{}", failed.out);
    }
    assert_eq!(query(folder.path(), "SELECT id FROM orders"), ["1"]);
    let mended = broken.replace("(1, 'twice')", "(3, 'third')");
    write(folder.path(), "db/migrations/20260103_broken.sql", &mended);
    assert_code(&apply(folder.path(), &[]), 0);
    assert_eq!(query(folder.path(), "SELECT id FROM orders"), ["1", "2", "3"]);
}

#[test]
fn what_a_failed_run_applied_can_be_taken_back() {
    let folder = shop();
    assert_code(&apply(folder.path(), &["--to", "20260101"]), 0);
    write(folder.path(), "db/migrations/20260103_note.sql", NOTE_INDEX);
    let broken =
        "-- migrate:up\nINSERT INTO orders (id) VALUES (1);\n\n-- migrate:down\nSELECT 1;\n";
    write(folder.path(), "db/migrations/20260104_broken.sql", broken);
    std::fs::remove_file(folder.path().join("db/migrations/20260102_customers.sql")).unwrap();
    let failed = apply(folder.path(), &["--on-failure", "rollback"]);
    assert_code(&failed, 3);
    assert!(failed.out.contains("taken back 20260103"), "{}", failed.out);
    assert!(
        query(folder.path(), "SELECT name FROM sqlite_master WHERE name = 'orders_note_idx'")
            .is_empty()
    );
}

#[test]
fn a_rollback_goes_through_the_gate_newest_first() {
    let folder = shop();
    write(folder.path(), "db/migrations/20260103_note.sql", NOTE_INDEX);
    assert_code(&apply(folder.path(), &[]), 0);
    let planned = on_database(folder.path(), &["rollback", "-1", "--dry-run"]);
    assert_code(&planned, 0);
    assert!(planned.out.contains("DROP INDEX orders_note_idx"), "{}", planned.out);
    let lossy = on_database(folder.path(), &["rollback", "20260101"]);
    assert_code(&lossy, 1);
    assert!(
        lossy.out.contains("the way back of 20260101 destroys the data of orders"),
        "{}",
        lossy.out
    );
    let data = ["--allow-data-loss", "orders", "--allow-data-loss", "customers"];
    let mut arguments = vec!["rollback", "20260101"];
    arguments.extend(data);
    let undone = on_database(folder.path(), &arguments);
    assert_code(&undone, 0);
    assert!(undone.out.contains("taken back 3 migrations"), "{}", undone.out);
    let left = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'lockgate%' AND name NOT LIKE 'sqlite%'";
    assert!(query(folder.path(), left).is_empty());
    let rows = query(
        folder.path(),
        "SELECT version FROM lockgate_history WHERE direction = 'down' ORDER BY id",
    );
    assert_eq!(rows, ["20260103", "20260102", "20260101"]);
    assert_code(&apply(folder.path(), &[]), 0);
    assert_code(&on_database(folder.path(), &["rollback", "-9"]), 2);
    assert_code(&on_database(folder.path(), &["rollback", "20260109"]), 2);
}

#[test]
fn dry_runs_change_nothing() {
    let folder = shop();
    let plan = apply(folder.path(), &["--dry-run"]);
    assert_code(&plan, 0);
    assert!(plan.out.contains("in one transaction") && plan.out.contains("nothing was applied"));
    let tried = apply(folder.path(), &["--dry-run=execute"]);
    assert_code(&tried, 0);
    assert!(tried.out.contains("tried      20260102"), "{}", tried.out);
    assert!(query(folder.path(), "SELECT name FROM sqlite_master").is_empty());
    let refused = apply(folder.path(), &["--dry-run=execute", "--environment", "production"]);
    assert_code(&refused, 2);
}

#[test]
fn production_is_confirmed_and_hooks_get_the_report() {
    let folder = shop();
    let unconfirmed = apply(folder.path(), &["--environment", "production"]);
    assert_code(&unconfirmed, 2);
    assert!(unconfirmed.err.contains("--yes"), "{}", unconfirmed.err);
    let run_it = |more: &[&str]| {
        let mut command = crate::support::command::lockgate(folder.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.args(["lint", "db/migrations", "--apply", "--database-url", "sqlite:shop.db"]);
        let output = command.args(more).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(run_it(&["--before-apply", "exit 1"]).0, Some(3));
    assert!(query(folder.path(), "SELECT version FROM lockgate_history").is_empty());
    let flags = [
        "--environment",
        "production",
        "--yes",
        "--before-apply",
        "cat > plan.json",
        "--after-apply",
        "cat > hook.json",
        "--report",
        "report.json",
        "--log",
        "log.jsonl",
    ];
    let (code, out) = run_it(&flags);
    assert_eq!(code, Some(0), "{out}");
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    assert_eq!(json("plan.json")["status"], "planned");
    assert_eq!(json("hook.json"), json("report.json"));
    assert_eq!(json("report.json")["migrations"][0]["rows"], 1);
    let log = std::fs::read_to_string(folder.path().join("log.jsonl")).unwrap();
    let events: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        events
            .iter()
            .any(|event| event["event"] == "done" && event["migration"]["version"] == "20260102")
    );
}

#[test]
fn a_data_change_in_slices_changes_every_row_once() {
    let folder = shop();
    assert_code(&apply(folder.path(), &[]), 0);
    execute(
        folder.path(),
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
         INSERT INTO orders SELECT i, 'n' FROM n",
    );
    let batched = "-- migrate:up transaction:false
-- lockgate: batch(orders, id, 100)
UPDATE orders SET note = note || '+';

-- migrate:down
SELECT 1;
";
    write(folder.path(), "db/migrations/20260103_plus.sql", batched);
    let done = apply(folder.path(), &[]);
    assert_code(&done, 0);
    assert_eq!(
        query(
            folder.path(),
            "SELECT count(*) FROM orders WHERE note LIKE '%+' AND note NOT LIKE '%++'"
        ),
        ["250"]
    );
    assert_eq!(
        query(folder.path(), "SELECT count(*) FROM lockgate_journal WHERE state = 'slice'"),
        ["3"]
    );
    assert_eq!(
        query(
            folder.path(),
            "SELECT rows_affected FROM lockgate_history WHERE version = '20260103'"
        ),
        ["250"]
    );
}

#[test]
fn databases_that_cannot_be_used_are_named_with_what_to_do() {
    let folder = shop();
    execute(folder.path(), "CREATE TABLE lockgate_history (version text)");
    let odd = apply(folder.path(), &[]);
    assert_code(&odd, 3);
    assert!(odd.err.contains("lockgate_history is not one that this lockgate made"), "{}", odd.err);
    assert!(odd.err.contains("nothing was changed"), "{}", odd.err);

    let nowhere = run(
        folder.path(),
        &["lint", "db/migrations", "--apply", "--database-url", "sqlite:no/such/folder.db"],
    );
    assert_code(&nowhere, 3);
    assert!(nowhere.err.contains("cannot open no/such/folder.db"), "{}", nowhere.err);

    let none = run(folder.path(), &["lint", "db/migrations", "--apply"]);
    assert_code(&none, 2);
    assert!(none.err.contains("no database is named"), "{}", none.err);
    let other = run(
        folder.path(),
        &["lint", "db/migrations", "--apply", "--database-url", "mysql://root:geheim@db/shop"],
    );
    assert_code(&other, 2);
    assert!(!other.err.contains("geheim"), "{}", other.err);
    assert!(other.err.contains("judges and does not run"), "{}", other.err);
    assert!(other.err.contains("with your own migration tool"), "{}", other.err);
}

#[test]
fn a_file_that_is_only_read_is_refused_before_anything_runs() {
    let folder = shop();
    assert_code(&apply(folder.path(), &["--to", "20260101"]), 0);
    let arguments =
        ["lint", "db/migrations", "--apply", "--database-url", "sqlite:shop.db?mode=ro"];
    let refused = run(folder.path(), &arguments);
    assert_code(&refused, 3);
    assert!(refused.err.contains("attempt to write a readonly database"), "{}", refused.err);
    assert!(refused.err.contains("a file that can be written"), "{}", refused.err);
    let status = run(folder.path(), &["status", "--database-url", "sqlite:shop.db?mode=ro"]);
    assert_code(&status, 0);
    assert_eq!(query(folder.path(), "SELECT version FROM lockgate_history"), ["20260101"]);
}

/// What somebody changed in the table, to what, and what is told of it: nothing where it is the same.
const DRIFTS: &[(&str, &str, &str)] = &[
    ("VARCHAR(20)", "varchar ( 20 )", ""),
    ("DEFAULT 'new'", "DEFAULT ('new')", ""),
    ("VARCHAR(20)", "text", "column `number` of `orders` is text, and should be varchar(20)"),
    ("text NOT NULL", "text", "column `state` of `orders` is nullable, and should not be"),
    (
        "'new'",
        "'open'",
        "column `state` of `orders` has the default 'open', and should have the default 'new'",
    ),
    (
        " DEFAULT 'new'",
        "",
        "column `state` of `orders` has no default, and should have the default 'new'",
    ),
    (" UNIQUE", "", "of `orders` is not there"),
    ("CHECK (total >= 0)", "CHECK (total > 0)", "of `orders` is not there"),
    (" REFERENCES customers (id)", "", "of `orders` is not there"),
    ("customers (id)", "orders (id)", "of `orders` is not there"),
    (
        "total numeric(10, 2)",
        "total numeric(10, 2) UNIQUE",
        "of `orders` is there, and no migration made it",
    ),
    (
        "total numeric(10, 2)",
        "total numeric(10, 2) REFERENCES customers (id)",
        "of `orders` is there, and no migration made it",
    ),
    ("integer PRIMARY KEY", "integer", "of `orders` is not there"),
];

#[test]
fn drift_is_seen_in_types_nullability_defaults_and_keys() {
    let table = |columns: &str| {
        format!(
            "-- migrate:up\nCREATE TABLE orders (\n{columns}\n);\n\n-- migrate:down\nDROP TABLE orders;\n"
        )
    };
    let ours = "  id integer PRIMARY KEY,
  number VARCHAR(20) NOT NULL UNIQUE,
  state text NOT NULL DEFAULT 'new',
  customer integer REFERENCES customers (id),
  total numeric(10, 2) CHECK (total >= 0)";
    let customers = CUSTOMERS.replace("20260102", "20260100");
    for (from, to, told) in DRIFTS {
        let folder = folder(&[
            ("db/migrations/20260101_customers.sql", customers.as_str()),
            ("db/migrations/20260102_orders.sql", &table(ours)),
        ]);
        assert_code(&apply(folder.path(), &["--fail-on", "never"]), 0);
        let theirs = ours.replacen(from, to, 1);
        execute(folder.path(), &format!("DROP TABLE orders; CREATE TABLE orders ({theirs})"));
        write(
            folder.path(),
            "db/migrations/20260103_number.sql",
            &NOTE_INDEX.replace("(note)", "(number)"),
        );
        let next = apply(folder.path(), &["--fail-on", "never"]);
        assert_code(&next, i32::from(!told.is_empty()));
        assert!(next.out.contains(told), "{from} to {to}: {}", next.out);
    }
}

#[test]
fn what_migrations_made_of_a_table_is_no_drift() {
    let folder = shop();
    let changes = "-- migrate:up
ALTER TABLE orders ADD COLUMN tier varchar(16) NOT NULL DEFAULT 'basic' CHECK (tier <> '');
ALTER TABLE orders RENAME COLUMN note TO remark;
CREATE TABLE _new_customers (id integer PRIMARY KEY, name text NOT NULL COLLATE NOCASE, born date, CHECK (length(name) > 0), CONSTRAINT name_once UNIQUE (name, born));
INSERT INTO _new_customers (id, name) SELECT id, name FROM customers;
DROP TABLE customers;
ALTER TABLE _new_customers RENAME TO customers;
CREATE TABLE visits (customer integer REFERENCES customers (id));
ALTER TABLE customers RENAME TO _old_customers;
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, born date);
DROP TABLE _old_customers;
CREATE UNIQUE INDEX customers_name ON customers (name) WHERE born IS NOT NULL;

-- migrate:down
SELECT 1;
";
    write(folder.path(), "db/migrations/20260103_changes.sql", changes);
    assert_code(&apply(folder.path(), &["--fail-on", "never"]), 0);
    let next = "-- migrate:up\nUPDATE orders SET remark = '' WHERE id = 1;\nUPDATE customers SET name = 'x' WHERE id = 1;\nDELETE FROM visits WHERE customer = 1;\n\n-- migrate:down\nSELECT 1;\n";
    write(folder.path(), "db/migrations/20260104_next.sql", next);
    assert_code(&apply(folder.path(), &["--fail-on", "never"]), 0);
}

#[test]
fn a_full_database_fails_with_its_reason_and_nothing_lost() {
    let folder = shop();
    assert_code(&apply(folder.path(), &[]), 0);
    let pages = query(folder.path(), "PRAGMA page_count")[0].parse::<u32>().unwrap() + 5;
    let fat = format!(
        "-- migrate:up\nPRAGMA max_page_count = {pages};\nCREATE TABLE blobs (id integer PRIMARY KEY, body blob);\nINSERT INTO blobs (body) VALUES (zeroblob(1000000));\n\n-- migrate:down\nDROP TABLE blobs;\n"
    );
    write(folder.path(), "db/migrations/20260103_fat.sql", &fat);
    let full = apply(folder.path(), &[]);
    assert_code(&full, 3);
    assert!(full.out.contains("database or disk is full"), "{}", full.out);
    assert!(query(folder.path(), "SELECT name FROM sqlite_master WHERE name = 'blobs'").is_empty());
    assert_eq!(query(folder.path(), "SELECT note FROM orders"), ["first"]);
}

#[test]
fn the_demo_runs_as_the_readme_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("demo.db").display());
    let done = run(&root(), &["lint", "fixtures/demo-good", "--apply", "--database-url", &url]);
    assert_code(&done, 0);
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("lint fixtures/demo-good --apply --database-url sqlite:demo.db"));
    let shown = readme.split("checking   ").nth(1).unwrap().split("\n```").next().unwrap();
    assert_eq!(without_times(&format!("checking   {shown}")), without_times(done.out.trim_end()));
}

/// The text with every duration and version number as `#`.
fn without_times(text: &str) -> String {
    let words = text.lines().map(|line| {
        let masked: Vec<&str> = line
            .split_whitespace()
            .map(|word| {
                let bare = word.trim_end_matches([',', ';']);
                if bare.contains('.') && bare.parse::<f64>().is_ok() || bare.split('.').count() == 3
                {
                    "#"
                } else {
                    word
                }
            })
            .collect();
        masked.join(" ")
    });
    words.collect::<Vec<_>>().join("\n")
}
