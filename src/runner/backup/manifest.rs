//! `manifest.json`: what a backup holds.

use super::Folder;
use crate::database::DatabaseError;
use crate::runner::gate::{CheckedScript, Lost};
use serde::Serialize;

/// What a backup holds.
#[derive(Debug, Serialize)]
pub(super) struct Manifest {
    version: u32,
    tool: Tool,
    /// The name of the project's history.
    history: String,
    /// The migration before which it was made.
    migration: String,
    direction: &'static str,
    /// When, by the server's clock, UTC.
    taken_at: String,
    /// Files with what they hold.
    pub files: Vec<Held>,
    /// How it is brought back.
    restore: &'static str,
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// A file of a backup.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    pub file: String,
    /// The table, where it is one table's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    pub bytes: u64,
    pub sha256: String,
    /// Whether rows are lost.
    pub loses_rows: bool,
    /// Columns whose values are lost.
    pub loses_columns: Vec<String>,
}

/// A column with its type as the server prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(super) struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether a sequence gives its values.
    #[serde(skip_serializing, default)]
    pub counted: bool,
}

impl Manifest {
    /// A manifest without files yet.
    pub fn new(
        script: &CheckedScript,
        history: &str,
        taken_at: String,
        restore: &'static str,
    ) -> Self {
        Self {
            version: 1,
            tool: Tool { name: "lockgate", version: env!("CARGO_PKG_VERSION") },
            history: history.to_owned(),
            migration: script.id().to_owned(),
            direction: crate::runner::history::direction_name(script.direction()),
            taken_at,
            files: Vec::new(),
            restore,
        }
    }

    /// Writes it.
    pub fn write(&self, folder: &Folder) -> Result<(), DatabaseError> {
        // Plain data has no way to fail.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        folder.write("manifest.json", &json)
    }
}

impl Held {
    /// A file, with what its table loses.
    pub fn losing(mut self, lost: Option<&Lost>) -> Self {
        if let Some(lost) = lost {
            self.loses_rows = lost.rows;
            self.loses_columns = lost.columns.iter().map(ToString::to_string).collect();
        }
        self
    }
}
