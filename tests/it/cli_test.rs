//! The command line as users and their machines meet it: exit codes, formats, files, colours,
//! environment.

use crate::support::command::{folder, lockgate, root, run, run_on, run_with};
use serde_json::Value;
use std::io::Read;
use std::process::Stdio;

const CLEAN: &str = "-- migrate:up\nCREATE TABLE carts (id bigint PRIMARY KEY);\n-- migrate:down\nDROP TABLE carts;\n";
const BAD: &str = "-- migrate:up\nDELETE FROM carts;\n-- migrate:down\n";
const QUIET: &str = "[categories]\navailability = \"off\"\nreversibility = \"off\"\n";

fn clean() -> tempfile::TempDir {
    folder(&[("db/migrations/20260101_carts.sql", CLEAN), ("lockgate.toml", QUIET)])
}

fn bad() -> tempfile::TempDir {
    folder(&[
        ("db/migrations/20260101_carts.sql", CLEAN),
        ("db/migrations/20260102_empty.sql", BAD),
        ("lockgate.toml", QUIET),
    ])
}

#[test]
fn the_command_alone_says_what_to_do_first() {
    let run = run(&root(), &[]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    for step in ["lockgate lint", "lockgate explain", "lockgate init"] {
        assert!(run.out.contains(step), "{}", run.out);
    }
}

#[test]
fn help_has_examples_for_every_command() {
    for command in ["lint", "effects", "operations", "rules", "explain", "init", "completions"] {
        let run = run(&root(), &[command, "--help"]);
        assert_eq!(run.code, 0, "{command}");
        assert!(
            run.out.contains(&format!("Examples:\n  lockgate {command}"))
                || run.out.contains("Examples:\n  echo"),
            "{command}: {}",
            run.out
        );
    }
}

#[test]
fn exit_codes_follow_the_worst() {
    let (clean, bad) = (clean(), bad());
    assert_eq!(run(clean.path(), &["lint"]).code, 0);
    assert_eq!(run(bad.path(), &["lint"]).code, 1);
    assert_eq!(run(bad.path(), &["lint", "--fail-on", "never"]).code, 0);
    assert_eq!(run(bad.path(), &["lint", "db/migrations/20260101_carts.sql"]).code, 0);
    assert_eq!(run(bad.path(), &["lint", "nowhere"]).code, 2);
    assert_eq!(run(bad.path(), &["lint", "--fail-on", "sometimes"]).code, 2);
    assert_eq!(run(bad.path(), &["lnt"]).code, 2);
    assert_eq!(run(bad.path(), &["--version"]).code, 0);
}

#[test]
fn a_file_that_cannot_be_read_weighs_more_than_findings() {
    let bad = bad();
    std::fs::write(bad.path().join("db/migrations/20260103_x.sql"), b"-- migrate:up\n\xff")
        .unwrap();
    let run = run(bad.path(), &["lint"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("error[delete-without-where]"), "{}", run.out);
    assert!(run.err.contains("20260103_x.sql: not UTF-8 at byte 14"), "{}", run.err);
}

#[test]
fn fail_on_is_taken_from_flag_environment_and_file_in_that_order() {
    let bad = folder(&[
        ("db/migrations/20260102_empty.sql", BAD),
        ("lockgate.toml", &format!("fail-on = \"never\"\n{QUIET}")),
    ]);
    let with = |variables: &[(&str, &str)], arguments: &[&str]| {
        run_with(bad.path(), variables, arguments).code
    };
    assert_eq!(with(&[], &["lint"]), 0);
    assert_eq!(with(&[("LOCKGATE_FAIL_ON", "error")], &["lint"]), 1);
    assert_eq!(with(&[("LOCKGATE_FAIL_ON", "error")], &["lint", "--fail-on", "never"]), 0);
    assert_eq!(with(&[("LOCKGATE_FAIL_ON", "often")], &["lint"]), 2);
}

#[test]
fn a_clean_run_prints_one_line() {
    let run = run(clean().path(), &["lint", "--server-version", "16"]);
    assert_eq!(run.out, "✓ 1 migration, 2 statements, all understood: nothing to report\n");
    assert_eq!(run.err, "");
}

#[test]
fn an_assumed_server_version_is_said() {
    let run = run(clean().path(), &["lint"]);
    assert!(run.out.ends_with("nothing to report (PostgreSQL 14 assumed)\n"), "{}", run.out);
}

#[test]
fn quiet_says_findings_alone() {
    assert_eq!(run(clean().path(), &["lint", "-q"]).out, "");
    let run = run(bad().path(), &["lint", "-q"]);
    assert!(run.out.starts_with("error[delete-without-where]"));
    assert!(!run.out.contains('✗'));
}

#[test]
fn verbose_says_what_was_detected_and_why() {
    let run = run(clean().path(), &["lint", "-v"]);
    assert!(
        run.out.contains("layout   dbmate (marker `-- migrate:up` in 1 of 1 file"),
        "{}",
        run.out
    );
    assert!(run.out.contains("server   PostgreSQL 14, assumed"), "{}", run.out);
    assert!(run.err.contains("configuration lockgate.toml"), "{}", run.err);
}

#[test]
fn colours_come_when_asked_for_and_never_otherwise() {
    let bad = bad();
    assert!(!run(bad.path(), &["lint"]).out.contains('\u{1b}'));
    assert!(run(bad.path(), &["lint", "--color", "always"]).out.contains("\u{1b}[1;31m"));
    let with = |variables: &[(&str, &str)]| run_with(bad.path(), variables, &["lint"]).out;
    assert!(with(&[("LOCKGATE_COLOR", "always")]).contains('\u{1b}'));
    assert!(!with(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn standard_input_is_a_script() {
    let run = run_on(&root(), "DELETE FROM carts;", &["lint", "-", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(run.code, 1);
    assert_eq!(report["findings"][0]["file"], "-");
    assert_eq!(report["findings"][0]["rule"], "delete-without-where");
}

#[test]
fn several_formats_go_to_files_of_their_own() {
    let bad = bad();
    let run = run(bad.path(), &["lint", "--output", "json=a.json", "--output", "sarif=b.sarif"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[delete-without-where]"));
    let read = |name: &str| std::fs::read_to_string(bad.path().join(name)).unwrap();
    assert!(serde_json::from_str::<Value>(&read("a.json")).is_ok());
    assert!(read("b.sarif").contains("\"2.1.0\""));
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let run = run(bad().path(), &["lint", "--output", "no/such/folder/report.txt"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("no/such/folder/report.txt: no such file or directory"),
        "{}",
        run.err
    );
}

#[test]
fn two_formats_for_one_place_are_refused() {
    let run = run(bad().path(), &["lint", "--format", "json,sarif"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("two formats for one place"), "{}", run.err);
}

#[test]
fn unknown_flags_and_commands_suggest() {
    let run_err = |arguments: &[&str]| run(&root(), arguments).err;
    assert!(run_err(&["lint", "--formt", "json"]).contains("--format"));
    assert!(run_err(&["explian"]).contains("explain"));
    assert!(run_err(&["lint", "--dialect", "postgre"]).contains("postgres"));
    assert!(run_err(&["lint", "--layout", "dbmat"]).contains("dbmate"));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for arguments in
        [&["explain", "drop-table"][..], &["lint", "fixtures/report", "--fail-on", "never"]]
    {
        let mut child = lockgate(&root())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}: {told}");
        assert_eq!(told, "");
    }
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    for format in ["text", "json", "sarif", "github"] {
        let arguments = [
            "lint",
            "fixtures/report",
            "fixtures/demo",
            "--format",
            format,
            "--config",
            "fixtures/report/lockgate.toml",
        ];
        let runs = ["1", "8"]
            .map(|threads| run_with(&root(), &[("RAYON_NUM_THREADS", threads)], &arguments));
        assert_eq!(runs[0], runs[1], "{format}");
        assert!(!runs[0].out.is_empty());
    }
}

#[test]
fn rules_are_listed_with_the_severity_in_force() {
    let folder = folder(&[("lockgate.toml", "[rules]\ndrop-table = \"off\"\n")]);
    let run_out = run(folder.path(), &["rules", "--format", "json"]).out;
    let document: Value = serde_json::from_str(&run_out).unwrap();
    let rules = document["rules"].as_array().unwrap();
    let table = rules.iter().find(|rule| rule["id"] == "drop-table").unwrap();
    assert_eq!(table["severity"], "off");
    assert_eq!(table["default_severity"], "error");
    let text = run(folder.path(), &["rules"]).out;
    assert_eq!(text.lines().count(), rules.len());
}

#[test]
fn a_page_is_explained_and_a_slip_is_corrected() {
    let page = std::fs::read_to_string(root().join("rules/drop-table.md")).unwrap();
    assert_eq!(run(&root(), &["explain", "drop-table"]).out, page.replace("\r\n", "\n"));
    let run = run(&root(), &["explain", "drop-tabel"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("unknown rule \"drop-tabel\""), "{}", run.err);
    assert!(run.err.contains("did you mean drop-table?"), "{}", run.err);
}

#[test]
fn init_writes_what_it_found_and_never_overwrites() {
    let folder = folder(&[("db/migrations/20260101_carts.sql", CLEAN)]);
    let first = run(folder.path(), &["init"]);
    assert_eq!(first.code, 0, "{}", first.err);
    let written = std::fs::read_to_string(folder.path().join("lockgate.toml")).unwrap();
    assert!(
        written.contains("path = \"db/migrations\"\nlayout = \"dbmate\"\ndialect = \"postgres\"")
    );
    let second = run(folder.path(), &["init"]);
    assert_eq!(second.code, 2);
    assert!(second.err.contains("exists already"), "{}", second.err);
    let after = std::fs::read_to_string(folder.path().join("lockgate.toml")).unwrap();
    assert_eq!(written, after);
    let lint = run(folder.path(), &["lint"]);
    assert_eq!((lint.code, lint.err.as_str()), (0, ""), "its own configuration is valid");
}

#[test]
fn the_commented_lines_of_init_are_valid_too() {
    let folder = folder(&[]);
    let text = run(folder.path(), &["init", "--print"]).out;
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") && !rest.contains(": ") => {
                rest
            }
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    std::fs::write(folder.path().join("lockgate.toml"), &uncommented).unwrap();
    let run = run(folder.path(), &["rules"]);
    assert_eq!(run.code, 0, "{}\n{uncommented}", run.err);
    assert!(uncommented.contains("\n[[allow]]") && uncommented.contains("\n[[project]]"));
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = run(&root(), &["completions", shell]);
        assert_eq!(run.code, 0, "{shell}");
        assert!(run.out.contains("operations"), "{shell}");
    }
}

#[test]
fn schemas_are_printed() {
    for (command, file) in [
        ("lint", "schemas/lint-1.json"),
        ("effects", "schemas/effects-1.json"),
        ("operations", "schemas/operations-1.json"),
    ] {
        let schema = std::fs::read_to_string(root().join(file)).unwrap().replace("\r\n", "\n");
        assert_eq!(run(&root(), &[command, "--print-schema"]).out, schema);
    }
}

#[test]
fn a_password_is_found_and_in_no_report() {
    const ROLE: &str = "CREATE ROLE shop LOGIN PASSWORD 'Unterholz-77';\n";
    let folder = folder(&[("db/migrations/20260101_role.sql", ROLE)]);
    for format in ["text", "json", "sarif", "github"] {
        let run =
            run(folder.path(), &["lint", "db/migrations", "--dialect", "postgres", "-f", format]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.out.contains("password-in-migration"), "{format}: {}", run.out);
        assert!(!run.out.contains("Unterholz"), "{format}: {}", run.out);
    }
}

/// Rules of the findings of a lint with these flags, each once.
fn found(folder: &std::path::Path, flags: &[&str]) -> Vec<String> {
    let arguments = ["lint", "db", "--layout", "dbmate", "--dialect", "postgres", "-f", "json"];
    let run = run(folder, &[&arguments[..], flags].concat());
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let findings = report["findings"].as_array().unwrap().iter();
    let mut rules: Vec<String> =
        findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules.dedup();
    rules
}

#[test]
fn rules_and_categories_are_selected() {
    const UP: &str = "-- migrate:up\nDELETE FROM carts;\nDROP TABLE orders CASCADE;\nALTER TABEL x;\n-- migrate:down\n";
    let folder = folder(&[("db/20260101_empty.sql", UP)]);
    let path = folder.path();
    let everything = found(path, &[]);
    for rule in ["delete-without-where", "drop-table", "drop-cascade", "unparsed-statement"] {
        assert!(everything.iter().any(|found| found == rule), "{rule} in {everything:?}");
    }
    // What was not understood is told in every selection.
    assert_eq!(found(path, &["--only", "drop-table"]), ["drop-table", "unparsed-statement"]);
    let lost = found(path, &["--only", "data-loss"]);
    assert!(lost.iter().any(|rule| rule == "drop-cascade"), "{lost:?}");
    assert!(!lost.iter().any(|rule| rule == "missing-lock-timeout"), "{lost:?}");
    let skipped = found(path, &["--skip", "data-loss,delete-without-where"]);
    assert!(!skipped.iter().any(|rule| rule.starts_with("drop-")), "{skipped:?}");
    assert!(!skipped.iter().any(|rule| rule == "delete-without-where"), "{skipped:?}");
    assert_eq!(
        found(path, &["--only", "drop-table", "--skip", "unparsed-statement"]),
        ["drop-table"]
    );
}

#[test]
fn what_is_selected_by_name_runs_though_it_is_off() {
    let folder = clean();
    let wanted = found(folder.path(), &["--only", "data-dependent-change"]);
    assert_eq!(wanted, Vec::<String>::new());
    let run = run(folder.path(), &["lint", "db", "--only", "drop-tabel"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("did you mean drop-table?"), "{}", run.err);
}
