//! Copies of data before a run that destroys some, on SQLite: the file as it was, brought back.

use crate::support::command::{Run, apply_to, folder, run, write};
use rusqlite::Connection;
use sha2::Digest;
use std::path::Path;
use tempfile::TempDir;

const ORDERS: &str = "-- migrate:up
CREATE TABLE orders (id integer PRIMARY KEY, note text);
INSERT INTO orders VALUES (1, 'first'), (2, 'second');

-- migrate:down
DROP TABLE orders;
";
const NOTE_GONE: &str = "-- migrate:up
-- lockgate: allow(drop-column) no release reads it any more
ALTER TABLE orders DROP COLUMN note;

-- migrate:down
ALTER TABLE orders ADD COLUMN note text;
";

fn shop() -> TempDir {
    let folder = folder(&[("db/migrations/20260101_orders.sql", ORDERS)]);
    assert_eq!(apply(folder.path(), &[]).code, 0);
    write(folder.path(), "db/migrations/20260102_note.sql", NOTE_GONE);
    folder
}

fn apply(folder: &Path, more: &[&str]) -> Run {
    apply_to(folder, "sqlite:shop.db", more)
}

fn texts(database: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    rows.map(|text| text.unwrap().unwrap_or_default()).collect()
}

const REFERENCES: &str = "SELECT backup_reference FROM lockgate_history ORDER BY id";

#[test]
fn the_file_is_copied_before_data_is_lost_and_can_be_put_back() {
    let folder = shop();
    let database = folder.path().join("shop.db");
    write(folder.path(), "lockgate.toml", "[apply]\nbackup = \"before-data-loss\"\n");
    let planned = apply(folder.path(), &["--dry-run"]);
    assert!(planned.out.contains("before anything runs, a copy of the whole database"));
    assert!(!folder.path().join("lockgate-backups").exists());
    let done = apply(folder.path(), &["--report", "report.json"]);
    assert_eq!(done.code, 0, "{}\n{}", done.out, done.err);
    let place = "lockgate-backups/default/20260102";
    assert!(
        done.out.contains(&format!("backup     {place}: the whole database\n")),
        "{}",
        done.out
    );
    assert_eq!(texts(&database, REFERENCES), ["", place]);
    let report = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert!(report.contains(&format!("\"backup\": \"{place}\"")), "{report}");

    let copy = folder.path().join(place).join("database.sqlite");
    let manifest = std::fs::read(folder.path().join(place).join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let file = &manifest["files"][0];
    assert_eq!(file["bytes"], std::fs::metadata(&copy).unwrap().len());
    assert_eq!(file["sha256"], sha256(&copy));
    let how = std::fs::read_to_string(folder.path().join(place).join("RESTORE.txt")).unwrap();
    assert!(how.contains(&format!("cp {place}/database.sqlite DATABASE")), "{how}");

    std::fs::copy(&copy, &database).unwrap();
    assert_eq!(texts(&database, "SELECT note FROM orders ORDER BY id"), ["first", "second"]);
    let status = run(folder.path(), &["status", "--check", "--database-url", "sqlite:shop.db"]);
    assert_eq!(status.code, 1);
    assert!(status.out.contains("pending    20260102"), "{}", status.out);
    let history = run(folder.path(), &["history", "--database-url", "sqlite:shop.db"]);
    assert!(!history.out.contains("backup:"), "the copy is from before that: {}", history.out);
    // The older copy stays.
    assert_eq!(apply(folder.path(), &[]).code, 0);
    assert_eq!(texts(&database, REFERENCES).last().unwrap(), &format!("{place}-2"));
    let history = run(folder.path(), &["history", "--database-url", "sqlite:shop.db"]);
    assert!(history.out.contains(&format!("\n  backup: {place}-2\n")), "{}", history.out);
}

fn sha256(path: &Path) -> String {
    let digest = sha2::Sha256::digest(std::fs::read(path).unwrap());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_a_backup() {
    use std::os::unix::fs::PermissionsExt;
    let folder = shop();
    let flags = ["--backup", "before-data-loss", "--backup-folder", "copies"];
    assert_eq!(apply(folder.path(), &flags).code, 0);
    let mode = |path: &str| {
        let path = folder.path().join(path);
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("copies/default"), 0o700);
    assert_eq!(mode("copies/default/20260102"), 0o700);
    for file in ["database.sqlite", "manifest.json", "RESTORE.txt"] {
        assert_eq!(mode(&format!("copies/default/20260102/{file}")), 0o600, "{file}");
    }
}

#[test]
fn no_copy_is_made_where_nothing_is_lost_unless_that_is_asked_for() {
    let folder = shop();
    let index = "-- migrate:up\nCREATE INDEX orders_note_idx ON orders (note);\n\n-- migrate:down\nDROP INDEX orders_note_idx;\n";
    write(folder.path(), "db/migrations/20260102_note.sql", index);
    let done = apply(folder.path(), &["--backup", "before-data-loss"]);
    assert_eq!(done.code, 0, "{}", done.out);
    assert!(!folder.path().join("lockgate-backups").exists());
    let deleted = "-- migrate:up\nDELETE FROM orders WHERE id = 2;\n\n-- migrate:down\nSELECT 1;\n";
    write(folder.path(), "db/migrations/20260103_deleted.sql", deleted);
    let more = index.replace("orders_note_idx", "orders_other_idx");
    write(folder.path(), "db/migrations/20260104_index.sql", &more);
    let done = apply(folder.path(), &["--backup", "always"]);
    assert_eq!(done.code, 0, "{}", done.out);
    let database = folder.path().join("shop.db");
    let place = "lockgate-backups/default/20260103";
    assert_eq!(texts(&database, REFERENCES), ["", "", place, place]);
}

#[test]
fn a_backup_of_ones_own_is_recorded_and_none_is_made() {
    let folder = shop();
    write(folder.path(), "lockgate.toml", "[apply]\nbackup = \"always\"\n");
    let done = apply(folder.path(), &["--backup-reference", "snap-0a1b2c"]);
    assert_eq!(done.code, 0, "{}", done.out);
    assert!(!folder.path().join("lockgate-backups").exists());
    assert_eq!(texts(&folder.path().join("shop.db"), REFERENCES), ["", "snap-0a1b2c"]);
}

#[test]
fn a_rollback_that_loses_data_is_backed_up_too() {
    let folder = shop();
    assert_eq!(apply(folder.path(), &[]).code, 0);
    let arguments = [
        "rollback",
        "-2",
        "--database-url",
        "sqlite:shop.db",
        "--allow-data-loss",
        "orders",
        "--backup",
        "before-data-loss",
    ];
    let undone = run(folder.path(), &arguments);
    assert_eq!(undone.code, 0, "{}\n{}", undone.out, undone.err);
    let place = "lockgate-backups/default/20260101";
    assert!(undone.out.contains(&format!("backup     {place}")), "{}", undone.out);
    let copy = folder.path().join(place).join("database.sqlite");
    assert_eq!(texts(&copy, "SELECT CAST(id AS text) FROM orders ORDER BY id"), ["1", "2"]);
}

#[test]
fn a_backup_that_fails_stops_the_run_before_anything_is_applied() {
    let folder = shop();
    write(folder.path(), "taken", "a file");
    let before = ORDERS.replace("orders", "customers");
    write(folder.path(), "db/migrations/20260101_z_customers.sql", &before);
    std::fs::rename(
        folder.path().join("db/migrations/20260101_z_customers.sql"),
        folder.path().join("db/migrations/20260101120000_customers.sql"),
    )
    .unwrap();
    let flags = ["--out-of-order", "--backup", "before-data-loss", "--backup-folder", "taken"];
    let failed = apply(folder.path(), &flags);
    assert_eq!(failed.code, 3, "{}\n{}", failed.out, failed.err);
    assert!(failed.err.contains("the backup failed: taken/default: "), "{}", failed.err);
    assert!(failed.err.contains("nothing was applied"), "{}", failed.err);
    let database = folder.path().join("shop.db");
    assert_eq!(texts(&database, "SELECT version FROM lockgate_history"), ["20260101"]);
    assert_eq!(texts(&database, "SELECT note FROM orders ORDER BY id"), ["first", "second"]);
}
