//! With a streaming replica: slices pause while it is behind, and it takes no migrations itself.

use crate::support::command::{apply_to, folder, lockgate, write};
use crate::support::pooler::replicated;
use crate::support::servers::{NEWEST, binaries};
use postgres::{Client, NoTls};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const ORDERS: &str = "-- migrate:up
CREATE TABLE orders (id bigint PRIMARY KEY, touched integer NOT NULL DEFAULT 0);
INSERT INTO orders SELECT g FROM generate_series(1, 200) g;

-- migrate:down
DROP TABLE orders;
";
const BATCHED: &str = "-- migrate:up transaction:false
-- lockgate: batch(orders, id, 20)
UPDATE orders SET touched = touched + 1 WHERE id > 0;

-- migrate:down
SELECT 1;
";

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn number(client: &mut Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn slices_pause_while_a_replica_is_behind() {
    let (primary, standby) = replicated(&binaries(NEWEST));
    let url = |port: u16| format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let folder = folder(&[("db/migrations/20260101_orders.sql", ORDERS)]);
    let on_standby = apply_to(folder.path(), &url(standby.port), &[]);
    assert_eq!(on_standby.code, 3, "{}\n{}", on_standby.out, on_standby.err);
    assert!(on_standby.err.contains("the server is a standby"), "{}", on_standby.err);
    assert!(on_standby.err.contains("name the primary"), "{}", on_standby.err);
    assert_eq!(apply_to(folder.path(), &url(primary.port), &[]).code, 0);

    let mut writer = Client::connect(&url(primary.port), NoTls).unwrap();
    let mut reader = Client::connect(&url(standby.port), NoTls).unwrap();
    until("the replica has the table", || {
        reader
            .query_one("SELECT count(*) FROM orders", &[])
            .is_ok_and(|row| row.get::<_, i64>(0) == 200)
    });
    reader.batch_execute("SELECT pg_wal_replay_pause()").unwrap();
    writer.batch_execute("CREATE TABLE noise AS SELECT 1 AS one").unwrap();
    let lag = "SELECT count(*) FROM pg_stat_replication WHERE replay_lag > interval '2 seconds'";
    until("the replica falls behind", || {
        writer.batch_execute("INSERT INTO noise VALUES (1)").unwrap();
        number(&mut writer, lag) == 1
    });

    write(folder.path(), "db/migrations/20260102_batched.sql", BATCHED);
    let mut command = lockgate(folder.path());
    command.args(["lint", "db/migrations", "--apply", "--database-url", &url(primary.port)]);
    let mut child = command.args(["--replica-lag", "1s"]).stdout(Stdio::piped()).spawn().unwrap();
    let (sender, lines) = channel();
    let output = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).for_each(|line| {
            // The test may have ended.
            let _ = sender.send(line);
        });
    });
    let told = std::iter::from_fn(|| lines.recv_timeout(Duration::from_secs(60)).ok())
        .find(|line| line.contains("a replica is "));
    assert!(told.is_some(), "the run does not say that it waits");
    std::thread::sleep(Duration::from_millis(1500));
    assert!(child.try_wait().unwrap().is_none(), "it does not wait");
    assert_eq!(number(&mut writer, "SELECT count(*) FROM orders WHERE touched > 0"), 0);
    reader.batch_execute("SELECT pg_wal_replay_resume()").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(number(&mut writer, "SELECT count(*) FROM orders WHERE touched = 1"), 200);
}
