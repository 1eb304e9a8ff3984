//! Effects against a real MariaDB; the soak tests hold them against a MySQL, too.

use crate::support::mariadb::{Database, Server};
use crate::support::mysql_judging::{all, target_of};
use crate::support::mysql_prediction::predict;
use std::fmt::Write;

#[test]
fn mariadb_does_what_is_predicted() {
    let (judged, version, wrong) = all(Server::Mariadb);
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
    let target = target_of(Server::Mariadb, &version);
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
