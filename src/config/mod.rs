//! `lockgate.toml`, or `[tool.lockgate]` in `pyproject.toml`, as validated settings.
//!
//! Everything unknown is an error that points into the file and suggests; all mistakes of a file
//! are told at once. This room knows rules and layouts by name and builds the rules with their
//! options; flags and the environment are laid over the settings by the command line.

mod error;
mod find;
mod reader;
mod rules;
mod sections;
mod selection;

pub use error::{ConfigError, ConfigFailure};
pub use find::{Found, find, load};
pub use rules::RuleSettings;
pub use sections::{Apply, Backup, Deployed, ProjectSettings, duration};
pub use selection::{Selection, Selector, UnknownSelector};

use crate::engine::Allowance;
use crate::finding::Severity;
use crate::rule::TableLists;
use crate::source::SourceFile;
use reader::Reader;
use std::sync::Arc;
use toml::de::DeTable;

/// From which severity on a run fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// Errors alone.
    #[default]
    Error,
    /// Warnings too.
    Warning,
    /// Notes too.
    Note,
    /// Findings never fail a run.
    Never,
}

impl FailOn {
    /// Every choice with its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("error", Self::Error),
        ("warning", Self::Warning),
        ("note", Self::Note),
        ("never", Self::Never),
    ];

    /// The least severity that fails a run.
    pub fn least(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }

    /// Whether a run whose worst finding is `worst` fails.
    pub fn fails(self, worst: Option<Severity>) -> bool {
        let Some(least) = self.least() else { return false };
        worst.is_some_and(|worst| worst >= least)
    }
}

/// What a configuration says.
#[derive(Clone, Default)]
pub struct Settings {
    /// `fail-on`, where written.
    pub fail_on: Option<FailOn>,
    /// `[[project]]` entries in their order; paths are relative to the file's folder.
    pub projects: Vec<ProjectSettings>,
    /// `[tables]`.
    pub tables: TableLists,
    /// `[rules]` and `[categories]`.
    pub rules: RuleSettings,
    /// `[[allow]]`.
    pub allowances: Vec<Allowance>,
    /// `[deployed]`.
    pub deployed: Deployed,
    /// `[apply]`.
    pub apply: Apply,
}

const KEYS: &[&str] =
    &["fail-on", "project", "tables", "rules", "categories", "allow", "deployed", "apply"];

/// Reads a configuration from a file's text.
///
/// # Errors
/// All mistakes of the file, in its order.
pub fn parse(file: &Arc<SourceFile>, kind: FileKind) -> Result<Settings, Vec<ConfigError>> {
    let mut reader = Reader::new(file);
    let text = file.text().get(file.content_start()..).unwrap_or("");
    let document = match DeTable::parse(text) {
        Ok(document) => document.into_inner(),
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            reader.error(range, first_line(error.message()), None);
            return Err(reader.into_errors());
        }
    };
    let settings = match kind {
        FileKind::Own => read(&mut reader, &document),
        FileKind::Pyproject => {
            let tool = reader.table(&document, "tool").map(|(table, _)| table);
            let table = tool.and_then(|tool| reader.table(tool, "lockgate"));
            table.map(|(table, _)| read(&mut reader, table)).unwrap_or_default()
        }
    };
    let errors = reader.into_errors();
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}

/// Where in a file the settings stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `lockgate.toml`: the whole file.
    Own,
    /// `pyproject.toml`: `[tool.lockgate]`.
    Pyproject,
}

fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Settings {
    reader.check_keys(table, KEYS);
    Settings {
        fail_on: reader.choice(table, "fail-on", &FailOn::ALL),
        projects: sections::projects(reader, table),
        tables: sections::tables(reader, table),
        rules: rules::read(reader, table),
        allowances: sections::allowances(reader, table),
        deployed: sections::deployed(reader, table),
        apply: sections::apply(reader, table),
    }
}

/// TOML errors continue with hints for its own grammar that repeat the first line.
fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or(message)
}

#[cfg(test)]
mod tests;
