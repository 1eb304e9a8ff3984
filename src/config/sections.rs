//! The sections of a configuration, one reader each.

use super::reader::Reader;
use crate::engine::{Allowance, Day};
use crate::layout::{LayoutMeta, layout_named, layouts};
use crate::migration::{Dialect, ServerVersion, is_utc};
use crate::rule::TableLists;
use crate::rules;
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::ops::Range;
use std::time::Duration;
use toml::de::DeTable;

/// A `[[project]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Folder, relative to the configuration's.
    pub path: String,
    /// Layout; detected where not written.
    pub layout: Option<LayoutMeta>,
    /// Dialects; judged from the files where empty.
    pub dialects: Vec<Dialect>,
    /// Server version.
    pub server_version: Option<ServerVersion>,
    /// Whether sessions run with a time zone that is UTC all year.
    pub utc: bool,
}

/// `[deployed]`: what runs against the database while it is migrated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deployed {
    /// Git revisions of the application that may be running.
    pub refs: Vec<String>,
    /// Globs of the application's files.
    pub app: Vec<String>,
    /// Folders of other repositories that use the database, relative to the configuration's.
    pub also: Vec<String>,
    /// Glob of the tags that are releases.
    pub tags: Option<String>,
}

/// `[apply]`: how pending migrations are run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Apply {
    /// How long a statement waits for a lock.
    pub lock_timeout: Option<Duration>,
    /// When a backup is made.
    pub backup: Option<Backup>,
    /// Where backups are put, relative to the configuration's folder.
    pub backup_folder: Option<String>,
    /// The name of the project's history.
    pub history_name: Option<String>,
    /// What the database is to people: `production` asks for a confirmation.
    pub environment: Option<String>,
    /// Command to run before anything is applied.
    pub before_apply: Option<String>,
    /// Command to run after all was applied.
    pub after_apply: Option<String>,
    /// Command to run after a failure.
    pub on_failure: Option<String>,
    /// Globs of relations whose drift does not count.
    pub drift_ignore: Vec<String>,
}

impl Apply {
    /// The globs of [`Apply::drift_ignore`]; each was read before.
    pub fn drift_globs(&self) -> GlobSet {
        let mut set = GlobSetBuilder::new();
        for glob in self.drift_ignore.iter().filter_map(|text| Glob::new(text).ok()) {
            set.add(glob);
        }
        set.build().unwrap_or_default()
    }
}

/// When a backup is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backup {
    /// Never.
    Never,
    /// Before a migration that destroys data.
    BeforeDataLoss,
    /// Before every run.
    Always,
}

impl Backup {
    const ALL: [(&'static str, Self); 3] = [
        ("never", Self::Never),
        ("before-data-loss", Self::BeforeDataLoss),
        ("always", Self::Always),
    ];
}

/// `[[project]]`.
pub(super) fn projects(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Vec<ProjectSettings> {
    let entries = reader.tables(table, "project");
    entries.into_iter().filter_map(|(entry, range)| project(reader, entry, range)).collect()
}

fn project(
    reader: &mut Reader<'_>,
    entry: &DeTable<'_>,
    range: Range<usize>,
) -> Option<ProjectSettings> {
    reader.check_keys(entry, &["path", "layout", "dialect", "server-version", "timezone"]);
    let path = reader.string(entry, "path").map(|(path, _)| path.to_owned());
    if path.is_none() && !entry.contains_key("path") {
        reader.error(range, "a project needs a path", Some("path = \"db/migrations\"".to_owned()));
    }
    let dialects = dialects(reader, entry);
    let server_version = reader.parsed(entry, "server-version", str::parse::<ServerVersion>);
    if dialects.len() > 1
        && let Some(node) = entry.get("server-version")
    {
        reader.error(
            node.span(),
            "server-version needs a single dialect",
            Some("write one [[project]] for each dialect, with the same path".to_owned()),
        );
    }
    Some(ProjectSettings {
        path: path?,
        layout: layout(reader, entry),
        dialects,
        server_version,
        utc: reader.string(entry, "timezone").is_some_and(|(name, _)| is_utc(name)),
    })
}

fn layout(reader: &mut Reader<'_>, entry: &DeTable<'_>) -> Option<LayoutMeta> {
    let (name, range) = reader.string(entry, "layout")?;
    let found = layout_named(name).ok();
    if found.is_none() {
        let known: Vec<&str> = layouts().map(|layout| layout.name).collect();
        reader.unknown(range, "layout", name, &known);
    }
    found
}

fn dialects(reader: &mut Reader<'_>, entry: &DeTable<'_>) -> Vec<Dialect> {
    let mut dialects = Vec::new();
    for (name, range) in reader.strings(entry, "dialect") {
        match name.parse() {
            Ok(dialect) if dialects.contains(&dialect) => {
                reader.error(range, format!("dialect \"{name}\" is named twice"), None);
            }
            Ok(dialect) => dialects.push(dialect),
            Err(_) => reader.unknown(range, "dialect", name, &Dialect::ALL.map(Dialect::as_str)),
        }
    }
    dialects
}

/// `[tables]`.
pub(super) fn tables(reader: &mut Reader<'_>, table: &DeTable<'_>) -> TableLists {
    let Some((section, _)) = reader.table(table, "tables") else { return TableLists::default() };
    reader.check_keys(section, &["hot", "small"]);
    TableLists {
        hot: globs(reader, section, "hot"),
        small: globs(reader, section, "small"),
        ..TableLists::default()
    }
}

/// Globs over the printed names of relations.
pub(super) fn globs(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for (text, range) in reader.strings(table, key) {
        match Glob::new(text) {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => {
                let message = format!("\"{text}\" is no pattern: {}", error.kind());
                reader.error(range, message, None);
            }
        }
    }
    // Each glob compiled by itself; what can still fail is the size of all together.
    set.build().unwrap_or_default()
}

/// `[[allow]]`.
pub(super) fn allowances(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Vec<Allowance> {
    let entries = reader.tables(table, "allow");
    entries.into_iter().filter_map(|(entry, range)| allowance(reader, entry, range)).collect()
}

fn allowance(
    reader: &mut Reader<'_>,
    entry: &DeTable<'_>,
    range: Range<usize>,
) -> Option<Allowance> {
    reader.check_keys(entry, &["rule", "migration", "reason", "until"]);
    let place = reader.place(range.clone());
    let rule = reader.string(entry, "rule");
    if rule.is_none() && !entry.contains_key("rule") {
        reader.error(range.clone(), "an allowance needs a rule", None);
    }
    if let Some((id, at)) = &rule
        && rules::find(id).is_none()
    {
        let known: Vec<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
        reader.unknown(at.clone(), "rule", id, &known);
    }
    let reason = reader.string(entry, "reason");
    if !entry.contains_key("reason")
        || reason.as_ref().is_some_and(|(text, _)| text.trim().is_empty())
    {
        let at = reason.as_ref().map_or(range, |(_, at)| at.clone());
        let help = "say why it is safe, for whoever reads this next: reason = \"…\"".to_owned();
        reader.error(at, "an allowance needs a reason", Some(help));
    }
    let migration = reader.string(entry, "migration").map(|(id, _)| id.to_owned());
    let until: Option<Day> = reader.day(entry, "until");
    let (rule, reason) = (rule?.0.to_owned(), reason?.0.to_owned());
    Some(Allowance { rule, migration, reason, until, place })
}

/// `[deployed]`.
pub(super) fn deployed(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Deployed {
    let Some((section, _)) = reader.table(table, "deployed") else { return Deployed::default() };
    reader.check_keys(section, &["refs", "app", "also", "tags"]);
    globs(reader, section, "app");
    let tags = reader.parsed(section, "tags", |glob| {
        Glob::new(glob)
            .map(|_| glob.to_owned())
            .map_err(|error| format!("\"{glob}\" is no pattern: {}", error.kind()))
    });
    Deployed {
        refs: owned(reader, section, "refs"),
        app: owned(reader, section, "app"),
        also: owned(reader, section, "also"),
        tags,
    }
}

/// `[apply]`.
pub(super) fn apply(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Apply {
    let Some((section, _)) = reader.table(table, "apply") else { return Apply::default() };
    reader.check_keys(section, APPLY_KEYS);
    globs(reader, section, "drift-ignore");
    let mut text = |key: &str| reader.parsed(section, key, words);
    let backup_folder = text("backup-folder");
    let (history_name, environment) = (text("history-name"), text("environment"));
    let (before_apply, after_apply) = (text("before-apply"), text("after-apply"));
    Apply {
        lock_timeout: reader.parsed(section, "lock-timeout", duration),
        backup: reader.choice(section, "backup", &Backup::ALL),
        backup_folder,
        history_name,
        environment,
        before_apply,
        after_apply,
        on_failure: reader.parsed(section, "on-failure", command_on_failure),
        drift_ignore: owned(reader, section, "drift-ignore"),
    }
}

const APPLY_KEYS: &[&str] = &[
    "lock-timeout",
    "backup",
    "backup-folder",
    "history-name",
    "environment",
    "before-apply",
    "after-apply",
    "on-failure",
    "drift-ignore",
];

/// A text that says something.
fn words(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("an empty text says nothing; leave the key out".to_owned()),
        words => Ok(words.to_owned()),
    }
}

/// The flag of the same name takes a word that would be a strange command.
fn command_on_failure(text: &str) -> Result<String, String> {
    if matches!(text, "rollback" | "stop") {
        return Err(format!(
            "on-failure is a command to run; what is done with the migrations is the flag --on-failure {text}"
        ));
    }
    words(text)
}

fn owned(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> Vec<String> {
    // Values of a wrong type were told when the same key was read as globs.
    let strings = Reader::strings(reader, table, key);
    strings.into_iter().map(|(text, _)| text.to_owned()).collect()
}

/// A duration with its unit: `500ms`, `2s`, `1min`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let bad =
        || format!("\"{text}\" is no duration; write a number with its unit: 500ms, 2s, 1min");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let milliseconds = match unit.trim() {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "min" => number.checked_mul(60_000),
        _ => None,
    };
    milliseconds.map(Duration::from_millis).ok_or_else(bad)
}
