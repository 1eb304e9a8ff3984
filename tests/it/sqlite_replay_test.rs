//! The replay against SQLite itself: after every script of our history the replayed schema is what
//! the database's pragmas say.

use crate::support::command::root;
use crate::support::sqlite_replay::run;

#[test]
fn sqlite_agrees_after_every_script() {
    let report = run(&root().join("fixtures/sqlite/numbered"), None);
    assert_eq!(report.ran, 4, "{:?}", report.wrong);
    assert!(report.facts > 20, "{} facts", report.facts);
    assert!(report.wrong.is_empty(), "{}", report.wrong.join("\n"));
}
