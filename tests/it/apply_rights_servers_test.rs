//! Rights that migrations need and the role has not are told before anything runs.

use crate::support::command::{Run, assert_code, folder, run, write};
use crate::support::servers::{Database, NEWEST, OLDEST, server};
use std::path::Path;

const ORDERS: &str = "-- migrate:up
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
CREATE TABLE settings (name text PRIMARY KEY, value text);

-- migrate:down
DROP TABLE orders;
";

/// Applies as a role of the test's own.
fn apply_as(folder: &Path, database: &Database, role: &str, more: &[&str]) -> Run {
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let mut arguments = vec!["lint", "db/migrations", "--apply", "--fail-on", "never"];
    arguments.extend(["--database-url", &url]);
    arguments.extend(more);
    run(folder, &arguments)
}

#[test]
fn missing_rights_are_told_with_what_grants_them() {
    for major in [OLDEST, NEWEST] {
        let folder = folder(&[("db/migrations/20260101_orders.sql", ORDERS)]);
        let mut database = server(major).database("rights");
        let role = format!("r_{}", database.name);
        assert_code(&apply_as(folder.path(), &database, "postgres", &[]), 0);
        let sql = format!(
            "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
             GRANT SELECT, INSERT, UPDATE ON lockgate_history, lockgate_journal TO {role}; GRANT SELECT ON orders TO {role}"
        );
        database.client.batch_execute(&sql).unwrap();
        let more = "-- migrate:up
ALTER TABLE orders ADD COLUMN tier text;
INSERT INTO settings VALUES ('currency', 'EUR');
CREATE TABLE audit (id bigint PRIMARY KEY);

-- migrate:down
SELECT 1;
";
        write(folder.path(), "db/migrations/20260102_more.sql", more);
        let refused = apply_as(folder.path(), &database, &role, &[]);
        assert_code(&refused, 3);
        let expected = [
            format!("the role {role} may not do what the migrations need"),
            "20260102: not the owner of orders, who is postgres".to_owned(),
            "20260102: no right of INSERT on settings".to_owned(),
            "20260102: no right to create in schema public".to_owned(),
            format!("GRANT INSERT ON settings TO \"{role}\""),
            format!("GRANT CREATE ON SCHEMA public TO \"{role}\""),
            "nothing was applied".to_owned(),
        ];
        for text in expected {
            assert!(refused.err.contains(&text), "{text}\n{}", refused.err);
        }
        let rows: i64 =
            database.client.query_one("SELECT count(*) FROM lockgate_history", &[]).unwrap().get(0);
        assert_eq!(rows, 1, "not even a failure is written");
        let grants = format!(
            "GRANT CREATE ON SCHEMA public TO {role}; GRANT INSERT ON settings TO {role}; ALTER TABLE orders OWNER TO {role}"
        );
        database.client.batch_execute(&grants).unwrap();
        let done = apply_as(folder.path(), &database, &role, &[]);
        assert_code(&done, 0);
        assert!(done.out.contains("privileges ✓"), "{}", done.out);
        let sql = format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
        database.client.batch_execute(&sql).unwrap();
    }
}

#[test]
fn a_first_run_without_the_right_to_make_its_history_says_so() {
    let folder = folder(&[("db/migrations/20260101_orders.sql", ORDERS)]);
    let mut database = server(NEWEST).database("rights");
    let role = format!("r_{}", database.name);
    database.client.batch_execute(&format!("CREATE ROLE {role} LOGIN")).unwrap();
    let refused = apply_as(folder.path(), &database, &role, &[]);
    assert_code(&refused, 3);
    assert!(refused.err.contains("permission denied for schema public"), "{}", refused.err);
    assert!(refused.err.contains("GRANT CREATE ON SCHEMA public"), "{}", refused.err);
    database.client.batch_execute(&format!("DROP ROLE {role}")).unwrap();
}

#[test]
fn what_is_written_anew_is_told_in_bytes() {
    let folder = folder(&[("db/migrations/20260101_orders.sql", ORDERS)]);
    let mut database = server(NEWEST).database("space");
    assert_code(&apply_as(folder.path(), &database, "postgres", &[]), 0);
    let rows = "INSERT INTO orders SELECT g, repeat('x', 500) FROM generate_series(1, 5000) g";
    database.client.batch_execute(rows).unwrap();
    let index = "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);\n\n-- migrate:down\nDROP INDEX orders_note_idx;\n";
    write(folder.path(), "db/migrations/20260102_note.sql", index);
    let planned = apply_as(folder.path(), &database, "postgres", &["--dry-run"]);
    assert_code(&planned, 0);
    let line = planned.out.lines().find(|line| line.starts_with("preflight")).unwrap();
    assert!(line.contains("needs about 2,") && line.contains(" kB on the server"), "{line}");
}
