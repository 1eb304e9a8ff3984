//! A history of forty migrations of every kind, run by the real binary and killed on the way.

use super::command::lockgate;
use super::servers::{Database, Server};
use postgres::Client;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many migrations the history has.
pub const MIGRATIONS: usize = 40;

/// Random numbers that a seed gives again.
pub struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Writes the history: tables, columns, indexes built CONCURRENTLY, constraints NOT VALID and
/// validated, data changes that show when they happen twice, slices, and scripts that mix these.
pub fn write_history(folder: &Path) {
    let write = |name: String, text: &str| {
        let path = folder.join("db/migrations").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("V1__shop.sql".into(), "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, touched integer NOT NULL DEFAULT 0, note text);
INSERT INTO customers SELECT g, 'customer ' || g FROM generate_series(1, 100) g;
INSERT INTO orders SELECT g, 1 + g % 100, 0, NULL FROM generate_series(1, 1500) g;
");
    write("U1__shop.sql".into(), "DROP TABLE orders; DROP TABLE customers;");
    for k in 2..=MIGRATIONS {
        let (up, down, outside) = one(k);
        write(format!("V{k}__step_{k}.sql"), &up);
        write(format!("U{k}__step_{k}.sql"), &down);
        if outside {
            write(format!("V{k}__step_{k}.sql.conf"), "executeInTransaction=false\n");
        }
    }
}

fn one(k: usize) -> (String, String, bool) {
    let before = k - 1;
    match k % 8 {
        0 => (
            format!("CREATE TABLE log_{k} (id bigint PRIMARY KEY, body text);\nINSERT INTO log_{k} VALUES (1, 'made'), (2, 'made');"),
            format!("DROP TABLE log_{k};"),
            false,
        ),
        1 => (
            format!("CREATE INDEX CONCURRENTLY orders_{k}_idx ON orders (touched, id) WHERE note IS NULL;"),
            format!("DROP INDEX CONCURRENTLY orders_{k}_idx;"),
            false,
        ),
        2 => (
            format!("ALTER TABLE orders ADD COLUMN extra_{k} integer;\nUPDATE orders SET touched = touched + 1 WHERE id % 7 = 0;"),
            format!("UPDATE orders SET touched = touched - 1 WHERE id % 7 = 0;\nALTER TABLE orders DROP COLUMN extra_{k};"),
            false,
        ),
        3 => (
            format!("ALTER TABLE orders ADD CONSTRAINT orders_{k}_check CHECK (touched >= 0) NOT VALID;"),
            format!("ALTER TABLE orders DROP CONSTRAINT orders_{k}_check;"),
            false,
        ),
        4 => (
            format!("ALTER TABLE orders VALIDATE CONSTRAINT orders_{before}_check;"),
            format!("ALTER TABLE orders DROP CONSTRAINT orders_{before}_check;\nALTER TABLE orders ADD CONSTRAINT orders_{before}_check CHECK (touched >= 0) NOT VALID;"),
            false,
        ),
        5 => (
            "UPDATE orders SET touched = touched + 1 WHERE id % 3 = 0;".to_owned(),
            "UPDATE orders SET touched = touched - 1 WHERE id % 3 = 0;".to_owned(),
            false,
        ),
        6 => (
            "-- lockgate: batch(orders, id, 250)\nUPDATE orders SET touched = touched + 1 WHERE id > 5;".to_owned(),
            "UPDATE orders SET touched = touched - 1 WHERE id > 5;".to_owned(),
            true,
        ),
        _ => (
            format!("UPDATE orders SET touched = touched + 1 WHERE id % 2 = 0;\nCREATE UNIQUE INDEX CONCURRENTLY orders_{k}_key ON orders (id, (touched + {k}));\nREINDEX INDEX CONCURRENTLY orders_{k}_key;\nUPDATE customers SET name = name || '+';\nVACUUM customers;"),
            format!("DROP INDEX orders_{k}_key;\nUPDATE orders SET touched = touched - 1 WHERE id % 2 = 0;\nUPDATE customers SET name = left(name, -1);"),
            true,
        ),
    }
}

/// When a run is killed.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// When it tells this event, counted from 1: the boundary of a statement.
    Event(u64),
    /// After so long, wherever it is.
    After(Duration),
    /// Not at all.
    Never,
}

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// It was killed.
    Killed,
    /// By itself, with this code and what it said.
    Exited(i32, String),
}

/// Starts the binary.
pub fn start(folder: &Path, url: &str, arguments: &[&str]) -> Child {
    let mut command = lockgate(folder);
    command.args(arguments).args(["--database-url", url, "--log", "/dev/stderr"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs the binary until it ends or the moment comes; then it is killed without warning.
pub fn run_until(folder: &Path, url: &str, arguments: &[&str], moment: Moment) -> End {
    let mut child = start(folder, url, arguments);
    let errors = child.stderr.take().unwrap();
    let (sender, events) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut told = String::new();
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            if line.starts_with("{\"time_ms\"") {
                // Nobody listens any more when the moment has come.
                let _ = sender.send(());
            } else {
                told.push_str(&line);
                told.push('\n');
            }
        }
        told
    });
    let killed = match moment {
        Moment::Never => false,
        Moment::After(time) => {
            let deadline = Instant::now() + time;
            while Instant::now() < deadline && child.try_wait().unwrap().is_none() {
                sleep(Duration::from_millis(1));
            }
            child.try_wait().unwrap().is_none()
        }
        Moment::Event(number) => (0..number).all(|_| events.recv().is_ok()),
    };
    if killed {
        let _ = child.kill();
    }
    let output = child.wait_with_output().unwrap();
    let told = reader.join().unwrap();
    match output.status.code() {
        Some(code) => {
            End::Exited(code, String::from_utf8_lossy(&output.stdout).into_owned() + &told)
        }
        None => End::Killed,
    }
}

/// The arguments of a deploy.
pub const DEPLOY: &[&str] =
    &["lint", "db/migrations", "--apply", "--fail-on", "never", "--lock-timeout", "500ms"];

/// The arguments that take back the newest twelve.
pub const UNDO: &[&str] = &[
    "rollback",
    "28",
    "db/migrations",
    "--lock-timeout",
    "500ms",
    "--fail-on",
    "never",
    "--allow-data-loss",
    "log_32",
    "--allow-data-loss",
    "log_40",
    "--allow-data-loss",
    "orders.extra_34",
];

/// Everything that stands in the database, our own tables aside: definitions, validity, data.
pub fn picture(client: &mut Client) -> Vec<String> {
    let sql = "SELECT t FROM (
        SELECT 'index ' || i.indisvalid || ' ' || pg_get_indexdef(i.indexrelid) AS t FROM pg_index i
            JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'lockgate%'
        UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'lockgate%'
        UNION ALL SELECT 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND c.relname NOT LIKE 'lockgate%' AND attnum > 0 AND NOT attisdropped) AS all_of_it ORDER BY t";
    let mut picture: Vec<String> =
        client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    let tables = client
        .query("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'lockgate%' ORDER BY 1", &[])
        .unwrap();
    for row in tables {
        let table: String = row.get(0);
        let sql = format!(
            "SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY id), '')) FROM {table} t"
        );
        let sum: String = client.query_one(&sql, &[]).unwrap().get(0);
        picture.push(format!("data {table} {sum}"));
    }
    picture
}

/// What is wrong with history and journal when all is done.
pub fn disagreements(client: &mut Client) -> Vec<String> {
    let mut found = Vec::new();
    let mut ask = |what: &str, sql: &str| {
        for row in client.query(sql, &[]).unwrap() {
            found.push(format!("{what}: {}", row.get::<_, String>(0)));
        }
    };
    ask(
        "begun and not finished",
        "SELECT version || ' ' || status FROM lockgate_history WHERE status IN ('running', 'unknown')",
    );
    ask(
        "done twice",
        "SELECT version || ' ' || direction FROM lockgate_history WHERE status = 'applied' GROUP BY version, direction HAVING count(*) > 1",
    );
    ask(
        "intended without result",
        "SELECT h.version || ' unit ' || j.unit FROM lockgate_journal j JOIN lockgate_history h ON h.id = j.history_id WHERE j.state IN ('intent', 'failed')",
    );
    found
}

/// One history brought to its end through kills; gives how many there were.
pub fn through_kills(
    server: &'static Server,
    folder: &Path,
    arguments: &[&str],
    prepare: &dyn Fn(&Database),
    expected: &[String],
    dice: &mut Dice,
    moment: &mut dyn FnMut(&mut Dice) -> Moment,
) -> usize {
    let mut database = server.database("kill");
    prepare(&database);
    let mut kills = 0;
    loop {
        match run_until(folder, &database.url(), arguments, moment(dice)) {
            End::Killed => kills += 1,
            End::Exited(0, _) => break,
            End::Exited(code, told) => panic!("after {kills} kills exit code {code}:\n{told}"),
        }
        if kills > 400 {
            panic!("no run gets to its end");
        }
    }
    let found = picture(&mut database.client);
    let differing: Vec<_> = found
        .iter()
        .filter(|line| !expected.contains(line))
        .chain(expected.iter().filter(|line| !found.contains(line)))
        .collect();
    assert!(differing.is_empty(), "after {kills} kills these differ: {differing:#?}");
    assert_eq!(disagreements(&mut database.client), Vec::<String>::new(), "after {kills} kills");
    kills
}
