//! A killed run is gone on with: the same schema and data as an undisturbed one, nothing twice.
//! A seeded sample; `tests/soak` runs many more.

use crate::support::command::{folder, write};
use crate::support::killing::{
    DEPLOY, Dice, End, Moment, UNDO, disagreements, picture, run_until, start, through_kills,
    write_history,
};
use crate::support::servers::{Database, NEWEST, server};
use std::path::Path;
use std::time::Duration;

const SEED: u64 = 20_260_301;

/// The kills of one sample.
const KILLS: usize = 20;

fn deployed(folder: &Path, database: &Database) {
    let end = run_until(folder, &database.url(), DEPLOY, Moment::Never);
    assert!(matches!(end, End::Exited(0, _)), "{end:?}");
}

#[test]
fn killed_runs_end_where_an_undisturbed_one_does() {
    let folder = folder(&[]);
    write_history(folder.path());
    let mut quiet = server(NEWEST).database("quiet");
    deployed(folder.path(), &quiet);
    let expected = picture(&mut quiet.client);
    assert_eq!(disagreements(&mut quiet.client), Vec::<String>::new());
    let mut dice = Dice::new(SEED);
    let mut kills = 0;
    while kills < KILLS {
        let mut moment = |dice: &mut Dice| match dice.below(2) {
            0 => Moment::Event(2 + dice.below(25)),
            _ => Moment::After(Duration::from_millis(150 + dice.below(900))),
        };
        let nothing = |_: &Database| {};
        kills += through_kills(
            server(NEWEST),
            folder.path(),
            DEPLOY,
            &nothing,
            &expected,
            &mut dice,
            &mut moment,
        );
    }
    let undone = run_until(folder.path(), &quiet.url(), UNDO, Moment::Never);
    assert!(matches!(undone, End::Exited(0, _)), "{undone:?}");
    let expected = picture(&mut quiet.client);
    // What is undone in one transaction tells of thirteen events before it is kept.
    let mut moment = |dice: &mut Dice| Moment::Event(1 + dice.below(24));
    let prepare = |database: &Database| deployed(folder.path(), database);
    through_kills(server(NEWEST), folder.path(), UNDO, &prepare, &expected, &mut dice, &mut moment);
}

#[test]
fn a_connection_cut_by_the_server_is_gone_on_with() {
    let folder = folder(&[]);
    write_history(folder.path());
    let mut quiet = server(NEWEST).database("quiet");
    deployed(folder.path(), &quiet);
    let expected = picture(&mut quiet.client);
    let mut database = server(NEWEST).database("cut");
    let mut dice = Dice::new(SEED);
    let mut cuts = 0;
    loop {
        let mut child = start(folder.path(), &database.url(), DEPLOY);
        std::thread::sleep(Duration::from_millis(200 + dice.below(800)));
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
            WHERE datname = current_database() AND application_name LIKE 'lockgate on %'";
        let cut: i64 = database.client.query_one(sql, &[]).unwrap().get(0);
        drop(child.stderr.take());
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            Some(0) => break,
            Some(3) if cut > 0 => cuts += 1,
            code => panic!("{code:?}: {}", String::from_utf8_lossy(&output.stdout)),
        }
        assert!(cuts < 100, "no run gets to its end");
    }
    assert_eq!(picture(&mut database.client), expected, "after {cuts} cuts");
    assert_eq!(disagreements(&mut database.client), Vec::<String>::new());
}

/// Killed between the intent and the result of a DETACH that had begun to be visible: the partition
/// is half detached, and the next run finishes that.
#[test]
fn a_partition_that_is_half_detached_is_finalised() {
    let folder = folder(&[(
        "db/migrations/V1__events.sql",
        "CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO events VALUES (1, '2025-05-05');",
    )]);
    for major in [14, NEWEST] {
        let mut database = server(major).database("detach");
        deployed(folder.path(), &database);
        let detach = "ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY;\nINSERT INTO events_2025 VALUES (2, '2025-06-06');";
        write(folder.path(), "db/migrations/V2__detach.sql", detach);
        write(folder.path(), "db/migrations/V2__detach.sql.conf", "executeInTransaction=false\n");
        let mut holder = database.connect();
        holder.batch_execute("BEGIN; SELECT count(*) FROM events").unwrap();
        let mut child = start(folder.path(), &database.url(), DEPLOY);
        let pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending";
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while database.client.query_one(pending, &[]).unwrap().get::<_, i64>(0) == 0 {
            assert!(std::time::Instant::now() < deadline, "nothing is being detached");
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // The server's process waits on without its client.
        let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
            WHERE datname = current_database() AND application_name LIKE 'lockgate on %'";
        database.client.query_one(ended, &[]).unwrap();
        holder.batch_execute("COMMIT").unwrap();
        assert_eq!(database.client.query_one(pending, &[]).unwrap().get::<_, i64>(0), 1);
        let End::Exited(0, told) = run_until(folder.path(), &database.url(), DEPLOY, Moment::Never)
        else {
            panic!("the next run does not go on");
        };
        assert!(told.contains("statement 1 of an earlier run: it is done"), "{told}");
        let left = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass";
        assert_eq!(database.client.query_one(left, &[]).unwrap().get::<_, i64>(0), 0);
        let rows = "SELECT count(*) FROM events_2025";
        assert_eq!(database.client.query_one(rows, &[]).unwrap().get::<_, i64>(0), 2);
        assert_eq!(disagreements(&mut database.client), Vec::<String>::new());
        std::fs::remove_file(folder.path().join("db/migrations/V2__detach.sql")).unwrap();
    }
}

#[test]
fn ten_processes_at_once_apply_everything_once() {
    let folder = folder(&[]);
    write_history(folder.path());
    let mut quiet = server(NEWEST).database("quiet");
    deployed(folder.path(), &quiet);
    let expected = picture(&mut quiet.client);
    for _ in 0..5 {
        let mut database = server(NEWEST).database("race");
        let url = database.url();
        let runs: Vec<End> = std::thread::scope(|scope| {
            let one = || run_until(folder.path(), &url, DEPLOY, Moment::Never);
            let threads: Vec<_> = (0..10).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for run in &runs {
            assert!(matches!(run, End::Exited(0, _)), "{run:?}");
        }
        assert_eq!(picture(&mut database.client), expected);
        assert_eq!(disagreements(&mut database.client), Vec::<String>::new());
    }
}

/// A history for SQLite: tables, columns, indexes, changes that show when they happen twice,
/// slices.
fn write_sqlite_history(folder: &Path) {
    let file = |name: String, text: String| write(folder, &format!("db/migrations/{name}"), &text);
    file(
        "V1__shop.sql".into(),
        "CREATE TABLE orders (id integer PRIMARY KEY, touched integer NOT NULL DEFAULT 0);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO orders (id) SELECT i FROM n;
"
        .into(),
    );
    for k in 2..=40 {
        let (text, outside) = match k % 4 {
            0 => (format!("CREATE TABLE log_{k} (id integer PRIMARY KEY, body text);\nINSERT INTO log_{k} VALUES (1, 'made');"), false),
            1 => (format!("CREATE INDEX orders_{k}_idx ON orders (touched, id);\nUPDATE orders SET touched = touched + 1 WHERE id % 3 = 0;"), false),
            2 => ("-- lockgate: batch(orders, id, 300)\nUPDATE orders SET touched = touched + 1 WHERE id > 5;".to_owned(), true),
            _ => (format!("UPDATE orders SET touched = touched + 1 WHERE id % 2 = 0;\nALTER TABLE orders ADD COLUMN extra_{k} integer;\nUPDATE orders SET touched = touched + 1;"), true),
        };
        file(format!("V{k}__step_{k}.sql"), text);
        if outside {
            file(format!("V{k}__step_{k}.sql.conf"), "executeInTransaction=false\n".into());
        }
    }
}

fn sqlite_picture(path: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let ask = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let mut picture = ask(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'lockgate%' ORDER BY name",
    );
    picture
        .extend(ask("SELECT group_concat(touched) FROM (SELECT touched FROM orders ORDER BY id)"));
    picture.extend(ask(
        "SELECT version || ' ' || status FROM lockgate_history ORDER BY version, status",
    ));
    picture.extend(ask(
        "SELECT CAST(count(*) AS text) FROM lockgate_journal WHERE state IN ('intent', 'failed')",
    ));
    picture
}

#[test]
fn killed_runs_on_sqlite_end_where_an_undisturbed_one_does() {
    let folder = folder(&[]);
    write_sqlite_history(folder.path());
    let end = run_until(folder.path(), "sqlite:quiet.db", DEPLOY, Moment::Never);
    assert!(matches!(end, End::Exited(0, _)), "{end:?}");
    let expected = sqlite_picture(&folder.path().join("quiet.db"));
    assert!(expected.iter().any(|line| line == "40 applied"), "{expected:?}");
    let mut dice = Dice::new(SEED);
    let (mut kills, mut histories) = (0, 0);
    let backed_up = [DEPLOY, &["--backup", "always"]].concat();
    while kills < KILLS {
        histories += 1;
        let url = format!("sqlite:killed_{histories}.db");
        let deploy = if histories % 2 == 0 { &backed_up } else { DEPLOY };
        loop {
            let moment = match dice.below(2) {
                0 => Moment::Event(1 + dice.below(30)),
                _ => Moment::After(Duration::from_millis(30 + dice.below(300))),
            };
            match run_until(folder.path(), &url, deploy, moment) {
                End::Killed => kills += 1,
                End::Exited(0, _) => break,
                End::Exited(code, told) => panic!("after {kills} kills exit code {code}:\n{told}"),
            }
            assert!(kills < 400, "no run gets to its end");
        }
        let found = sqlite_picture(&folder.path().join(url.trim_start_matches("sqlite:")));
        assert_eq!(found, expected, "after {kills} kills");
    }
}
