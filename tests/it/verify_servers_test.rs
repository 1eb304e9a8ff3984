//! `lockgate verify`: our histories, statement by statement, on the oldest and the newest server.

use crate::support::command::{Run, folder, root, run};
use crate::support::histories::{differences, histories};
use crate::support::servers::{Database, NEWEST, OLDEST, server};
use serde_json::Value;

/// Every history, each on a database of its own.
fn agrees(major: u8) {
    let mut wrong = Vec::new();
    let mut statements = 0;
    for history in histories() {
        let found = differences(&history, major);
        statements += found.statements;
        wrong.extend(found.lines);
    }
    assert!(wrong.is_empty(), "on PostgreSQL {major}:\n{}", wrong.join("\n"));
    assert!(statements > 200, "{statements} statements compared");
}

#[test]
fn the_oldest_server_does_what_is_predicted() {
    agrees(OLDEST);
}

#[test]
fn the_newest_server_does_what_is_predicted() {
    agrees(NEWEST);
}

const SHOP: (&str, &str) = (
    "db/migrations/20250110083000_shop.sql",
    "-- migrate:up
CREATE TABLE orders (id bigint PRIMARY KEY, status varchar(20));
CREATE INDEX orders_status ON orders (status);
INSERT INTO orders SELECT id, 'open' FROM generate_series(1, 10) id;
-- migrate:down
DROP TABLE orders;
",
);

fn verify(files: &[(&str, &str)], database: &Database, flags: &[&str]) -> Run {
    let folder = folder(files);
    let url = database.url();
    run(folder.path(), &[&["verify", "--database-url", &url, "--color", "never"], flags].concat())
}

#[test]
fn a_history_that_does_what_is_predicted_is_clean() {
    let change = (
        "db/migrations/20260301120000_change.sql",
        "-- migrate:up
ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT '';
SAVEPOINT attempt;
ALTER TABLE orders ALTER COLUMN status TYPE text;
ROLLBACK TO attempt;
ALTER TABLE orders ADD CONSTRAINT orders_id CHECK (id > 0);
UPDATE orders SET note = 'old' WHERE id = 1;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'refunds') THEN
    CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id));
  END IF;
END $$;
ALTER TABLE orders RENAME TO purchases;
CREATE VIEW orders AS SELECT * FROM purchases;
-- migrate:down
",
    );
    let database = server(NEWEST).database("verify_clean");
    let run = verify(&[SHOP, change], &database, &[]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(run.out.starts_with("✓ 12 statements run on PostgreSQL 18."), "{}", run.out);
}

#[test]
fn what_the_server_does_otherwise_is_a_difference() {
    let database = server(NEWEST).database("verify_other");
    // The history does not tell of this trigger.
    let setup = "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  LOCK TABLE orders_audit;
  CREATE TABLE surprise (id bigint);
END $$;
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION watch();";
    let audit = (
        "db/migrations/20250210083000_audit.sql",
        "-- migrate:up\nCREATE TABLE orders_audit (id bigint);\n-- migrate:down\n",
    );
    let change = (
        "db/migrations/20260301120000_change.sql",
        "-- migrate:up\nALTER TABLE orders ADD COLUMN note text;\n-- migrate:down\n",
    );
    let files = [SHOP, audit, change, ("before.sql", setup)];
    let run = verify(&files, &database, &["--setup", "before.sql", "--format", "json"]);
    let found: Value = serde_json::from_str(&run.out).unwrap();
    let told: Vec<(&str, &str, Option<&str>)> = found["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |member: &str| one[member].as_str();
            (text("aspect").unwrap(), text("relation").unwrap_or(""), text("actual"))
        })
        .collect();
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let expected = [
        ("lock", "orders_audit", Some("AccessExclusive")),
        ("created", "surprise", Some("surprise")),
    ];
    assert_eq!(told, expected, "{}", run.out);
    let schema = std::fs::read_to_string(root().join("schemas/verify-1.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let refused: Vec<String> = validator.iter_errors(&found).map(|it| it.to_string()).collect();
    assert_eq!(refused, Vec::<String>::new());
}

/// A migration for each statement, outside a transaction: one that holds several is one string.
fn alone(statements: &[&str]) -> Vec<(String, String)> {
    let migration = |(at, sql): (usize, &&str)| {
        let name = format!("db/migrations/2026030112000{at}_alone.sql");
        (name, format!("-- migrate:up transaction:false\n{sql};\n-- migrate:down\n"))
    };
    statements.iter().enumerate().map(migration).collect()
}

#[test]
fn locks_outside_a_transaction_are_seen_while_the_statement_is_held_up() {
    let alone = alone(&[
        "CREATE INDEX CONCURRENTLY orders_open ON orders (id) WHERE status = 'open'",
        "REINDEX TABLE CONCURRENTLY orders",
        "DROP INDEX CONCURRENTLY orders_status",
        "VACUUM orders",
        "VACUUM FULL orders",
    ]);
    let mut files = vec![SHOP];
    files.extend(alone.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    for major in [OLDEST, NEWEST] {
        let database = server(major).database("verify_concurrent");
        let run = verify(&files, &database, &[]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
        assert!(run.out.starts_with("✓ 8 statements"), "{}", run.out);
        assert!(!run.out.contains("in part") && !run.out.contains("not run"), "{}", run.out);
    }
}

#[test]
fn locks_that_nobody_predicted_outside_a_transaction_are_differences() {
    let database = server(NEWEST).database("verify_concurrent_other");
    // The history does not tell that this trigger locks another table, and then lets it go.
    let setup = "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  LOCK TABLE refunds IN SHARE MODE;
END $$;
CREATE EVENT TRIGGER watch ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION watch();";
    let shop = (
        "db/migrations/20250110083000_shop.sql",
        "-- migrate:up
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE refunds (id bigint);
-- migrate:down
",
    );
    let alone = alone(&[
        "CREATE INDEX CONCURRENTLY orders_again ON orders (id)",
        "VACUUM (SKIP_LOCKED) orders",
    ]);
    let mut files = vec![shop, ("before.sql", setup)];
    files.extend(alone.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let run = verify(&files, &database, &["--setup", "before.sql"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("lock on refunds: Share, predicted none"), "{}", run.out);
    assert!(run.out.contains("1 difference (1 compared in part)"), "{}", run.out);
}

#[test]
fn a_refusal_that_nobody_predicted_ends_the_history() {
    let change = (
        "db/migrations/20260301120000_change.sql",
        "-- migrate:up\nALTER TABLE orders ADD CONSTRAINT closed CHECK (status = 'closed');\nALTER TABLE orders ADD COLUMN note text;\n-- migrate:down\n",
    );
    let database = server(OLDEST).database("verify_refused");
    let run = verify(&[SHOP, change], &database, &[]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("the server refuses it: check constraint \"closed\""), "{}", run.out);
    assert!(run.out.contains("; 1 not run"), "{}", run.out);
}

#[test]
fn rows_behind_a_copy_are_not_sent_and_not_compared() {
    let dump = (
        "db/migrations/20260301120000_rows.sql",
        "-- migrate:up\nCOPY orders (id, status) FROM stdin;\n20\topen\n\\.\nALTER TABLE orders ADD COLUMN note text;\n-- migrate:down\n",
    );
    let database = server(NEWEST).database("verify_copy");
    let run = verify(&[SHOP, dump], &database, &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("(1 compared in part)"), "{}", run.out);
}

#[test]
fn a_database_with_something_in_it_is_left_alone() {
    let mut database = server(NEWEST).database("verify_filled");
    database.client.batch_execute("CREATE TABLE precious (id int)").unwrap();
    let run = verify(&[SHOP], &database, &[]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("the database is not empty"), "{}", run.err);
    let tables = "SELECT count(*) FROM pg_class WHERE relname = 'orders'";
    assert_eq!(database.client.query_one(tables, &[]).unwrap().get::<_, i64>(0), 0);
    let told = verify(&[SHOP], &database, &["--not-empty"]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
}

#[test]
fn locks_that_only_rows_lead_to_are_expected_where_there_are_rows() {
    // The history does not tell that triggers are switched off.
    let setup = "CREATE FUNCTION hush() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  ALTER TABLE orders DISABLE TRIGGER USER;
END $$;
CREATE EVENT TRIGGER hush ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION hush();";
    let log = (
        "db/migrations/20250210083000_log.sql",
        "-- migrate:up
CREATE TABLE order_log (id bigint, at timestamptz);
CREATE SEQUENCE order_numbers;
CREATE FUNCTION log_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO order_log VALUES (OLD.id, now());
  RETURN NULL;
END $$;
CREATE TRIGGER log_order AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION log_order();
-- migrate:down
",
    );
    let delete = (
        "db/migrations/20260301120000_delete.sql",
        "-- migrate:up
DELETE FROM orders WHERE status = 'lost';
SELECT setval('order_numbers', (SELECT max(id) FROM order_log));
DELETE FROM orders WHERE status = 'open';
-- migrate:down
",
    );
    let database = server(NEWEST).database("verify_rows");
    let files = [SHOP, log, delete, ("before.sql", setup)];
    let run = verify(&files, &database, &["--setup", "before.sql"]);
    let expected =
        "db/migrations/20260301120000_delete.sql:4  DELETE FROM orders WHERE status = 'open'
  lock on order_log: none, predicted RowExclusive

✗ 10 statements run on PostgreSQL 18.";
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.starts_with(expected), "{}", run.out);
    assert!(run.out.ends_with(": 1 difference (2 compared in part)\n"), "{}", run.out);
}

#[test]
fn keys_made_again_references_from_no_row_and_isolation_levels_are_as_predicted() {
    let change = (
        "db/migrations/20260301120000_key.sql",
        "-- migrate:up
CREATE TABLE refunds (id bigint, order_id bigint);
CREATE UNIQUE INDEX orders_key ON orders (id, status);
-- migrate:down
",
    );
    let again = (
        "db/migrations/20260302120000_again.sql",
        "-- migrate:up transaction:false
BEGIN;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE refunds ADD FOREIGN KEY (order_id) REFERENCES orders (id);
ALTER TABLE refunds DROP CONSTRAINT refunds_order_id_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_key;
DO $$ BEGIN
  ALTER TABLE orders DROP CONSTRAINT orders_pkey;
  ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
END $$;
COMMIT;
-- migrate:down
",
    );
    for major in [OLDEST, NEWEST] {
        let database = server(major).database("verify_again");
        let run = verify(&[SHOP, change, again], &database, &[]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
        assert!(run.out.starts_with("✓ 12 statements"), "{}", run.out);
    }
}

#[test]
fn of_partitions_called_after_today_nothing_is_expected() {
    let events = (
        "db/migrations/20260301120000_events.sql",
        "-- migrate:up
CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);
DO $$ BEGIN
  EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
    to_char(current_date, '\"events_\"YYYYMMDD'), current_date, current_date + 1);
END $$;
-- migrate:down
",
    );
    let change = (
        "db/migrations/20260302120000_change.sql",
        "-- migrate:up
ALTER TABLE events ADD COLUMN note text;
CREATE INDEX events_note ON events (note);
ALTER TABLE orders ADD COLUMN note text;
DROP INDEX events_note;
-- migrate:down
",
    );
    let database = server(NEWEST).database("verify_today");
    let run = verify(&[SHOP, events, change], &database, &["--format", "json"]);
    let found: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let unsure = found["unsure"].as_array().unwrap();
    let told: Vec<(u64, &str)> = unsure
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["reason"].as_str().unwrap()))
        .collect();
    let unnamed = "it concerns relations whose names were not known before";
    let unsure = "not all that it does is known before";
    assert_eq!(told, [(3, unsure), (2, unnamed), (3, unnamed), (5, unnamed)], "{}", run.out);
}
