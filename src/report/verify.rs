//! `lockgate verify`: where a real server did other than was predicted, as JSON and as text.

use super::terminal::{Style, clean, count, faint, strong};
use super::write_json;
use serde::Serialize;
use std::io::{self, Write};
use std::sync::Arc;

const VERSION: u32 = 1;

/// What came of running a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// The server's version.
    pub server_version: String,
    /// Statements that were run and compared.
    pub statements: usize,
    /// Statements of which not everything could be compared, each with the reason.
    pub unsure: Vec<Unsure>,
    /// Where prediction and server differ, in the order in which the statements ran.
    pub differences: Vec<Difference>,
    /// Statements that were not run, because the server refused one before them.
    pub not_run: usize,
}

/// Where a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The file, as printed.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// Id of the migration.
    pub migration: String,
    /// As sent.
    pub sql: Arc<str>,
}

/// A statement of which not everything could be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsure {
    /// The statement.
    pub at: At,
    /// Why.
    pub reason: &'static str,
}

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The server refused, or did not.
    Refused,
    /// The strongest lock on a relation.
    Lock,
    /// Storage that is replaced.
    Rewritten,
    /// A table that is read in full.
    Scanned,
    /// A relation that is made.
    Created,
    /// A relation that is dropped.
    Dropped,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The statement.
    pub at: At,
    /// What it is about.
    pub aspect: Aspect,
    /// The relation, where it is about one.
    pub relation: Option<String>,
    /// What was predicted; `None`: nothing.
    pub predicted: Option<String>,
    /// What the server did; `None`: nothing.
    pub actual: Option<String>,
}

#[derive(Serialize)]
struct Document<'v> {
    version: u32,
    server_version: &'v str,
    statements: usize,
    not_run: usize,
    unsure: Vec<UnsureItem<'v>>,
    differences: Vec<DifferenceItem<'v>>,
}

#[derive(Serialize)]
struct AtItem<'v> {
    file: &'v str,
    line: usize,
    migration: &'v str,
    sql: &'v str,
}

#[derive(Serialize)]
struct UnsureItem<'v> {
    #[serde(flatten)]
    at: AtItem<'v>,
    reason: &'static str,
}

#[derive(Serialize)]
struct DifferenceItem<'v> {
    #[serde(flatten)]
    at: AtItem<'v>,
    aspect: Aspect,
    relation: Option<&'v str>,
    predicted: Option<&'v str>,
    actual: Option<&'v str>,
}

impl<'v> AtItem<'v> {
    fn of(at: &'v At) -> Self {
        Self { file: &at.file, line: at.line, migration: &at.migration, sql: &at.sql }
    }
}

/// Writes it as JSON; the schema is `schemas/verify-1.json`.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, found: &Verification) -> io::Result<()> {
    let unsure = found.unsure.iter();
    let differences = found.differences.iter();
    write_json(
        out,
        &Document {
            version: VERSION,
            server_version: &found.server_version,
            statements: found.statements,
            not_run: found.not_run,
            unsure: unsure
                .map(|one| UnsureItem { at: AtItem::of(&one.at), reason: one.reason })
                .collect(),
            differences: differences
                .map(|one| DifferenceItem {
                    at: AtItem::of(&one.at),
                    aspect: one.aspect,
                    relation: one.relation.as_deref(),
                    predicted: one.predicted.as_deref(),
                    actual: one.actual.as_deref(),
                })
                .collect(),
        },
    )
}

/// Writes it for people.
///
/// # Errors
/// Those of the writer.
pub fn write_text(out: &mut dyn Write, found: &Verification, style: Style) -> io::Result<()> {
    let mut last: Option<&At> = None;
    for one in &found.differences {
        if last != Some(&one.at) {
            headline(out, &one.at, style)?;
            last = Some(&one.at);
        }
        writeln!(out, "  {}", clean(&sentence(one)))?;
    }
    if last.is_some() {
        writeln!(out)?;
    }
    let sign = if found.differences.is_empty() { "✓" } else { "✗" };
    let mut line = format!(
        "{sign} {} run on PostgreSQL {}: {}",
        count(found.statements, "statement"),
        found.server_version,
        match found.differences.len() {
            0 => "each did what was predicted".to_owned(),
            number => count(number, "difference"),
        }
    );
    if !found.unsure.is_empty() {
        line.push_str(&format!(" ({} compared in part)", found.unsure.len()));
    }
    if found.not_run > 0 {
        line.push_str(&format!("; {} not run", found.not_run));
    }
    writeln!(out, "{line}")
}

fn headline(out: &mut dyn Write, at: &At, style: Style) -> io::Result<()> {
    let sql = at.sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let sql: String = sql.chars().take(120).collect();
    let place = format!("{}:{}", clean(&at.file), at.line);
    writeln!(out, "{}  {}", faint(style, &place), strong(style, &clean(&sql)))
}

fn sentence(one: &Difference) -> String {
    let name = one.relation.as_deref().unwrap_or_default();
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let (predicted, actual) = (or_none(&one.predicted), or_none(&one.actual));
    match (one.aspect, &one.actual) {
        (Aspect::Refused, Some(error)) => format!("the server refuses it: {error}"),
        (Aspect::Refused, None) => {
            format!("the server runs it, though a refusal was predicted: {predicted}")
        }
        (Aspect::Lock, _) => format!("lock on {name}: {actual}, predicted {predicted}"),
        (Aspect::Rewritten, Some(_)) => format!("rewrites {name}, which was not predicted"),
        (Aspect::Rewritten, None) => format!("does not rewrite {name}, as was predicted"),
        (Aspect::Scanned, Some(_)) => format!("reads {name} in full, which was not predicted"),
        (Aspect::Scanned, None) => format!("does not read {name} in full, as was predicted"),
        (Aspect::Created, Some(_)) => format!("makes {name}, which was not predicted"),
        (Aspect::Created, None) => format!("does not make {name}, as was predicted"),
        (Aspect::Dropped, Some(_)) => format!("drops {name}, which was not predicted"),
        (Aspect::Dropped, None) => format!("does not drop {name}, as was predicted"),
    }
}
