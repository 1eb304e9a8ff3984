//! Copies of data before a run that destroys some, on PostgreSQL: the tables that lose something,
//! brought back by the script that lies beside them.

use crate::support::command::{Run, apply_to, assert_code, folder, run, write};
use crate::support::servers::{Database, NEWEST, OLDEST, server};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const SHOP: &str = "-- migrate:up
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id), note text, total numeric(10, 2),
    cents bigint GENERATED ALWAYS AS ((total * 100)::bigint) STORED);
CREATE TABLE events (at date NOT NULL, body text) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE settings (name text PRIMARY KEY, value text);
INSERT INTO customers (name) SELECT 'customer ' || g FROM generate_series(1, 20) g;
INSERT INTO orders (id, customer_id, note, total)
    SELECT g, 1 + g % 20, CASE WHEN g % 3 > 0 THEN E'tab\\there, line\\nthere ' || g END, g / 4.0 FROM generate_series(1, 500) g;
INSERT INTO events SELECT '2025-01-01'::date + g, 'event ' || g FROM generate_series(1, 30) g;
INSERT INTO settings VALUES ('currency', 'EUR');

-- migrate:down
SELECT 1;
";

fn shop() -> TempDir {
    folder(&[("db/migrations/20260101_shop.sql", SHOP)])
}

fn apply(folder: &Path, database: &Database, more: &[&str]) -> Run {
    apply_to(folder, &database.url(), &[&["--fail-on", "never"], more].concat())
}

/// All rows of a table, in one text.
fn rows(database: &mut Database, table: &str) -> String {
    database.one(&format!("SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"))
}

fn restore(folder: &Path, database: &Database) {
    let done = Command::new("psql")
        .args(["-X", "-q", &database.url(), "-f", "restore.sql"])
        .current_dir(folder)
        .output()
        .expect("psql is needed by this test; Debian has it as package postgresql-client");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The copies are made by the names from before the run.
const LOSSY: &str = "-- migrate:up
ALTER TABLE orders RENAME TO purchases;
ALTER TABLE purchases DROP COLUMN note;
DROP TABLE events;
DELETE FROM customers WHERE id > 100;

-- migrate:down
CREATE TABLE events (at date NOT NULL, body text) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE purchases ADD COLUMN note text;
ALTER TABLE purchases RENAME TO orders;
";

/// Brings back the one row that the restore leaves out.
fn bring_back_order_7(place: &Path, database: &Database) {
    let copy = format!(
        "\\copy lockgate_backup (id, customer_id, note, total) FROM '{}'",
        place.join("3-public.orders.copy").display()
    );
    let staged = Command::new("psql")
        .args(["-X", "-q", &database.url(), "-c"])
        .arg("CREATE TABLE lockgate_backup (id bigint, customer_id bigint, note text, total numeric)")
        .args(["-c", &copy, "-c"])
        .arg("INSERT INTO orders (id, customer_id, note, total) SELECT * FROM lockgate_backup WHERE id = 7")
        .status()
        .unwrap();
    assert!(staged.success());
}

#[test]
fn tables_that_lose_rows_or_columns_come_back_as_they_were() {
    for major in [OLDEST, NEWEST] {
        let folder = shop();
        let mut database = server(major).database("backup");
        assert_code(&apply(folder.path(), &database, &[]), 0);
        let tables = ["customers", "orders", "events"];
        let before = tables.map(|table| rows(&mut database, table));
        write(folder.path(), "db/migrations/20260102_lossy.sql", LOSSY);
        let done = apply(folder.path(), &database, &["--backup", "before-data-loss"]);
        assert_code(&done, 0);
        let place = "lockgate-backups/default/20260102";
        let told = format!(
            "backup     {place}: customers (20 rows), events (30 rows), orders (500 rows)\n"
        );
        assert!(done.out.contains(&told), "{}", done.out);
        let recorded = "SELECT backup_reference FROM lockgate_history WHERE version = '20260102'";
        assert_eq!(database.one(recorded), place);
        let manifest = std::fs::read(folder.path().join(place).join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let orders = &manifest["files"][2];
        assert_eq!((&orders["table"], &orders["rows"]), (&"orders".into(), &500.into()));
        assert_eq!(orders["loses_columns"], serde_json::json!(["note"]));
        let columns: Vec<&str> = orders["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column["name"].as_str().unwrap())
            .collect();
        assert_eq!(columns, ["id", "customer_id", "note", "total"]);

        database.client.batch_execute("DELETE FROM purchases WHERE id = 7").unwrap();
        let url = database.url();
        let mut undo = vec!["rollback", "-1", "--database-url", &url, "--fail-on", "never"];
        undo.extend(["--allow-data-loss", "orders.note", "--allow-data-loss", "events"]);
        assert_code(&run(folder.path(), &undo), 0);
        restore(&folder.path().join(place), &database);
        // The row that somebody deleted since is not ours to bring back.
        let back = "SELECT count(*)::text FROM orders WHERE id = 7";
        assert_eq!(database.one(back), "0");
        bring_back_order_7(&folder.path().join(place), &database);
        // Columns come back at the end of their table.
        let orders = database.one("SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM (SELECT id, customer_id, note, total, cents FROM orders) t",
        );
        assert_eq!(
            [rows(&mut database, "customers"), orders, rows(&mut database, "events")],
            before
        );
    }
}

#[test]
fn dropped_tables_come_back_parents_first_and_go_on_counting() {
    let folder = shop();
    let mut database = server(NEWEST).database("backup");
    let url = database.url();
    assert_code(&apply(folder.path(), &database, &[]), 0);
    let before = [rows(&mut database, "customers"), rows(&mut database, "orders")];
    let drops = "-- migrate:up\nDROP TABLE orders;\nDROP TABLE customers;\n\n-- migrate:down
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id), note text, total numeric(10, 2),
    cents bigint GENERATED ALWAYS AS ((total * 100)::bigint) STORED);
";
    write(folder.path(), "db/migrations/20260102_drops.sql", drops);
    assert_code(&apply(folder.path(), &database, &["--backup", "before-data-loss"]), 0);
    assert_code(&run(folder.path(), &["rollback", "-1", "--database-url", &url]), 0);
    restore(&folder.path().join("lockgate-backups/default/20260102"), &database);
    assert_eq!([rows(&mut database, "customers"), rows(&mut database, "orders")], before);
    database.client.batch_execute("INSERT INTO customers (name) VALUES ('next')").unwrap();
    assert_eq!(database.one("SELECT max(id)::text FROM customers"), "21");
}

#[test]
fn a_table_that_cannot_be_read_stops_the_run() {
    let folder = shop();
    let mut database = server(NEWEST).database("backup");
    assert_code(&apply(folder.path(), &database, &[]), 0);
    let lossy = "-- migrate:up\nALTER TABLE orders ADD COLUMN tier text;\nDROP TABLE settings;\n\n-- migrate:down\nSELECT 1;\n";
    write(folder.path(), "db/migrations/20260102_drop.sql", lossy);
    let mut holder = database.connect();
    holder.batch_execute("BEGIN; LOCK TABLE settings").unwrap();
    let flags = ["--backup", "before-data-loss", "--lock-timeout", "200ms"];
    let failed = apply(folder.path(), &database, &flags);
    assert_code(&failed, 3);
    assert!(failed.err.contains("the backup failed: canceling statement due to lock timeout"));
    assert!(failed.err.contains("nothing was applied"), "{}", failed.err);
    assert_eq!(database.one("SELECT string_agg(version, ',') FROM lockgate_history"), "20260101");
    let home = folder.path().join("lockgate-backups/default");
    assert_eq!(std::fs::read_dir(home).unwrap().count(), 0, "what is unfinished is taken away");
    drop(holder);
    let done = apply(folder.path(), &database, &flags);
    assert_code(&done, 0);
    assert!(done.out.contains("settings (1 row)\n"), "{}", done.out);
}
