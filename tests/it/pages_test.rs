//! Runs every example of every rule's page: each gives exactly the findings that it announces.

use crate::support::page::{Block, Mark, Page};
use crate::support::page_run::{Outcome, run, run_edited};
use crate::support::page_told::told;
use lockgate::effects::LockMode;
use lockgate::finding::{Applicability, Finding};
use lockgate::frontend::sql::parse;
use lockgate::migration::{ActionKind, Dialect, Direction, ScriptSource, TransactionMode};
use lockgate::rule::FixKind;
use lockgate::rules::{ALL as LISTED, Registered};
use lockgate::source::{MappedText, SourceFile, Span};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

// The template is a rule like any other, listed for the tests alone.
lockgate::rules! {
    #[path = "../../src/rules/_template.rs"]
    "_template" => template,
}

/// Words that leave the reader alone with the decision.
const VAGUE: &[&str] = &["consider", "may want", "might want", "be careful", "you should"];

/// Ids of rules, joined by commas: their pages alone are run.
const CHOSEN: &str = "LOCKGATE_PAGES";

/// An example that was run.
struct Example {
    rule: &'static Registered,
    block: Block,
    outcome: Outcome,
}

impl Example {
    /// Where it stands.
    fn place(&self) -> String {
        format!("rules/{}.md:{}", self.rule.id, self.block.page_line)
    }

    /// Findings of the page's own rule.
    fn own(&self) -> impl Iterator<Item = &Finding> {
        self.outcome.findings.iter().filter(|finding| finding.rule == self.rule.id)
    }
}

/// Every example, run once for all tests.
static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let blocks = rules()
        .flat_map(|rule| Page::read(rule.page).blocks.into_iter().map(move |block| (rule, block)));
    blocks.map(|(rule, block)| Example { rule, outcome: run(rule, &block), block }).collect()
});

fn rules() -> impl Iterator<Item = &'static Registered> {
    let chosen = std::env::var(CHOSEN).unwrap_or_default();
    let chosen: BTreeSet<String> =
        chosen.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let all: Vec<&'static Registered> = LISTED.iter().chain(ALL).collect();
    for id in &chosen {
        assert!(all.iter().any(|rule| rule.id == *id), "{CHOSEN}: there is no page {id}");
    }
    all.into_iter().filter(move |rule| chosen.is_empty() || chosen.contains(rule.id))
}

#[test]
fn examples_give_what_they_announce() {
    let mut wrong = Vec::new();
    for example in EXAMPLES.iter() {
        let (announced, found) = (&example.block.marks, &example.outcome.marks);
        if found != announced {
            wrong.push(format!(
                "{}:{}{}",
                example.place(),
                list("announces", announced),
                list("gives", found)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn bad_examples_announce_their_own_rule_and_good_ones_do_not() {
    for example in EXAMPLES.iter() {
        let own = example.block.marks.iter().any(|mark| mark.rule.is_none());
        let is_bad = example.block.section == "Bad";
        assert_eq!(own, is_bad, "{}: findings of the page's own rule", example.place());
    }
}

#[test]
fn findings_say_what_happens_and_what_to_do() {
    let mut wrong = Vec::new();
    for example in EXAMPLES.iter() {
        for complaint in example.own().flat_map(complaints) {
            wrong.push(format!("{}: {complaint}", example.place()));
        }
    }
    assert!(wrong.is_empty(), "messages:\n{}", wrong.join("\n"));
}

/// A page announces headlines; what stands below them is in `snapshots/pages`, to be read where it
/// changes.
#[test]
fn findings_are_told_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/pages");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    for rule in rules() {
        let examples = EXAMPLES.iter().filter(|example| example.rule.id == rule.id);
        let findings = examples.flat_map(Example::own).map(told).collect::<Vec<_>>();
        let assert = || insta::assert_snapshot!(rule.id, findings.join("\n"));
        if catch_unwind(AssertUnwindSafe(|| settings.bind(assert))).is_err() {
            wrong.push(rule.id);
        }
    }
    assert!(
        wrong.is_empty(),
        "read what changed, and keep it with INSTA_UPDATE=always cargo test --test it pages_test: {wrong:?}"
    );
}

#[test]
fn sql_in_help_is_sql() {
    let mut wrong = Vec::new();
    // Help about Python is Python.
    let in_sql = |example: &&Example| example.block.setting("layout") != Some("alembic");
    for example in EXAMPLES.iter().filter(in_sql) {
        for finding in example.own() {
            let help = finding.help.as_deref().unwrap_or("");
            if let Some(reason) = not_understood(&code(help), finding.dialects[0]) {
                wrong.push(format!("{}: {reason} in:\n{help}", example.rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fixes_mend_what_they_are_for() {
    for example in EXAMPLES.iter() {
        for finding in example.own() {
            let Some(fix) = &finding.fix else { continue };
            let after = run_edited(example.rule, &example.block, Some(fix)).findings;
            let place = example.place();
            let is_same = |other: &Finding| {
                other.rule == finding.rule
                    && other.message == finding.message
                    && other.place.text() == finding.place.text()
            };
            assert!(!after.iter().any(is_same), "{place}: the finding is gone");
            let unparsed = after.iter().any(|finding| finding.rule == "unparsed-statement");
            assert!(!unparsed, "{place}: the result is SQL");
        }
    }
}

#[test]
fn declared_fixes_are_offered_and_the_reverse() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let offered: BTreeSet<Applicability> = EXAMPLES
            .iter()
            .filter(|example| example.rule.id == rule.id)
            .flat_map(Example::own)
            .filter_map(|finding| finding.fix.as_ref().map(|fix| fix.applicability))
            .collect();
        let declared = match rule.meta.fix {
            FixKind::Safe => BTreeSet::from([Applicability::Safe]),
            FixKind::Unsafe => BTreeSet::from([Applicability::Unsafe]),
            FixKind::None | FixKind::Plan => BTreeSet::new(),
        };
        if offered != declared {
            wrong.push(format!("{}: offers {offered:?}, declares {declared:?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn list(what: &str, marks: &[Mark]) -> String {
    let lines: Vec<String> = marks
        .iter()
        .map(|mark| {
            let rule = mark.rule.as_ref().map(|rule| format!("[{rule}] ")).unwrap_or_default();
            format!("\n    line {}: {rule}{}", mark.line, mark.message)
        })
        .collect();
    format!("\n  {what}{}", if lines.is_empty() { " nothing".to_owned() } else { lines.concat() })
}

fn complaints(finding: &Finding) -> Vec<String> {
    let mut found = Vec::new();
    let help = finding.help.as_deref().unwrap_or("");
    if help.is_empty() {
        found.push(format!("no help for: {}", finding.message));
    }
    if finding.label.is_empty() {
        found.push(format!("no label for: {}", finding.message));
    }
    for sentence in ["you ", "it ", "please ", "this ", "there "] {
        if help.starts_with(sentence) {
            found.push(format!("help is no instruction: {help}"));
        }
    }
    for text in texts(finding) {
        let lower = text.to_lowercase();
        for word in VAGUE.iter().filter(|word| lower.contains(**word)) {
            found.push(format!("\"{word}\" in: {text}"));
        }
        if text.trim_end().ends_with('.') {
            found.push(format!("full stop in: {text}"));
        }
        if text.starts_with(char::is_uppercase) && !starts_with_name(text) {
            found.push(format!("upper case in: {text}"));
        }
        let prose = without_code(text);
        let locks =
            LockMode::ALL.iter().any(|mode| prose.contains(&format!("{} on ", mode.as_sql())));
        if locks && !["wait", "block"].iter().any(|word| prose.contains(word)) {
            found.push(format!("a lock without what it blocks: {text}"));
        }
    }
    found
}

fn texts(finding: &Finding) -> impl Iterator<Item = &str> {
    [finding.message.as_str(), finding.label.as_str()]
        .into_iter()
        .chain(finding.why.as_deref())
        .chain(finding.help.as_deref())
        .chain(finding.related.iter().map(|related| related.message.as_str()))
}

/// Keywords and lock names are written in capitals wherever they stand.
fn starts_with_name(text: &str) -> bool {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    word.chars().all(|c| c.is_uppercase() || c.is_numeric())
        || matches!(
            word.as_str(),
            "PostgreSQL" | "SQLite" | "MySQL" | "MariaDB" | "Alembic" | "SQLAlchemy"
        )
}

/// Help without its indented lines, which are SQL.
fn without_code(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("  ")).collect::<Vec<_>>().join("\n")
}

/// The indented lines of help.
fn code(help: &str) -> String {
    help.lines().filter(|line| line.starts_with("  ")).collect::<Vec<_>>().join("\n")
}

fn not_understood(sql: &str, dialect: Dialect) -> Option<String> {
    let file = Arc::new(SourceFile::new("help.sql", sql));
    let text = MappedText::verbatim(&file, Span::new(0, sql.len()));
    let (direction, transaction) = (Direction::Up, TransactionMode::Autocommit);
    let script = parse(ScriptSource { file, text, direction, transaction }, dialect);
    let actions = script.statements().flat_map(|statement| &statement.actions);
    actions.into_iter().find_map(|action| match &action.kind {
        ActionKind::Unparsed { reason, .. } | ActionKind::Opaque { reason, .. } => {
            Some(reason.clone())
        }
        _ => None,
    })
}
