//! The gated runner on PostgreSQL: locks, blockers, statements outside transactions, and servers
//! that cannot be used.

use crate::support::command::{Run, apply_to, assert_code, folder, run, write};
use crate::support::pooler::{pgbouncer, secured};
use crate::support::servers::{Database, NEWEST, OLDEST, binaries, server};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ORDERS: &str = "-- migrate:up
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT g, 'n' FROM generate_series(1, 1000) g;

-- migrate:down
DROP TABLE orders;
";
const TIER: &str = "-- migrate:up
ALTER TABLE orders ADD COLUMN tier text;

-- migrate:down
ALTER TABLE orders DROP COLUMN tier;
";

fn shop() -> TempDir {
    folder(&[("db/migrations/20260101_orders.sql", ORDERS)])
}

fn apply(folder: &Path, database: &Database, more: &[&str]) -> Run {
    apply_to(folder, &database.url(), more)
}

#[test]
fn the_server_says_what_migrations_are_judged_for() {
    for major in [OLDEST, NEWEST] {
        let folder = shop();
        let mut database = server(major).database("version");
        let done = apply(folder.path(), &database, &[]);
        assert_code(&done, 0);
        assert!(done.out.contains(&format!("PostgreSQL {major}.")), "{}", done.out);
        assert_eq!(
            database.one("SELECT version || ' ' || rows_affected || ' ' || rollback_safe FROM lockgate_history"
            ),
            "20260101 1000 no"
        );
        // A small table is indexed in an instant; a big one is not.
        let index = "-- migrate:up\nCREATE INDEX orders_note_idx ON orders (note);\n\n-- migrate:down\nDROP INDEX orders_note_idx;\n";
        write(folder.path(), "db/migrations/20260102_note.sql", index);
        assert_code(&apply(folder.path(), &database, &["--dry-run"]), 0);
        database
            .client
            .batch_execute(
                "INSERT INTO orders SELECT g, repeat('x', 400) FROM generate_series(1001, 9000) g",
            )
            .unwrap();
        let refused = apply(folder.path(), &database, &[]);
        assert_code(&refused, 1);
        assert!(refused.out.contains("error[non-concurrent-index]"), "{}", refused.out);
    }
}

#[test]
fn a_lock_that_cannot_be_had_is_given_up_and_its_holder_named() {
    let folder = shop();
    let mut database = server(NEWEST).database("blocked");
    assert_code(&apply(folder.path(), &database, &[]), 0);
    write(folder.path(), "db/migrations/20260102_tier.sql", TIER);
    let mut holder = database.connect();
    holder.batch_execute("BEGIN; SELECT count(*) FROM orders").unwrap();
    let limits = ["--lock-timeout", "200ms", "--retry-for", "2s"];
    let started = Instant::now();
    let failed = apply(folder.path(), &database, &limits);
    assert_code(&failed, 3);
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(failed.out.contains("lockgate tests, postgres, idle in transaction"), "{}", failed.out);
    assert!(failed.out.contains("nothing of it is applied"), "{}", failed.out);
    let failed_rows = "SELECT string_agg(status, ',' ORDER BY id) FROM lockgate_history";
    assert_eq!(database.one(failed_rows), "applied,failed");
    let ended = apply(
        folder.path(),
        &database,
        &["--lock-timeout", "200ms", "--on-blocker", "cancel-idle"],
    );
    assert_code(&ended, 0);
    assert!(ended.out.contains("ended pid"), "{}", ended.out);
    assert!(holder.batch_execute("COMMIT").is_err());
    assert_eq!(database.one(failed_rows), "applied,failed,applied");
}

#[test]
fn a_lock_that_comes_free_is_taken_at_a_later_try() {
    let folder = shop();
    let database = server(NEWEST).database("retried");
    assert_code(&apply(folder.path(), &database, &[]), 0);
    write(folder.path(), "db/migrations/20260102_tier.sql", TIER);
    let mut holder = database.connect();
    holder.batch_execute("BEGIN; SELECT count(*) FROM orders").unwrap();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(3));
        holder.batch_execute("COMMIT").unwrap();
    });
    let done = apply(folder.path(), &database, &["--lock-timeout", "200ms"]);
    release.join().unwrap();
    assert_code(&done, 0);
    assert!(done.out.contains("20260102: "), "{}", done.out);
}

#[test]
fn one_statement_outside_transactions_fails_and_is_cleared_away() {
    let folder = shop();
    let mut database = server(NEWEST).database("invalid");
    assert_code(&apply(folder.path(), &database, &[]), 0);
    database
        .client
        .batch_execute("INSERT INTO orders VALUES (5000, 'twin'), (5001, 'twin')")
        .unwrap();
    let index = "-- migrate:up transaction:false
CREATE UNIQUE INDEX CONCURRENTLY orders_note_key ON orders (note) WHERE id > 4000;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY orders_note_key;
";
    write(folder.path(), "db/migrations/20260102_key.sql", index);
    let failed = apply(folder.path(), &database, &[]);
    assert_code(&failed, 3);
    assert!(failed.out.contains("could not create unique index"), "{}", failed.out);
    let valid =
        "SELECT indisvalid::text FROM pg_index WHERE indexrelid = to_regclass('orders_note_key')";
    assert_eq!(database.one(valid), "false");
    database.client.batch_execute("UPDATE orders SET note = 'other' WHERE id = 5001").unwrap();
    let done = apply(folder.path(), &database, &[]);
    assert_code(&done, 0);
    assert!(done.out.contains("the invalid index that it left is dropped"), "{}", done.out);
    assert_eq!(database.one(valid), "true");
    assert_eq!(
        database.one("SELECT status FROM lockgate_history WHERE version = '20260102'"),
        "applied"
    );
}

#[test]
fn an_index_that_is_not_ours_is_left_alone() {
    let folder = shop();
    let mut database = server(NEWEST).database("theirs");
    assert_code(&apply(folder.path(), &database, &[]), 0);
    database.client.batch_execute("CREATE INDEX orders_note_key ON orders (id)").unwrap();
    let index = "-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY orders_note_key ON orders (note);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY orders_note_key;
";
    write(folder.path(), "db/migrations/20260102_key.sql", index);
    let drift = apply(folder.path(), &database, &[]);
    assert_code(&drift, 1);
    assert!(drift.out.contains("`orders_note_key`"), "{}", drift.out);
    write(folder.path(), "lockgate.toml", "[apply]\ndrift-ignore = [\"orders*\"]\n");
    let failed = apply(folder.path(), &database, &[]);
    assert_code(&failed, 3);
    assert!(failed.out.contains("already exists"), "{}", failed.out);
    let again = apply(folder.path(), &database, &[]);
    assert_code(&again, 3);
    assert!(again.out.contains("with another definition"), "{}", again.out);
    assert_eq!(
        database.one("SELECT pg_get_indexdef(to_regclass('orders_note_key'))"),
        "CREATE INDEX orders_note_key ON public.orders USING btree (id)"
    );
}

#[test]
fn what_nobody_can_tell_is_settled_by_a_person() {
    let folder = folder(&[
        ("db/migrations/V1__orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);"),
        (
            "db/migrations/V2__fill.sql",
            "DO $$ BEGIN INSERT INTO orders VALUES (1, 'a'); COMMIT; INSERT INTO orders VALUES (1, 'b'); END $$;",
        ),
        ("db/migrations/V2__fill.sql.conf", "executeInTransaction=false\n"),
    ]);
    let mut database = server(NEWEST).database("unknown");
    let failed = apply(folder.path(), &database, &["--fail-on", "never"]);
    assert_code(&failed, 3);
    let refused = apply(folder.path(), &database, &["--fail-on", "never"]);
    assert_code(&refused, 1);
    assert!(refused.out.contains("lockgate resolve 2 --done"), "{}", refused.out);
    let status = "SELECT status FROM lockgate_history WHERE version = '2' ORDER BY id LIMIT 1";
    assert_eq!(database.one(status), "unknown");
    let url = database.url();
    let resolve = |answer: &[&str]| {
        let mut arguments = vec!["resolve"];
        arguments.extend(answer);
        arguments.extend(["--database-url", &url]);
        run(folder.path(), &arguments)
    };
    assert_code(&resolve(&["1", "--done", "it is there"]), 2);
    assert_code(&resolve(&["2"]), 2);
    assert_code(&resolve(&["2", "--done", "row 1 is there, the other was a mistake"]), 0);
    assert_code(&apply(folder.path(), &database, &["--fail-on", "never"]), 0);
    assert_eq!(database.one(status), "applied");
    assert_eq!(database.one("SELECT string_agg(note, ',') FROM orders"), "a");
    let history = run(folder.path(), &["history", "--database-url", &url]);
    assert!(history.out.contains("row 1 is there"), "{}", history.out);
}

#[test]
fn a_failure_in_the_middle_of_parts_is_gone_on_with() {
    let parts = |last: &str| {
        format!(
            "INSERT INTO orders VALUES (1, 'a');\nCREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);\n{last}\n"
        )
    };
    let folder = folder(&[
        ("db/migrations/V1__orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);"),
        ("db/migrations/V2__parts.sql", &parts("INSERT INTO orders VALUES (1, 'twice');")),
        ("db/migrations/V2__parts.sql.conf", "executeInTransaction=false\n"),
    ]);
    let mut database = server(NEWEST).database("parts");
    let failed = apply(folder.path(), &database, &["--fail-on", "never"]);
    assert_code(&failed, 3);
    assert!(failed.out.contains("V2__parts.sql:3: duplicate key"), "{}", failed.out);
    assert!(failed.out.contains("the next run goes on behind it"), "{}", failed.out);
    write(
        folder.path(),
        "db/migrations/V2__parts.sql",
        &parts("INSERT INTO orders VALUES (2, 'b');").replace("'a'", "'c'"),
    );
    let edited = apply(folder.path(), &database, &["--fail-on", "never"]);
    assert_code(&edited, 1);
    assert!(edited.out.contains("its part 1, which is done, was edited"), "{}", edited.out);
    write(
        folder.path(),
        "db/migrations/V2__parts.sql",
        &parts("INSERT INTO orders VALUES (2, 'b');"),
    );
    let done = apply(folder.path(), &database, &["--fail-on", "never"]);
    assert_code(&done, 0);
    assert!(done.out.contains("2 statements were done by an earlier run"), "{}", done.out);
    assert_eq!(database.one("SELECT string_agg(note, ',' ORDER BY id) FROM orders"), "a,b");
}

#[test]
fn a_failure_in_the_middle_leaves_what_its_transactions_let_stand() {
    let first = "INSERT INTO orders VALUES (1, 'a');";
    let mended = "INSERT INTO orders VALUES (2, 'b');";
    let broken = "INSERT INTO orders VALUES (1, 'twice');";
    for (name, text, stays) in [
        // One string: an implicit transaction.
        ("2_rows.up.sql", format!("{first}\n{broken}\n"), 0),
        // The file's own transactions, and what is between them.
        ("2_rows.up.sql", format!("BEGIN;\n{first}\nCOMMIT;\n{broken}\n"), 1),
        ("2_rows.up.sql", format!("BEGIN;\n{first}\n{broken}\nCOMMIT;\n"), 0),
    ] {
        let table = "CREATE TABLE orders (id bigint PRIMARY KEY, note text);";
        let folder = folder(&[("db/migrations/1_orders.up.sql", table)]);
        let mut database = server(NEWEST).database("modes");
        write(folder.path(), &format!("db/migrations/{name}"), &text);
        let failed = apply(folder.path(), &database, &["--fail-on", "never"]);
        assert_code(&failed, 3);
        assert!(failed.out.contains("duplicate key"), "{}", failed.out);
        let told = if stays == 0 { "nothing of it is applied" } else { "goes on behind it" };
        let alone = text.starts_with("BEGIN") && stays == 0;
        assert!(alone || failed.out.contains(told), "{text}: {}", failed.out);
        let rows = "SELECT count(*)::text FROM orders";
        assert_eq!(database.one(rows), stays.to_string(), "{text}");
        write(folder.path(), &format!("db/migrations/{name}"), &text.replace(broken, mended));
        assert_code(&apply(folder.path(), &database, &["--fail-on", "never"]), 0);
        assert_eq!(database.one(rows), "2", "{text}");
    }
}

#[test]
fn another_runner_is_waited_for_and_named() {
    let folder = shop();
    write(
        folder.path(),
        "db/migrations/20260102_slow.sql",
        "-- migrate:up\nSELECT pg_sleep(4);\n\n-- migrate:down\nSELECT 1;\n",
    );
    let database = server(NEWEST).database("turn");
    let url = database.url();
    let arguments = ["lint", "db/migrations", "--apply", "--database-url", &url];
    let mut first = crate::support::command::lockgate(folder.path());
    let mut first = first.args(arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut other = database.connect();
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(4)' AND state = 'active'";
    while other.query_one(sleeping, &[]).unwrap().get::<_, i64>(0) == 0 {
        assert!(Instant::now() < deadline, "the first run does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    let impatient = apply(folder.path(), &database, &["--wait-for-runner", "200ms"]);
    assert_code(&impatient, 3);
    assert!(impatient.err.contains("another run has the lock"), "{}", impatient.err);
    assert!(impatient.err.contains("lockgate on "), "{}", impatient.err);
    let patient = apply(folder.path(), &database, &[]);
    assert_code(&patient, 0);
    assert!(patient.out.contains("nothing is pending"), "{}", patient.out);
    assert!(first.wait().unwrap().success());
}

#[test]
fn a_database_that_only_reads_is_refused() {
    let folder = shop();
    let mut database = server(NEWEST).database("readonly");
    let sql = format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name);
    database.client.batch_execute(&sql).unwrap();
    let refused = apply(folder.path(), &database, &[]);
    assert_code(&refused, 3);
    assert!(refused.err.contains("transactions are read-only here"), "{}", refused.err);
    assert!(refused.err.contains("name the primary"), "{}", refused.err);
}

#[test]
fn servers_that_cannot_be_reached_are_named_and_passwords_are_not() {
    let folder = shop();
    let port = server(NEWEST).major;
    for (url, expected) in [
        (
            "postgres://anna:geheim@no-such-host.invalid/shop".to_owned(),
            "check the name of the host",
        ),
        (
            format!("postgres://postgres:geheim@127.0.0.1:54{port}/no_such_database"),
            "does not exist",
        ),
        (
            format!("postgres://postgres:geheim@127.0.0.1:54{port}/postgres?sslmode=require"),
            "does not speak TLS",
        ),
    ] {
        let refused =
            run(folder.path(), &["lint", "db/migrations", "--apply", "--database-url", &url]);
        assert_code(&refused, 3);
        assert!(refused.err.contains(expected), "{}", refused.err);
        assert!(!refused.err.contains("geheim") && !refused.out.contains("geheim"));
    }
}

#[test]
fn a_pooler_in_transaction_mode_is_refused_and_one_in_session_mode_is_not() {
    let folder = shop();
    let database = server(NEWEST).database("pooled");
    for (mode, code) in [("transaction", 3), ("session", 0)] {
        let pooler = pgbouncer(5400 + u16::from(NEWEST), mode);
        let url = format!("postgres://postgres@127.0.0.1:{}/{}", pooler.port, database.name);
        let done =
            run(folder.path(), &["lint", "db/migrations", "--apply", "--database-url", &url]);
        assert_code(&done, code);
        let told = done.err.contains("a pooler in transaction mode");
        assert_eq!(told, mode == "transaction", "{}", done.err);
    }
}

#[test]
fn passwords_and_certificates_are_checked() {
    let folder = shop();
    let (secured, authority) = secured(&binaries(NEWEST));
    let port = secured.port;
    let deploy = |login: &str, host: &str, parameters: &str| {
        let url = format!("postgres://{login}@{host}:{port}/postgres?{parameters}");
        run(folder.path(), &["lint", "db/migrations", "--apply", "--database-url", &url])
    };
    let wrong = deploy("postgres:guessed-word", "127.0.0.1", "sslmode=prefer");
    assert_code(&wrong, 3);
    assert!(wrong.err.contains("password authentication failed"), "{}", wrong.err);
    assert!(wrong.err.contains("check user and password"), "{}", wrong.err);
    assert!(!wrong.err.contains("guessed-word"), "{}", wrong.err);
    let none = deploy("postgres", "127.0.0.1", "sslmode=prefer");
    assert_code(&none, 3);
    assert!(none.err.contains("the server asks for a password"), "{}", none.err);
    let root = format!("sslmode=verify-full&sslrootcert={}", authority.display());
    let login = "postgres:s3cret-word";
    let other_name = deploy(login, "127.0.0.1", &root);
    assert_code(&other_name, 3);
    assert!(other_name.err.contains("ertificate"), "{}", other_name.err);
    let unknown = deploy(login, "localhost", "sslmode=verify-ca");
    assert_code(&unknown, 3);
    assert!(unknown.err.contains("no root certificate"), "{}", unknown.err);
    assert_code(&deploy(login, "127.0.0.1", &root.replace("verify-full", "verify-ca")), 0);
    assert_code(&deploy(login, "localhost", &root), 0);
    assert_code(&deploy(login, "localhost", "sslmode=require"), 0);
    let database = format!("postgres://{login}@localhost:{port}/postgres?{root}");
    let history = run(folder.path(), &["history", "--database-url", &database]);
    assert!(history.out.contains("20260101") && !history.out.contains("s3cret"), "{}", history.out);
}
