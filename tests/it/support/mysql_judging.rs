//! Holds what is predicted for changes of a table against a real server: it takes the `ALGORITHM`
//! and the `LOCK` that are predicted, refuses the next cheaper ones, and makes the table anew where
//! that is predicted.

use super::mariadb::{Database, Server};
use super::mysql_prediction::{Prediction, predict, target};
use lockgate::effects::{Rebuilt, TableLock};
use lockgate::migration::Target;
use std::fmt::Write;

const TABLE: &str = "CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT, a INT NOT NULL DEFAULT 0, \
     b INT NULL, c VARCHAR(50) NOT NULL DEFAULT 'x', v VARCHAR(20) NULL, g INT AS (a + 1) VIRTUAL, \
     state ENUM('new','paid') NOT NULL DEFAULT 'new', PRIMARY KEY (id), KEY kb (b)) \
     ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";

/// Tables that the statements run on, each with what is made before it.
const SETUPS: &[(&str, &[&str])] = &[
    ("plain", &[TABLE]),
    ("with a fulltext index", &[TABLE, "ALTER TABLE t ADD FULLTEXT INDEX words (c)"]),
    (
        "with a foreign key",
        &[
            "CREATE TABLE p (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB",
            TABLE,
            "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES p (id) ON DELETE CASCADE",
        ],
    ),
    ("redundant", &[TABLE, "ALTER TABLE t ROW_FORMAT=REDUNDANT"]),
    ("partitioned", &[TABLE, "ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 3"]),
];

/// What is done to the plain one, and in part to the others.
const CHANGES: &[&str] = &[
    "ADD COLUMN n INT",
    "ADD COLUMN n INT FIRST",
    "ADD COLUMN n VARCHAR(30) NOT NULL DEFAULT 'q' AFTER a",
    "ADD COLUMN n INT DEFAULT (a + 1)",
    "ADD COLUMN n INT AS (a + 2) VIRTUAL",
    "ADD COLUMN n INT AS (a + 2) PERSISTENT",
    "ADD COLUMN n INT UNIQUE",
    "ADD COLUMN n INT CHECK (n > 0)",
    "DROP COLUMN v",
    "DROP COLUMN b",
    "DROP COLUMN g",
    "DROP COLUMN v, ADD INDEX i (a)",
    "RENAME COLUMN v TO w",
    "CHANGE v w VARCHAR(20)",
    "CHANGE v w VARCHAR(30) AFTER id",
    "MODIFY v VARCHAR(100)",
    "MODIFY v VARCHAR(10)",
    "MODIFY v TEXT",
    "MODIFY v VARCHAR(20) NOT NULL",
    "MODIFY v VARCHAR(20) CHARACTER SET latin1",
    "MODIFY v VARCHAR(20) COLLATE utf8mb4_bin",
    "MODIFY v VARCHAR(20) BINARY",
    "MODIFY a BIGINT NOT NULL DEFAULT 0",
    "MODIFY a INT UNSIGNED NOT NULL",
    "MODIFY a INT NULL",
    "MODIFY b INT NOT NULL",
    "MODIFY b INT COMMENT 'counted'",
    "MODIFY b INT FIRST",
    "MODIFY id BIGINT NOT NULL AUTO_INCREMENT",
    "MODIFY state ENUM('new','paid','sent') NOT NULL DEFAULT 'new'",
    "MODIFY state ENUM('paid','new') NOT NULL DEFAULT 'new'",
    "MODIFY g INT AS (a + 2) VIRTUAL",
    "ALTER COLUMN b SET DEFAULT 3",
    "ALTER COLUMN a DROP DEFAULT",
    "ADD INDEX i (a, v)",
    "ADD UNIQUE INDEX u (id, v)",
    "ADD FULLTEXT INDEX f (v)",
    "ADD INDEX i (g)",
    "DROP INDEX kb",
    "RENAME INDEX kb TO kc",
    "DROP INDEX kb, ADD INDEX kb (b, a)",
    "ALTER INDEX kb IGNORED",
    "DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)",
    "DROP PRIMARY KEY",
    "ADD CONSTRAINT positive CHECK (a >= 0)",
    "ADD CONSTRAINT self FOREIGN KEY (a) REFERENCES t (id)",
    "DROP FOREIGN KEY f",
    "COMMENT='orders'",
    "AUTO_INCREMENT=100",
    "ROW_FORMAT=COMPACT",
    "ENGINE=InnoDB",
    "FORCE",
    "DEFAULT CHARACTER SET latin1",
    "CONVERT TO CHARACTER SET latin1",
    "CONVERT TO CHARACTER SET utf8mb4",
];

/// Each of the others gets one in so many changes.
const EVERY: usize = 4;

/// Algorithms and locks from the cheapest on.
const ALGORITHMS: [&str; 4] = ["INSTANT", "NOCOPY", "INPLACE", "COPY"];
const MYSQL_ALGORITHMS: [&str; 3] = ["INSTANT", "INPLACE", "COPY"];
const LOCKS: [&str; 3] = ["NONE", "SHARED", "EXCLUSIVE"];

/// The one before, where there is a cheaper one.
fn cheaper(words: &[&'static str], word: Option<&str>) -> Option<&'static str> {
    let at = words.iter().position(|it| Some(*it) == word)?;
    at.checked_sub(1).map(|at| words[at])
}

/// Asks for a statement on tables made for it: what is cheaper than predicted is refused, what is
/// predicted is taken, and the table has a new number where it is made anew.
fn judge(
    (server, database): (Server, &Database),
    setup: &[&str],
    statement: &str,
    predicted: &Prediction,
) -> Vec<String> {
    let is_mysql = server == Server::Mysql;
    let algorithms: &[&str] = if is_mysql { &MYSQL_ALGORITHMS } else { &ALGORITHMS };
    let run = |text: &str| database.script(text);
    let clean = "SET foreign_key_checks = 0; DROP TABLE IF EXISTS t, p;";
    run(&format!("{clean} {};", setup.join("; "))).expect("the setup runs");
    if predicted.refused.is_some() {
        return run(statement).is_ok().then(|| "is taken".to_owned()).into_iter().collect();
    }
    let mut wrong = Vec::new();
    let lock = predicted.lock.map(TableLock::as_sql);
    let asked =
        [("ALGORITHM", cheaper(algorithms, predicted.algorithm)), ("LOCK", cheaper(&LOCKS, lock))];
    for (clause, word) in asked {
        let Some(word) = word else { continue };
        if run(&format!("{statement}, {clause}={word}")).is_ok() {
            wrong.push(format!("{clause}={word} is taken"));
            return wrong;
        }
    }
    let mut text = statement.to_owned();
    // MySQL takes no LOCK beside INSTANT.
    let lock = lock.filter(|_| !is_mysql || predicted.algorithm != Some("INSTANT"));
    for (clause, word) in [("ALGORITHM", predicted.algorithm), ("LOCK", lock)] {
        if let Some(word) = word {
            write!(text, ", {clause}={word}").unwrap();
        }
    }
    // Each table and partition has a number, and a new one when it is made anew.
    let tables = if is_mysql { "INNODB_TABLES" } else { "INNODB_SYS_TABLES" };
    let numbers = format!(
        "SELECT GROUP_CONCAT(TABLE_ID ORDER BY NAME) FROM information_schema.{tables} \
         WHERE NAME = '{0}/t' OR NAME LIKE '{0}/t#%'",
        database.name
    );
    match run(&format!("{numbers}; {text}; {numbers};")) {
        Err(error) => wrong.push(error),
        Ok(printed) => {
            let (before, after) = printed.trim().split_once('\n').expect("two lines");
            let is_known = before != "NULL" && after != "NULL";
            let is_predicted = predicted.rebuilt.is_some_and(|rebuilt| rebuilt != Rebuilt::No);
            if is_known && (before != after) != is_predicted {
                wrong.push(format!("table numbers {before}, then {after}"));
            }
        }
    }
    wrong
}

/// The changes of one setup, on a database of its own.
fn judge_all(server: Server, at: usize, target: &Target) -> (usize, String) {
    let (name, setup) = SETUPS[at];
    let database = Database::on(server, &format!("effects{at}"));
    let (mut judged, mut wrong) = (0, String::new());
    let step = if at == 0 { 1 } else { EVERY };
    for change in CHANGES.iter().skip(at % step).step_by(step) {
        // MySQL has another word for it.
        let change = match server {
            Server::Mysql => change.replace("PERSISTENT", "STORED"),
            Server::Mariadb => (*change).to_owned(),
        };
        let statement = format!("ALTER TABLE t {change}");
        let predicted = predict(setup.iter().copied(), &statement, target);
        judged += 1;
        for what in judge((server, &database), setup, &statement, &predicted) {
            writeln!(wrong, "{name}: {change}: {what}; predicted {predicted:?}").unwrap();
        }
    }
    (judged, wrong)
}

/// Judges every change on a server: how many there were, the server's version, and what was wrong.
pub fn all(server: Server) -> (usize, String, String) {
    let database = Database::on(server, "effects");
    let version = database.rows("SELECT VERSION()").remove(0).remove(0);
    let target = target_of(server, &version);
    let results: Vec<(usize, String)> = std::thread::scope(|scope| {
        let target = &target;
        let threads: Vec<_> = (0..SETUPS.len())
            .map(|at| scope.spawn(move || judge_all(server, at, target)))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).collect()
    });
    let judged = results.iter().map(|(judged, _)| judged).sum();
    (judged, version, results.into_iter().map(|(_, wrong)| wrong).collect())
}

/// The target of a server that tells its version so.
pub fn target_of(server: Server, version: &str) -> Target {
    let number = version.split('-').next().expect("a number");
    target(&format!("{}-{number}", server.name()))
}
