//! The reports that other programs and pull requests show: GitLab, JUnit, Markdown.

use crate::support::command::{folder, root, run};
use serde_json::Value;
use std::collections::HashSet;

const SHOP: &str = "-- migrate:up\nCREATE TABLE orders (id bigint PRIMARY KEY, note text);\nCREATE TABLE carts (id bigint PRIMARY KEY);\n-- migrate:down\nDROP TABLE carts;\nDROP TABLE orders;\n";

const CARTS: &str = "-- migrate:up\nCREATE TABLE carts (id bigint PRIMARY KEY);\n-- migrate:down\nDROP TABLE carts;\n";

fn demo(format: &str) -> String {
    run(&root(), &["lint", "fixtures/demo", "--format", format]).out
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn gitlab_fits_what_gitlab_documents() {
    let schema = include_str!("data/gitlab-code-quality.json");
    let validator = jsonschema::validator_for(&json(schema)).unwrap();
    let report = json(&demo("gitlab"));
    let refused: Vec<String> =
        validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(refused, [""; 0]);
    let issues = report.as_array().unwrap();
    let findings = json(&demo("json"))["findings"].as_array().unwrap().len();
    assert_eq!(issues.len(), findings);
    let prints: HashSet<&str> =
        issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.len(), "GitLab drops issues with equal fingerprints");
}

#[test]
fn files_that_cannot_be_read_are_in_every_format() {
    let folder = folder(&[("db/1_shop.sql", SHOP), ("db/2_b.sql", "-- migrate:up\nSELECT 1;\n")]);
    let report = |format| run(folder.path(), &["lint", "--format", format]).out;
    let gitlab = json(&report("gitlab"));
    assert_eq!(gitlab[0]["check_name"], "unreadable-file");
    assert_eq!(gitlab[0]["severity"], "blocker");
    let junit = report("junit");
    assert!(junit.contains(r#"<testsuite name="files" tests="1" failures="0" errors="1""#));
    assert!(report("markdown").contains("**Not judged:** db/2\\_b.sql: no line `-- migrate:down`"));
}

#[test]
fn junit_fails_what_makes_the_run_fail() {
    let folder = folder(&[
        ("db/1_shop.sql", SHOP),
        (
            "db/2_note.sql",
            "-- migrate:up\nDROP INDEX orders_pkey_old;\nUPDATE orders SET note = '<&>';\n-- migrate:down\n",
        ),
    ]);
    let report = |level: &str| {
        let run = run(folder.path(), &["lint", "--format", "junit", "--fail-on", level]);
        let failures = run.out.matches("<failure ").count();
        (run.code, failures, run.out)
    };
    let (code, never, text) = report("never");
    assert_eq!((code, never), (0, 0), "{text}");
    assert!(text.contains("<system-out>"));
    let (code, noted, text) = report("note");
    assert_eq!(code, 1);
    assert!(noted > 0, "{text}");
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
}

#[test]
fn junit_of_a_clean_run_has_a_case_that_passes() {
    let folder = folder(&[("db/1_carts.sql", CARTS)]);
    let run = run(folder.path(), &["lint", "--format", "junit"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.out.contains(r#"<testcase name="nothing to report" classname="db""#),
        "{}",
        run.out
    );
}

#[test]
fn markdown_reads_well_everywhere() {
    let folder = folder(&[
        ("db/1_carts.sql", CARTS),
        (
            "db/2_index.sql",
            "-- migrate:up\nCREATE INDEX carts_idx ON carts (id);\n-- migrate:down\nDROP INDEX carts_idx;\n",
        ),
        (
            "lockgate.toml",
            "[rules]\nmissing-lock-timeout = \"off\"\nnon-concurrent-drop-index = \"off\"\n",
        ),
    ]);
    let text = run(folder.path(), &["lint", "--format", "markdown"]).out;
    insta::assert_snapshot!(text);
    let text = demo("markdown");
    assert!(text.starts_with("[//]: # (lockgate)\n"));
    let outside_code: Vec<&str> = text.split("```").step_by(2).collect();
    assert!(
        outside_code.iter().all(|part| !part.contains('<')),
        "no HTML: Bitbucket shows it as text"
    );
}

#[test]
fn a_comment_never_grows_beyond_what_a_server_takes() {
    let mut files = vec![("db/0_shop.sql".to_owned(), SHOP.to_owned())];
    files.extend((1..400).map(|number| {
        let index = format!("CREATE INDEX orders_{number}_idx ON orders (note, (id + {number}));");
        let name = format!("db/{number}_a_migration_with_a_rather_long_name.sql");
        (
            name,
            format!("-- migrate:up\n{index}\n-- migrate:down\nDROP INDEX orders_{number}_idx;\n"),
        )
    }));
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let text = run(folder.path(), &["lint", "--format", "markdown"]).out;
    assert!(text.len() < 32_768, "{}", text.len());
    assert!(text.contains("more than a comment holds"));
}
