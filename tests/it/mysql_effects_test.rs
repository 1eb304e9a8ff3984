//! Effects against a real MariaDB: it takes the `ALGORITHM` and the `LOCK` that are predicted,
//! refuses the next cheaper ones, and makes the table anew where that is predicted.

use crate::support::mariadb::Database;
use crate::support::mysql_prediction::{Prediction, predict, target};
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
const LOCKS: [&str; 3] = ["NONE", "SHARED", "EXCLUSIVE"];

/// The one before, where there is a cheaper one.
fn cheaper(words: &[&'static str], word: Option<&str>) -> Option<&'static str> {
    let at = words.iter().position(|it| Some(*it) == word)?;
    at.checked_sub(1).map(|at| words[at])
}

/// Asks for a statement on tables made for it: what is cheaper than predicted is refused, what is
/// predicted is taken, and the table has a new number where it is made anew.
fn judge(
    database: &Database,
    setup: &[&str],
    statement: &str,
    predicted: &Prediction,
) -> Vec<String> {
    let run = |text: &str| database.script(text);
    let clean = "SET foreign_key_checks = 0; DROP TABLE IF EXISTS t, p;";
    run(&format!("{clean} {};", setup.join("; "))).expect("the setup runs");
    if predicted.refused.is_some() {
        return run(statement).is_ok().then(|| "is taken".to_owned()).into_iter().collect();
    }
    let mut wrong = Vec::new();
    let lock = predicted.lock.map(TableLock::as_sql);
    let asked =
        [("ALGORITHM", cheaper(&ALGORITHMS, predicted.algorithm)), ("LOCK", cheaper(&LOCKS, lock))];
    for (clause, word) in asked {
        let Some(word) = word else { continue };
        if run(&format!("{statement}, {clause}={word}")).is_ok() {
            wrong.push(format!("{clause}={word} is taken"));
            return wrong;
        }
    }
    let mut text = statement.to_owned();
    for (clause, word) in [("ALGORITHM", predicted.algorithm), ("LOCK", lock)] {
        if let Some(word) = word {
            write!(text, ", {clause}={word}").unwrap();
        }
    }
    // Each table and partition has a number, and a new one when it is made anew.
    let numbers = format!(
        "SELECT GROUP_CONCAT(TABLE_ID ORDER BY NAME) FROM information_schema.INNODB_SYS_TABLES \
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
fn judge_all(at: usize, target: &Target) -> (usize, String) {
    let (name, setup) = SETUPS[at];
    let database = Database::new(&format!("effects{at}"));
    let (mut judged, mut wrong) = (0, String::new());
    let step = if at == 0 { 1 } else { EVERY };
    for change in CHANGES.iter().skip(at % step).step_by(step) {
        let statement = format!("ALTER TABLE t {change}");
        let predicted = predict(setup.iter().copied(), &statement, target);
        judged += 1;
        for what in judge(&database, setup, &statement, &predicted) {
            writeln!(wrong, "{name}: {change}: {what}; predicted {predicted:?}").unwrap();
        }
    }
    (judged, wrong)
}

#[test]
fn mariadb_does_what_is_predicted() {
    let database = Database::new("effects");
    let version = database.rows("SELECT VERSION()").remove(0).remove(0);
    let number = version.split('-').next().expect("a number");
    let target = target(&format!("mariadb-{number}"));
    let results: Vec<(usize, String)> = std::thread::scope(|scope| {
        let target = &target;
        let threads: Vec<_> =
            (0..SETUPS.len()).map(|at| scope.spawn(move || judge_all(at, target))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).collect()
    });
    let judged: usize = results.iter().map(|(judged, _)| judged).sum();
    let wrong: String = results.into_iter().map(|(_, wrong)| wrong).collect();
    assert!(judged > 100, "{judged} statements");
    assert!(wrong.is_empty(), "{judged} statements on MariaDB {version}, wrong:\n{wrong}");
}

/// Definitions that are just within a limit, or just beyond it.
const LIMITS: &[(&str, &[&str])] = &[
    ("CREATE TABLE t (a VARCHAR(768) PRIMARY KEY)", &[]),
    ("CREATE TABLE t (a VARCHAR(769) PRIMARY KEY)", &[]),
    ("CREATE TABLE t (a VARCHAR(192) PRIMARY KEY) ROW_FORMAT=COMPACT", &[]),
    ("CREATE TABLE t (a VARCHAR(191) PRIMARY KEY) ROW_FORMAT=COMPACT", &[]),
    ("CREATE TABLE t (a VARCHAR(768) PRIMARY KEY) ROW_FORMAT=REDUNDANT", &[]),
    ("CREATE TABLE t (a VARCHAR(768) PRIMARY KEY) ROW_FORMAT=COMPRESSED", &[]),
    ("CREATE TABLE t (a VARCHAR(8191), b VARCHAR(8191))", &[]),
    ("CREATE TABLE t (a VARCHAR(8191), b VARCHAR(8192))", &[]),
    ("CREATE TABLE t (a VARCHAR(32700), b VARCHAR(32700)) DEFAULT CHARSET=latin1", &[]),
    ("CREATE TABLE t (a VARCHAR(32800), b VARCHAR(32800)) DEFAULT CHARSET=latin1", &[]),
    ("CREATE TABLE t (a VARCHAR(16000), b TEXT, c LONGBLOB, d JSON)", &[]),
    ("ALTER TABLE t ADD COLUMN b VARCHAR(9000)", &["CREATE TABLE t (a VARCHAR(9000))"]),
    ("ALTER TABLE t ADD COLUMN b VARCHAR(7000)", &["CREATE TABLE t (a VARCHAR(9000))"]),
    (
        "ALTER TABLE t MODIFY COLUMN a TEXT, ADD b VARCHAR(9000)",
        &["CREATE TABLE t (a VARCHAR(9000))"],
    ),
];

#[test]
fn mariadb_refuses_what_is_too_long() {
    let database = Database::new("limits");
    let version = database.rows("SELECT VERSION()").remove(0).remove(0);
    let target = target(&format!("mariadb-{}", version.split('-').next().expect("a number")));
    let mut wrong = String::new();
    let mut refused = 0;
    for (statement, setup) in LIMITS {
        let predicted = predict(setup.iter().copied(), statement, &target);
        let all = setup.iter().chain([statement]).copied();
        let clean = ["DROP TABLE IF EXISTS t"];
        let ran = database.execute(clean.into_iter().chain(all));
        refused += usize::from(ran.is_err());
        if ran.is_err() != predicted.refused.is_some() {
            writeln!(wrong, "{statement}: {ran:?}, predicted {predicted:?}").unwrap();
        }
    }
    assert!(refused > 4, "{refused} refused");
    assert!(wrong.is_empty(), "on MariaDB {version}:\n{wrong}");
}
