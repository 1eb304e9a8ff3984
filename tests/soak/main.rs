//! Long runs, outside of the ordinary tests:
//!
//! ```text
//! cargo test --test soak -- --nocapture            all of it, on the oldest and the newest major
//! SOAK_KILLS=50 SOAK_SEED=7 cargo test --test soak -- --nocapture kills
//! ```
//!
//! `mysql` among them holds the effects of MySQL against a server that `tests/servers.sh start mysql`
//! fetches from Debian unstable.
//!
//! They print figures; what they assert is correctness, never speed.
#![cfg(unix)]
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "../it/support/command.rs"]
mod command;
#[path = "../it/support/histories.rs"]
mod histories;
#[path = "../it/support/killing.rs"]
mod killing;
#[path = "../it/support/mariadb.rs"]
mod mariadb;
#[path = "../it/support/mysql_judging.rs"]
mod mysql_judging;
#[path = "../it/support/mysql_prediction.rs"]
mod mysql_prediction;
#[path = "../it/support/servers.rs"]
mod servers;

use command::{folder, lockgate, write};
use histories::{differences, histories};
use killing::{
    DEPLOY, Dice, End, Moment, UNDO, disagreements, picture, run_until, through_kills,
    write_history,
};
use servers::{Database, NEWEST, OLDEST, server};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn deployed(folder: &Path, database: &Database) {
    let end = run_until(folder, &database.url(), DEPLOY, Moment::Never);
    assert!(matches!(end, End::Exited(0, _)), "{end:?}");
}

#[test]
fn kills_on_the_oldest_and_newest_major() {
    let wanted = number("SOAK_KILLS", 500) as usize;
    let seed = number("SOAK_SEED", 1);
    for major in [OLDEST, NEWEST] {
        let folder = folder(&[]);
        write_history(folder.path());
        let mut quiet = server(major).database("quiet");
        deployed(folder.path(), &quiet);
        let up = picture(&mut quiet.client);
        let undone = run_until(folder.path(), &quiet.url(), UNDO, Moment::Never);
        assert!(matches!(undone, End::Exited(0, _)), "{undone:?}");
        let down = picture(&mut quiet.client);
        let mut dice = Dice::new(seed);
        let (mut kills, mut histories) = (0, 0);
        while kills < wanted {
            let mut moment = |dice: &mut Dice| match dice.below(2) {
                0 => Moment::Event(1 + dice.below(40)),
                _ => Moment::After(Duration::from_millis(50 + dice.below(1500))),
            };
            let on = server(major);
            let path = folder.path();
            kills += match histories % 4 {
                3 => through_kills(
                    on,
                    path,
                    UNDO,
                    &|base| deployed(path, base),
                    &down,
                    &mut dice,
                    &mut moment,
                ),
                _ => through_kills(on, path, DEPLOY, &|_| {}, &up, &mut dice, &mut moment),
            };
            histories += 1;
        }
        println!(
            "PostgreSQL {major}: {kills} kills in {histories} histories, seed {seed}: all as undisturbed"
        );
    }
}

#[test]
fn races_of_ten_processes() {
    let rounds = number("SOAK_RACES", 50);
    let folder = folder(&[]);
    write_history(folder.path());
    let mut quiet = server(NEWEST).database("quiet");
    deployed(folder.path(), &quiet);
    let expected = picture(&mut quiet.client);
    for _ in 0..rounds {
        let mut database = server(NEWEST).database("race");
        let url = database.url();
        std::thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| {
                    let end = run_until(folder.path(), &url, DEPLOY, Moment::Never);
                    assert!(matches!(end, End::Exited(0, _)), "{end:?}");
                });
            }
        });
        assert_eq!(picture(&mut database.client), expected);
        assert_eq!(disagreements(&mut database.client), Vec::<String>::new());
    }
    println!("{rounds} times ten processes at once: each migration once, all exit 0");
}

/// The longest time in which none of twenty clients got an answer, while `change` runs beside a
/// transaction that stays open.
fn longest_silence(
    major: u8,
    open_for: Duration,
    change: impl FnOnce(&str) + Send,
) -> (Duration, u64) {
    let mut database = server(major).database("throughput");
    database.client.batch_execute("CREATE TABLE orders (id bigint PRIMARY KEY, note text); INSERT INTO orders SELECT g, 'n' FROM generate_series(1, 10000) g").unwrap();
    let url = database.url();
    let (stop, answers) = (AtomicBool::new(false), AtomicU64::new(0));
    let changed = AtomicBool::new(false);
    let mut silence = Duration::ZERO;
    std::thread::scope(|scope| {
        for number in 0..20_i64 {
            let mut client = database.connect();
            let (stop, answers) = (&stop, &answers);
            scope.spawn(move || {
                let mut at = number;
                while !stop.load(Ordering::Relaxed) {
                    at = (at * 7919 + 13) % 10_000 + 1;
                    let done = match at % 2 {
                        0 => client.execute("UPDATE orders SET note = 'm' WHERE id = $1", &[&at]),
                        _ => client.execute("SELECT note FROM orders WHERE id = $1", &[&at]),
                    };
                    done.unwrap();
                    answers.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
        }
        let mut holder = database.connect();
        holder.batch_execute("BEGIN; SELECT count(*) FROM orders").unwrap();
        let begun = Instant::now();
        let (changed, url) = (&changed, &url);
        scope.spawn(move || {
            change(url);
            changed.store(true, Ordering::Relaxed);
        });
        let (mut last, mut since) = (0, Instant::now());
        let mut released = false;
        while !changed.load(Ordering::Relaxed) || begun.elapsed() < open_for {
            std::thread::sleep(Duration::from_millis(5));
            let now = answers.load(Ordering::Relaxed);
            if now != last {
                (last, since) = (now, Instant::now());
            }
            silence = silence.max(since.elapsed());
            if !released && begun.elapsed() >= open_for {
                holder.batch_execute("COMMIT").unwrap();
                released = true;
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    (silence, answers.load(Ordering::Relaxed))
}

#[test]
fn throughput_beside_a_long_transaction() {
    let open_for = Duration::from_secs(number("SOAK_OPEN_SECONDS", 30));
    let sql = "ALTER TABLE orders ADD COLUMN tier text";
    let folder = folder(&[]);
    write(folder.path(), "db/migrations/1_tier.up.sql", sql);
    write(folder.path(), "lockgate.toml", "[apply]\ndrift-ignore = [\"orders\"]\n");
    let (ours, answers) = longest_silence(NEWEST, open_for, |url| {
        let mut command = lockgate(folder.path());
        command.args([
            "lint",
            "db/migrations",
            "--apply",
            "--fail-on",
            "never",
            "--database-url",
            url,
        ]);
        let output = command.args(["--lock-timeout", "2s"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    });
    let (psql, psql_answers) = longest_silence(NEWEST, open_for, |url| {
        let status = std::process::Command::new("psql").args([url, "-qc", sql]).status().unwrap();
        assert!(status.success());
    });
    println!(
        "a transaction open for {open_for:?}, 20 clients; longest silence: lockgate {ours:?} ({answers} answers), psql {psql:?} ({psql_answers} answers)"
    );
}

#[test]
fn a_hundred_small_migrations_beside_psql() {
    let folder = folder(&[]);
    let mut files = Vec::new();
    for k in 1..=100 {
        let name = format!("db/migrations/{k:04}_step.up.sql");
        write(
            folder.path(),
            &name,
            &format!(
                "CREATE TABLE step_{k} (id bigint PRIMARY KEY, note text);\nCREATE INDEX step_{k}_idx ON step_{k} (note);\nINSERT INTO step_{k} VALUES (1, 'a');\n"
            ),
        );
        files.push(name);
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let database = server(NEWEST).database("psql");
        let mut psql = std::process::Command::new("psql");
        psql.current_dir(folder.path()).args([&database.url(), "-q"]);
        for file in &files {
            psql.args(["-f", file]);
        }
        let begun = Instant::now();
        assert!(psql.status().unwrap().success());
        theirs.push(begun.elapsed());
        let database = server(NEWEST).database("lockgate");
        let mut command = lockgate(folder.path());
        command.args([
            "lint",
            "db/migrations",
            "--apply",
            "--fail-on",
            "never",
            "--database-url",
            &database.url(),
        ]);
        let begun = Instant::now();
        assert!(command.output().unwrap().status.success());
        ours.push(begun.elapsed());
    }
    ours.sort();
    theirs.sort();
    let ratio = ours[2].as_secs_f64() / theirs[2].as_secs_f64();
    println!(
        "100 small migrations: lockgate {:?}, psql -f {:?}, ratio {ratio:.2} (median of 5)",
        ours[2], theirs[2]
    );
}

#[test]
fn predictions_on_every_major() {
    let (mut wrong, mut statements) = (Vec::new(), 0);
    for major in 12..=18 {
        for history in histories() {
            let found = differences(&history, major);
            statements += found.statements;
            wrong.extend(found.lines.into_iter().map(|line| format!("{major}: {line}")));
        }
    }
    println!("{statements} statements compared on seven majors");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(statements > 1_400, "{statements} statements compared");
}

/// MySQL is no package of stable distributions, and fetching it depends on an archive that changes
/// from day to day: so here, and not in the ordinary tests, which have what it did as data.
#[test]
fn mysql_does_what_is_predicted() {
    let (judged, version, wrong) = mysql_judging::all(mariadb::Server::Mysql);
    println!("{judged} changes of tables on MySQL {version}");
    assert!(judged > 100, "{judged} statements");
    assert!(wrong.is_empty(), "{judged} statements on MySQL {version}, wrong:\n{wrong}");
}
