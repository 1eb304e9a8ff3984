//! Runs every example of every rule's page: each gives exactly the findings that it announces.

use crate::support::page::{Block, Mark, Page};
use crate::support::page_run::{Outcome, run, run_edited};
use lockgate::effects::LockMode;
use lockgate::finding::{Applicability, Finding};
use lockgate::frontend::sql::parse;
use lockgate::migration::{ActionKind, Dialect, Direction, ScriptSource, TransactionMode};
use lockgate::rule::FixKind;
use lockgate::rules::{ALL as LISTED, Registered};
use lockgate::source::{MappedText, SourceFile, Span};
use std::collections::BTreeSet;
use std::sync::Arc;

// The template is a rule like any other, listed for the tests alone.
lockgate::rules! {
    #[path = "../../src/rules/_template.rs"]
    "_template" => template,
}

/// Words that leave the reader alone with the decision.
const VAGUE: &[&str] = &["consider", "may want", "might want", "be careful", "you should"];

fn rules() -> impl Iterator<Item = &'static Registered> {
    LISTED.iter().chain(ALL)
}

#[test]
fn examples_give_what_they_announce() {
    let mut wrong = Vec::new();
    for (rule, block) in blocks() {
        let announced = &block.marks;
        let found = run(rule, &block).marks;
        if found != *announced {
            let place = format!("rules/{}.md:{}", rule.id, block.page_line);
            wrong.push(format!(
                "{place}:{}{}",
                list("announces", announced),
                list("gives", &found)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn bad_examples_announce_their_own_rule_and_good_ones_do_not() {
    for (rule, block) in blocks() {
        let own = block.marks.iter().any(|mark| mark.rule.is_none());
        let place = format!("rules/{}.md:{}", rule.id, block.page_line);
        assert_eq!(own, block.section == "Bad", "{place}: findings of the page's own rule");
    }
}

#[test]
fn findings_say_what_happens_and_what_to_do() {
    let mut wrong = Vec::new();
    for (rule, block) in blocks() {
        let Outcome { findings, .. } = run(rule, &block);
        for finding in findings.iter().filter(|finding| finding.rule == rule.id) {
            for complaint in complaints(finding) {
                wrong.push(format!("rules/{}.md:{}: {complaint}", rule.id, block.page_line));
            }
        }
    }
    assert!(wrong.is_empty(), "messages:\n{}", wrong.join("\n"));
}

#[test]
fn sql_in_help_is_sql() {
    let mut wrong = Vec::new();
    // Help about Python is Python.
    for (rule, block) in blocks().filter(|(_, block)| block.setting("layout") != Some("alembic")) {
        let Outcome { findings, .. } = run(rule, &block);
        for finding in findings.iter().filter(|finding| finding.rule == rule.id) {
            let help = finding.help.as_deref().unwrap_or("");
            if let Some(reason) = not_understood(&code(help), finding.dialects[0]) {
                wrong.push(format!("{}: {reason} in:\n{help}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fixes_mend_what_they_are_for() {
    for (rule, block) in blocks() {
        let before = own(rule, &run(rule, &block).findings);
        for finding in &before {
            let Some(fix) = &finding.fix else { continue };
            let after = run_edited(rule, &block, Some(fix)).findings;
            let place = format!("rules/{}.md:{}", rule.id, block.page_line);
            let is_same = |other: &Finding| {
                other.message == finding.message && other.place.text() == finding.place.text()
            };
            assert!(!own(rule, &after).iter().any(is_same), "{place}: the finding is gone");
            let unparsed = after.iter().any(|finding| finding.rule == "unparsed-statement");
            assert!(!unparsed, "{place}: the result is SQL");
        }
    }
}

#[test]
fn declared_fixes_are_offered_and_the_reverse() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let offered: BTreeSet<Applicability> = Page::read(rule.page)
            .blocks
            .iter()
            .flat_map(|block| own(rule, &run(rule, block).findings))
            .filter_map(|finding| finding.fix.map(|fix| fix.applicability))
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

fn own(rule: &Registered, findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter(|finding| finding.rule == rule.id).cloned().collect()
}

fn blocks() -> impl Iterator<Item = (&'static Registered, Block)> {
    rules()
        .flat_map(|rule| Page::read(rule.page).blocks.into_iter().map(move |block| (rule, block)))
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
        ActionKind::Unparsed { reason, .. } | ActionKind::Opaque { reason } => Some(reason.clone()),
        _ => None,
    })
}
