//! Suppression: what a comment and an entry of the configuration reach, and what is said of those
//! that reach nothing.

use crate::support::command::{folder, run};
use serde_json::Value;
use std::path::Path;

const SHOP: &str = "-- migrate:up\nCREATE TABLE carts (id bigint PRIMARY KEY);\nCREATE TABLE orders (id bigint PRIMARY KEY);\nCREATE TABLE sessions (id bigint PRIMARY KEY);\n-- migrate:down\n";
const QUIET: &str = "[categories]\navailability = \"off\"\nreversibility = \"off\"\n";

/// Findings as `rule line`, and the number of suppressed ones, for a migration on the shop.
fn found(script: &str, config: &str) -> (Vec<String>, u64) {
    let folder = folder(&[
        ("db/migrations/20260101_shop.sql", SHOP),
        ("db/migrations/20260102_drops.sql", script),
        ("lockgate.toml", &format!("{config}\n{QUIET}")),
    ]);
    report(folder.path(), &["lint", "--format", "json"])
}

fn report(folder: &Path, arguments: &[&str]) -> (Vec<String>, u64) {
    let run = run(folder, arguments);
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let findings = report["findings"].as_array().unwrap().iter();
    let shown = findings.map(|finding| {
        format!("{} {}", finding["rule"].as_str().unwrap(), finding["start"]["line"])
    });
    (shown.collect(), report["summary"]["suppressed"].as_u64().unwrap())
}

fn up(body: &str) -> String {
    format!("-- migrate:up\n{body}-- migrate:down\n")
}

#[test]
fn a_comment_reaches_the_next_statement_and_no_other() {
    let script =
        up("-- lockgate: allow(drop-table) moved\nDROP TABLE carts;\nDROP TABLE orders;\n");
    assert_eq!(found(&script, ""), (vec!["drop-table 4".to_owned()], 1));
}

#[test]
fn a_comment_on_a_line_reaches_the_statement_on_it() {
    let script = up("DROP TABLE carts; -- lockgate: allow(drop-table) moved\nDROP TABLE orders;\n");
    assert_eq!(found(&script, ""), (vec!["drop-table 3".to_owned()], 1));
}

#[test]
fn a_comment_inside_a_statement_reaches_it() {
    let script =
        up("DROP TABLE -- lockgate: allow(drop-table) moved\n  carts;\nDROP TABLE orders;\n");
    assert_eq!(found(&script, ""), (vec!["drop-table 4".to_owned()], 1));
}

#[test]
fn a_comment_names_its_rules_and_suppresses_no_other() {
    let script = up("-- lockgate: allow(drop-column) moved\nDROP TABLE carts;\n");
    let expected = vec!["unused-suppression 2".to_owned(), "drop-table 3".to_owned()];
    assert_eq!(found(&script, ""), (expected, 0));
    let script = up("/* lockgate: allow(drop-column, drop-table) moved */ DROP TABLE carts;\n");
    assert_eq!(found(&script, ""), (vec!["unused-suppression 2".to_owned()], 1));
}

#[test]
fn a_file_is_reached_from_its_head_alone() {
    let drops = "DROP TABLE carts;\nDROP TABLE orders;\n";
    for head in [
        "-- lockgate: allow-file(drop-table) moved\n-- migrate:up\n",
        "-- migrate:up\n-- lockgate: allow-file(drop-table) moved\n",
    ] {
        let script = format!("{head}{drops}-- migrate:down\n");
        assert_eq!(found(&script, ""), (vec![], 2), "{head}");
    }
    let script =
        up("DROP TABLE carts;\n-- lockgate: allow-file(drop-table) moved\nDROP TABLE orders;\n");
    let expected = ["drop-table 2", "unused-suppression 3", "drop-table 4"].map(str::to_owned);
    assert_eq!(found(&script, ""), (expected.to_vec(), 0));
}

#[test]
fn without_a_reason_nothing_is_suppressed() {
    let script = up("-- lockgate: allow(drop-table)\nDROP TABLE carts;\n");
    let expected = ["suppression-without-reason 2", "drop-table 3"].map(str::to_owned);
    assert_eq!(found(&script, ""), (expected.to_vec(), 0));
}

#[test]
fn a_suppression_holds_to_its_last_day() {
    let script = up("-- lockgate: allow(drop-table) moved until=2999-12-31\nDROP TABLE carts;\n");
    assert_eq!(found(&script, ""), (vec![], 1));
    let script = up("-- lockgate: allow(drop-table) moved until=2020-12-31\nDROP TABLE carts;\n");
    let expected = ["unused-suppression 2", "drop-table 3"].map(str::to_owned);
    assert_eq!(found(&script, ""), (expected.to_vec(), 0));
}

#[test]
fn a_comment_for_a_rule_that_is_off_is_not_unused() {
    let script = up("-- lockgate: allow(drop-table) moved\nDROP TABLE carts;\n");
    assert_eq!(found(&script, "[rules]\ndrop-table = \"off\""), (vec![], 0));
}

#[test]
fn text_in_a_string_is_no_comment() {
    let script = up(
        "INSERT INTO carts (id) SELECT '-- lockgate: allow(drop-table) moved'::text::bigint; DROP TABLE carts;\n",
    );
    assert_eq!(found(&script, ""), (vec!["drop-table 2".to_owned()], 0));
}

#[test]
fn the_configuration_allows_for_one_migration() {
    let script = up("DROP TABLE carts;\n");
    let allow = |migration: &str, more: &str| {
        format!(
            "[[allow]]\nrule = \"drop-table\"\nmigration = \"{migration}\"\nreason = \"moved\"\n{more}"
        )
    };
    assert_eq!(found(&script, &allow("20260102", "")), (vec![], 1));
    let missed = ["drop-table 2", "unused-suppression 1"].map(str::to_owned).to_vec();
    assert_eq!(found(&script, &allow("20260101", "")), (missed.clone(), 0));
    assert_eq!(found(&script, &allow("20260102", "until = 2020-01-01")), (missed, 0));
}

#[test]
fn an_entry_is_unused_only_where_all_that_it_speaks_of_was_judged() {
    let folder = folder(&[
        ("db/migrations/20260101_shop.sql", SHOP),
        ("db/migrations/20260102_drops.sql", &up("DROP TABLE carts;\n")),
        (
            "lockgate.toml",
            &format!("[[allow]]\nrule = \"drop-table\"\nreason = \"moved\"\n{QUIET}"),
        ),
    ]);
    let file = "db/migrations/20260101_shop.sql";
    assert_eq!(report(folder.path(), &["lint", "--format", "json", file]), (vec![], 0));
    assert_eq!(report(folder.path(), &["lint", "--format", "json"]), (vec![], 1));
}

#[test]
fn allowing_one_finding_shows_the_one_behind_it() {
    let folder = folder(&[
        ("db/migrations/20260101_shop.sql", SHOP),
        (
            "db/migrations/20260102_index.sql",
            &up(
                "-- lockgate: allow(cannot-run-in-transaction) the runner is told\nCREATE INDEX CONCURRENTLY i ON orders (id);\nCREATE INDEX j ON orders (id);\n",
            ),
        ),
        (
            "lockgate.toml",
            "[categories]\nreversibility = \"off\"\n[rules]\nmissing-lock-timeout = \"off\"\n",
        ),
    ]);
    let (found, suppressed) = report(folder.path(), &["lint", "--format", "json"]);
    assert_eq!(suppressed, 1, "{found:?}");
    assert!(found.contains(&"non-concurrent-index 4".to_owned()), "{found:?}");
}
