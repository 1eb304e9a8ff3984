//! Who waits for which table, from which statement until when, and what runs meanwhile.

use crate::support::command::{folder, run};
use serde_json::{Value, json};

const SHOP: &str = "CREATE TABLE customers (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric);
CREATE INDEX orders_total ON orders (total);
";

/// The timelines of the second of two migrations: up, then down.
fn timelines(files: &[(&str, &str)], arguments: &[&str]) -> Vec<Value> {
    let folder = folder(files);
    let judged = files.last().unwrap().0;
    let arguments = [&["lint", judged, "--format", "json"], arguments].concat();
    let report: Value = serde_json::from_str(&run(folder.path(), &arguments).out).unwrap();
    report["timeline"].as_array().unwrap().clone()
}

/// Timelines of a script that dbmate runs after the shop is there.
fn dbmate(script: &str) -> Vec<Value> {
    let shop = format!("-- migrate:up\n{SHOP}-- migrate:down\n");
    let shop = ("db/migrations/20250101000000_shop.sql", shop.as_str());
    timelines(&[shop, ("db/migrations/20260101000000_change.sql", script)], &[])
}

/// Relation, mode, first and last statement, end, and what works, of every bar.
fn bars(timeline: &Value) -> Vec<(String, String, u64, u64, String, Value)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lanes = timeline["lanes"].as_array().unwrap().iter();
    lanes
        .flat_map(|lane| {
            lane["bars"].as_array().unwrap().iter().map(|bar| {
                let number = |member: &str| bar[member].as_u64().unwrap();
                let (mode, end) = (text(&bar["mode"]), text(&bar["end"]));
                let relation = text(&lane["relation"]);
                (relation, mode, number("from"), number("until"), end, bar["working"].clone())
            })
        })
        .collect()
}

fn bar(
    relation: &str,
    mode: &str,
    span: (u64, u64),
    end: &str,
    working: &[u64],
) -> (String, String, u64, u64, String, Value) {
    (relation.to_owned(), mode.to_owned(), span.0, span.1, end.to_owned(), json!(working))
}

#[test]
fn a_lock_lasts_from_its_statement_to_the_commit_of_the_runner() {
    let script = "-- migrate:up
ALTER TABLE customers ADD COLUMN tier text;
CREATE TABLE tiers (name text);
UPDATE orders SET total = 0;
-- migrate:down
ALTER TABLE customers DROP COLUMN tier;
";
    let timelines = dbmate(script);
    assert_eq!(timelines.len(), 2, "one up, one down");
    let up = &timelines[0];
    assert_eq!(up["opened_by"], "runner");
    assert_eq!(up["statements"].as_array().unwrap().len(), 3);
    assert_eq!(up["statements"][2]["start"]["line"], 4);
    assert_eq!(bars(up), [bar("customers", "AccessExclusive", (0, 2), "commit", &[2])]);
    assert_eq!(timelines[1]["direction"], "down");
}

#[test]
fn a_stronger_lock_has_a_bar_of_its_own() {
    let script = "-- migrate:up
CREATE INDEX orders_customer ON orders (customer_id);
ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX orders_note ON orders (note);
-- migrate:down
";
    let found = bars(&dbmate(script)[0]);
    let share = bar("orders", "Share", (0, 2), "commit", &[0, 2]);
    assert_eq!(found, [share, bar("orders", "AccessExclusive", (1, 2), "commit", &[2])]);
}

#[test]
fn a_savepoint_gives_back_what_was_locked_since() {
    let script = "-- migrate:up
CREATE INDEX orders_customer ON orders (customer_id);
SAVEPOINT attempt;
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE customers ADD COLUMN note text;
ROLLBACK TO attempt;
UPDATE orders SET total = 0;
-- migrate:down
";
    let expected = [
        bar("orders", "Share", (0, 5), "commit", &[0, 5]),
        bar("orders", "AccessExclusive", (2, 4), "savepoint", &[]),
        bar("customers", "AccessExclusive", (3, 4), "savepoint", &[]),
    ];
    assert_eq!(bars(&dbmate(script)[0]), expected);
}

#[test]
fn each_statement_stands_alone_where_the_runner_opens_no_transaction() {
    // Flyway opens none for a script with such an index.
    let script = "ALTER TABLE customers ADD COLUMN tier text;
UPDATE customers SET tier = 'basic';
CREATE INDEX CONCURRENTLY customers_tier ON customers (tier);
BEGIN;
LOCK TABLE orders IN EXCLUSIVE MODE;
UPDATE orders SET total = 0;
ROLLBACK;
";
    let files = [("db/migrations/V1__shop.sql", SHOP), ("db/migrations/V2__tier.sql", script)];
    let timelines = timelines(&files, &["--layout", "flyway"]);
    let opened: Vec<&Value> = timelines.iter().map(|one| &one["opened_by"]).collect();
    assert_eq!(opened, ["statement", "script"]);
    let alone = [bar("customers", "AccessExclusive", (0, 0), "commit", &[])];
    assert_eq!(bars(&timelines[0]), alone);
    let explicit = [bar("orders", "Exclusive", (1, 3), "rollback", &[2])];
    assert_eq!(bars(&timelines[1]), explicit);
    assert_eq!(timelines[1]["lanes"][0]["bars"][0]["waits"], "writes");
}

#[test]
fn a_block_is_one_transaction_and_a_tables_index_no_lane() {
    let script = "-- migrate:up transaction:false
DO $$ BEGIN
  DROP INDEX orders_total;
  UPDATE customers SET email = lower(email);
END $$;
-- migrate:down
";
    let timelines = dbmate(script);
    assert_eq!(timelines.len(), 1);
    assert_eq!(bars(&timelines[0]), [bar("orders", "AccessExclusive", (0, 1), "commit", &[1])]);
}

#[test]
fn nobody_waits_for_what_the_transaction_made() {
    let script = "-- migrate:up
CREATE TABLE tiers (name text);
ALTER TABLE tiers ADD COLUMN rank int;
CREATE INDEX tiers_rank ON tiers (rank);
-- migrate:down
";
    assert_eq!(dbmate(script), Vec::<Value>::new());
}

#[test]
fn a_string_of_several_statements_is_one_transaction() {
    let files = [
        ("db/migrations/000001_shop.up.sql", SHOP),
        (
            "db/migrations/000002_tier.up.sql",
            "ALTER TABLE customers ADD COLUMN tier text;\nUPDATE customers SET tier = 'basic';\n",
        ),
    ];
    let timelines = timelines(&files, &["--layout", "golang-migrate"]);
    assert_eq!(timelines.len(), 1);
    assert_eq!(timelines[0]["opened_by"], "string");
    let expected = [bar("customers", "AccessExclusive", (0, 1), "commit", &[1])];
    assert_eq!(bars(&timelines[0]), expected);
}

#[test]
fn temporary_tables_end_with_their_migration() {
    let temporary =
        "CREATE TEMP TABLE work (id bigint);\nCREATE TEMP VIEW seen AS SELECT id FROM work;
CREATE FUNCTION pg_temp.double(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';";
    let folder = folder(&[
        ("migrations/0001_shop.sql", "CREATE TABLE work (id bigint PRIMARY KEY);"),
        ("migrations/0002_sums.sql", temporary),
        ("migrations/0003_index.sql", "CREATE INDEX work_idx ON work (id);"),
    ]);
    let run = run(folder.path(), &["lint", "migrations/0003_index.sql"]);
    assert!(run.out.contains("writes to `work` wait until the index is built"), "{}", run.out);
}

/// The lanes of what a dialect does to tables that are there.
fn lanes(dialect: &str, shop: &str, script: &str) -> Vec<Value> {
    let files = [("m/0001_shop.up.sql", shop), ("m/0002_change.up.sql", script)];
    let timelines = timelines(&files, &["--dialect", dialect]);
    timelines.iter().flat_map(|one| one["lanes"].as_array().unwrap().clone()).collect()
}

#[test]
fn mysql_says_how_a_change_runs_and_who_waits_at_its_ends() {
    let shop =
        "CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, total INT NOT NULL) ENGINE=InnoDB;";
    let bar = |script: &str| lanes("mysql", shop, script)[0]["bars"][0].clone();
    assert_eq!(
        bar("ALTER TABLE orders ADD COLUMN note VARCHAR(20);"),
        json!({"metadata_lock": "EXCLUSIVE", "algorithm": "INSTANT", "waits": "reads_and_writes",
               "from": 0, "until": 0, "end": "commit", "working": []})
    );
    assert_eq!(
        bar("CREATE INDEX orders_total ON orders (total);"),
        json!({"metadata_lock": "EXCLUSIVE", "algorithm": "INPLACE", "lock": "NONE",
               "waits": "maintenance", "waits_at_ends": "reads_and_writes",
               "from": 0, "until": 0, "end": "commit", "working": [0]})
    );
    assert_eq!(
        bar("ALTER TABLE orders MODIFY total BIGINT NOT NULL;"),
        json!({"metadata_lock": "EXCLUSIVE", "algorithm": "COPY", "lock": "SHARED",
               "waits": "writes", "waits_at_ends": "reads_and_writes",
               "from": 0, "until": 0, "end": "commit", "working": [0]})
    );
    assert_eq!(
        bar("LOCK TABLES orders WRITE;"),
        json!({"metadata_lock": "EXCLUSIVE", "waits": "reads_and_writes",
               "from": 0, "until": 0, "end": "session", "working": []})
    );
    assert!(lanes("mysql", shop, "INSERT INTO orders VALUES (1, 2);").is_empty());
}

/// MySQL locks both tables of a key, MariaDB only the one that is changed.
#[test]
fn the_other_side_of_a_key_waits_at_the_ends_alone() {
    let shop = "CREATE TABLE customers (id BIGINT NOT NULL PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, customer BIGINT NOT NULL) ENGINE=InnoDB;";
    let change = "ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer) REFERENCES customers (id);";
    let mysql = lanes("mysql", shop, change);
    assert_eq!(mysql[0]["relation"], "orders");
    assert_eq!(mysql[0]["bars"][0]["waits"], "writes");
    assert_eq!(mysql[1]["relation"], "customers");
    assert_eq!(mysql[1]["bars"][0]["waits"], "maintenance");
    assert_eq!(mysql[1]["bars"][0]["waits_at_ends"], "reads_and_writes");
    assert_eq!(lanes("mariadb", shop, change).len(), 1);
}

#[test]
fn sqlite_holds_the_database_from_its_first_write_to_the_commit() {
    let shop = "CREATE TABLE notes (id INTEGER PRIMARY KEY, folder TEXT);";
    let change = "SELECT 1;
CREATE TABLE folders (name TEXT);
UPDATE notes SET folder = 'inbox';";
    assert_eq!(
        lanes("sqlite", shop, change),
        [json!({"relation": "main", "kind": "database", "bars": [
            {"database_lock": "write", "waits": "writes", "from": 1, "until": 2, "end": "commit",
             "working": [2]}]})]
    );
    assert!(lanes("sqlite", shop, "CREATE TABLE folders (name TEXT);").is_empty());
}
