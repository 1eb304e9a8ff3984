//! Tests of the configuration's reader.

use super::*;
use crate::migration::{Dialect, ServerVersion};
use crate::rules;

fn read(text: &str) -> Result<Settings, Vec<ConfigError>> {
    parse(&Arc::new(SourceFile::new("lockgate.toml", text)), FileKind::Own)
}

/// Mistakes as `line:column "text at the place" message; help`.
fn mistakes(text: &str) -> Vec<String> {
    let errors = read(text).err().unwrap_or_default();
    let shown = errors.iter().map(|error| {
        let at = error.place.start();
        let help = error.help.as_deref().unwrap_or("");
        let text = error.place.text();
        format!("{}:{} {text:?} {}; {help}", at.line, at.column, error.message)
    });
    shown.collect()
}

const FULL: &str = r#"
fail-on = "warning"
[[project]]
path = "db/migrations"
layout = "dbmate"
dialect = "postgres"
server-version = "15"
timezone = "UTC"
[[project]]
path = "db/both"
dialect = ["postgres", "sqlite"]
[tables]
hot = ["orders"]
small = ["settings", "ref_*"]
[categories]
data-loss = "note"
[rules]
non-concurrent-index = "warning"
drop-table = { severity = "error", ignore-tables = ["tmp_*"] }
[[allow]]
rule = "drop-table"
migration = "20240301_1"
reason = "archive moved, ticket 4711"
until = 2027-01-01
[deployed]
refs = ["v1.41", "v1.42"]
app = ["src/**/*.py"]
[apply]
lock-timeout = "2s"
backup = "before-data-loss"
backup-folder = "/var/backups/shop"
history-name = "shop"
environment = "production"
before-apply = "notify begin"
after-apply = "notify end"
on-failure = "notify failed"
drift-ignore = ["partman.*"]
"#;

#[test]
fn every_section_is_read() {
    let settings = read(FULL).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(settings.fail_on, Some(FailOn::Warning));
    let first = &settings.projects[0];
    assert_eq!(first.layout.map(|layout| layout.name), Some("dbmate"));
    assert_eq!(first.server_version, Some(ServerVersion::major(15)));
    assert!(first.utc);
    assert_eq!(settings.projects[1].dialects, [Dialect::Postgres, Dialect::Sqlite]);
    assert!(settings.tables.small.is_match("ref_countries"));
    assert!(!settings.tables.small.is_match("orders"));
    assert_eq!(settings.allowances[0].until.map(|day| day.to_string()), Some("2027-01-01".into()));
    assert_eq!(settings.apply.lock_timeout, Some(std::time::Duration::from_secs(2)));
    assert_eq!(settings.apply.backup, Some(Backup::BeforeDataLoss));
    assert_eq!(settings.apply.backup_folder.as_deref(), Some("/var/backups/shop"));
    assert_eq!(settings.apply.history_name.as_deref(), Some("shop"));
    assert_eq!(settings.apply.environment.as_deref(), Some("production"));
    let apply = &settings.apply;
    let hooks = [&apply.before_apply, &apply.after_apply, &apply.on_failure];
    assert_eq!(
        hooks.map(|hook| hook.as_deref()),
        [Some("notify begin"), Some("notify end"), Some("notify failed")]
    );
    assert_eq!(settings.deployed.refs, ["v1.41", "v1.42"]);
}

#[test]
fn a_rule_goes_before_its_category_and_that_before_the_default() {
    let settings = read(
        "[categories]\ndata-loss = \"off\"\navailability = \"note\"\n[rules]\ndrop-table = \"warning\"",
    )
    .unwrap_or_default();
    let severity = |id: &str| rules::find(id).and_then(|rule| settings.rules.severity(rule));
    assert_eq!(severity("drop-table"), Some(Severity::Warning));
    assert_eq!(severity("non-concurrent-index"), Some(Severity::Note));
    assert_eq!(severity("unknown-rule"), Some(Severity::Error));
}

#[test]
fn a_rule_that_is_off_does_not_run() {
    let settings = read("[rules]\ndrop-table = \"off\"").unwrap_or_default();
    let active = settings.rules.active(Dialect::Postgres);
    assert!(!active.is_empty());
    assert!(active.iter().all(|rule| rule.id != "drop-table"));
}

#[test]
fn every_rule_builds_without_options() {
    for rule in rules::ALL {
        assert!((rule.build)(toml::Table::new()).is_ok(), "{}", rule.id);
    }
}

#[test]
fn unknown_names_are_pointed_at_with_the_nearest() {
    let text = "fail_on = \"error\"\n[rules]\nnon-concurent-index = \"off\"\n";
    assert_eq!(
        mistakes(text),
        [
            "1:1 \"fail_on\" unknown key \"fail_on\"; did you mean fail-on?",
            "3:1 \"non-concurent-index\" unknown rule \"non-concurent-index\"; \
             did you mean non-concurrent-index?",
        ]
    );
    let text = "[[project]]\npath = \"m\"\nlayout = \"dbmat\"\ndialect = [\"postgers\"]\n";
    assert_eq!(
        mistakes(text),
        [
            "3:10 \"\\\"dbmat\\\"\" unknown layout \"dbmat\"; did you mean dbmate?",
            "4:12 \"\\\"postgers\\\"\" unknown dialect \"postgers\"; did you mean postgres?",
        ]
    );
}

#[test]
fn severities_types_and_options_are_checked() {
    let text = "[rules]\ndrop-table = \"fatal\"\nnon-concurrent-index = { severty = \"error\" }\n";
    assert_eq!(
        mistakes(text),
        [
            "2:14 \"\\\"fatal\\\"\" unknown severity \"fatal\"; known are error, warning, note, off",
            "3:26 \"severty\" unknown option of non-concurrent-index \"severty\"; \
             did you mean severity?",
        ]
    );
    assert_eq!(
        mistakes("fail-on = 3"),
        ["1:11 \"3\" fail-on must be one of error, warning, note, never, \
          not a value of type integer; "]
    );
}

#[test]
fn an_allowance_needs_a_known_rule_and_a_reason() {
    let found = mistakes("[[allow]]\nrule = \"drop-tabel\"\n");
    assert!(found[0].starts_with("1:1 \"[[allow]]\" an allowance needs a reason"), "{found:?}");
    assert!(
        found[1].contains("unknown rule \"drop-tabel\"; did you mean drop-table?"),
        "{found:?}"
    );
    let found = mistakes("[[allow]]\nrule = \"drop-table\"\nreason = \" \"\nuntil = \"soon\"");
    assert!(found[0].starts_with("3:10 \"\\\" \\\"\" an allowance needs a reason"), "{found:?}");
    assert!(found[1].starts_with("4:9 \"\\\"soon\\\"\" until must be a day"), "{found:?}");
}

#[test]
fn bad_patterns_durations_and_toml_have_their_places() {
    assert!(mistakes("[tables]\nhot = [\"a\", \"[\"]")[0].starts_with("2:13 "));
    assert!(mistakes("[apply]\nlock-timeout = \"2\"")[0].starts_with("2:16 "));
    let found = mistakes("[apply]\nhistory-name = \" \"\nafter-aply = \"x\"");
    assert!(found[0].starts_with("2:16 \"\\\" \\\"\" an empty text says nothing"), "{found:?}");
    assert!(
        found[1].contains("unknown key \"after-aply\"; did you mean after-apply?"),
        "{found:?}"
    );
    let found = mistakes("[apply]\non-failure = \"rollback\"");
    assert!(found[0].starts_with("2:14 ") && found[0].contains("--on-failure rollback"));
    assert!(mistakes("[rules\n")[0].starts_with("1:"));
    assert!(mistakes("\u{feff}\nfail_on = 1")[0].starts_with("2:1 \"fail_on\""));
}

#[test]
fn one_version_for_two_dialects_is_refused() {
    let text =
        "[[project]]\npath = \"m\"\ndialect = [\"postgres\", \"sqlite\"]\nserver-version = \"15\"";
    assert!(mistakes(text)[0].contains("server-version needs a single dialect"));
}

#[test]
fn a_pyproject_is_read_below_its_table() {
    let text = "[project]\nname = \"shop\"\n[tool.lockgate]\nfail-on = \"never\"\n";
    let file = Arc::new(SourceFile::new("pyproject.toml", text));
    let settings = parse(&file, FileKind::Pyproject).unwrap_or_default();
    assert_eq!(settings.fail_on, Some(FailOn::Never));
}
