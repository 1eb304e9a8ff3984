//! The configuration as it changes what is read and said.

use crate::support::command::{folder, run, run_with};
use serde_json::Value;

const SHOP: &str =
    "-- migrate:up\nCREATE TABLE carts (id integer PRIMARY KEY, note text);\n-- migrate:down\n";
const DROP: &str = "-- migrate:up\nDROP TABLE carts;\n-- migrate:down\n";
const QUIET: &str = "[categories]\navailability = \"off\"\nreversibility = \"off\"\n";

fn lint(files: &[(&str, &str)], arguments: &[&str]) -> Value {
    let folder = folder(files);
    let run = run(folder.path(), &[&["lint", "--format", "json"], arguments].concat());
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err))
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn projects_are_read_as_configured() {
    let config = format!(
        "[[project]]\npath = \"one\"\nserver-version = \"16\"\n[[project]]\npath = \"two\"\ndialect = \"sqlite\"\n{QUIET}"
    );
    let files = [
        ("one/20260101_shop.sql", SHOP),
        ("two/20260101_shop.sql", SHOP),
        ("three/20260101_shop.sql", SHOP),
        ("lockgate.toml", config.as_str()),
    ];
    let report = lint(&files, &[]);
    let projects = report["projects"].as_array().unwrap();
    let shown: Vec<String> = projects
        .iter()
        .map(|one| format!("{} {} {}", one["path"], one["dialect"], one["server_version"]))
        .collect();
    assert_eq!(shown, [r#""one" "postgres" "16""#, r#""two" "sqlite" "3.40""#]);
    let everything = lint(&files, &["."]);
    assert_eq!(everything["projects"].as_array().unwrap().len(), 3, "a folder above takes all");
    let one = lint(&files, &["two/20260101_shop.sql"]);
    assert_eq!(one["projects"][0]["dialect"], "sqlite", "a file has its project's settings");
}

#[test]
fn two_dialects_give_two_projects_and_one_finding() {
    let config =
        format!("[[project]]\npath = \"db\"\ndialect = [\"postgres\", \"sqlite\"]\n{QUIET}");
    let files = [
        ("db/20260101_shop.sql", SHOP),
        ("db/20260102_drop.sql", DROP),
        ("lockgate.toml", &config),
    ];
    let report = lint(&files, &[]);
    assert_eq!(report["projects"].as_array().unwrap().len(), 2);
    assert_eq!(rules(&report), ["drop-table"]);
    assert_eq!(report["findings"][0]["dialects"], serde_json::json!(["postgres", "sqlite"]));
    assert_eq!(report["summary"]["files"], 2);
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let config = format!("[[project]]\npath = \"db\"\nserver-version = \"13\"\n{QUIET}");
    let folder = folder(&[("db/20260101_shop.sql", SHOP), ("lockgate.toml", &config)]);
    let version = |variables: &[(&str, &str)], more: &[&str]| {
        let run =
            run_with(folder.path(), variables, &[&["lint", "--format", "json"], more].concat());
        let report: Value = serde_json::from_str(&run.out).unwrap();
        report["projects"][0]["server_version"].as_str().unwrap().to_owned()
    };
    assert_eq!(version(&[], &[]), "13");
    assert_eq!(version(&[("LOCKGATE_SERVER_VERSION", "15")], &[]), "15");
    assert_eq!(version(&[("LOCKGATE_SERVER_VERSION", "15")], &["--server-version", "17"]), "17");
}

#[test]
fn tables_can_be_left_out_of_a_rule() {
    let config =
        format!("{QUIET}[rules]\ndrop-table = {{ ignore-tables = [\"tmp_*\", \"carts\"] }}\n");
    let files = [
        ("db/20260101_shop.sql", SHOP),
        ("db/20260102_drop.sql", DROP),
        ("lockgate.toml", &config),
    ];
    assert_eq!(rules(&lint(&files, &[])), Vec::<&str>::new());
}

#[test]
fn small_tables_need_no_care() {
    let index = "-- migrate:up\nSET LOCAL lock_timeout = '2s';\nCREATE INDEX i ON carts (note);\n-- migrate:down\n";
    let small = "[categories]\nreversibility = \"off\"\n[tables]\nsmall = [\"car*\"]\n";
    let large = "[categories]\nreversibility = \"off\"\n";
    let with = |config: &str| {
        let files = [
            ("db/20260101_shop.sql", SHOP),
            ("db/20260102_index.sql", index),
            ("lockgate.toml", config),
        ];
        lint(&files, &[])
    };
    assert_eq!(rules(&with(large)), ["non-concurrent-index"]);
    assert_eq!(rules(&with(small)), Vec::<&str>::new());
}

#[test]
fn the_configuration_is_found_upward_from_the_paths() {
    let folder = folder(&[
        ("shop/db/20260101_shop.sql", SHOP),
        ("shop/db/20260102_drop.sql", DROP),
        ("shop/lockgate.toml", &format!("fail-on = \"never\"\n{QUIET}")),
    ]);
    assert_eq!(run(folder.path(), &["lint", "shop/db"]).code, 0);
    assert_eq!(run(folder.path(), &["lint", "shop/db/20260102_drop.sql"]).code, 0);
    let elsewhere = folder.path().join("other.toml");
    std::fs::write(&elsewhere, "fail-on = \"error\"\n").unwrap();
    assert_eq!(run(folder.path(), &["lint", "shop/db", "--config", "other.toml"]).code, 1);
}

#[test]
fn a_pyproject_configures_too() {
    let folder = folder(&[
        ("db/20260101_shop.sql", SHOP),
        ("db/20260102_drop.sql", DROP),
        ("pyproject.toml", "[project]\nname = \"shop\"\n[tool.lockgate]\nfail-on = \"never\"\n"),
    ]);
    assert_eq!(run(folder.path(), &["lint"]).code, 0);
    std::fs::write(folder.path().join("pyproject.toml"), "[tool.lockgate]\nfail = 1\n").unwrap();
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("pyproject.toml:2: unknown key \"fail\""), "{}", run.err);
}
