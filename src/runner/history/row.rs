//! A row of the history.

use crate::database::Row;
use crate::migration::Direction;
use crate::runner::gate::Allowed;
use serde::Serialize;

/// What a row tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A script was run.
    Run,
    /// A version was marked as applied without running it.
    Marked,
    /// The text of an applied version was accepted as it is now.
    Accepted,
    /// A person settled what nobody could tell.
    Resolved,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Run, Self::Marked, Self::Accepted, Self::Resolved];

    /// The name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Marked => "marked",
            Self::Accepted => "accepted",
            Self::Resolved => "resolved",
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It runs, or was killed while it ran: the journal says how far it came.
    Running,
    /// All of it is done.
    Applied,
    /// It stopped at an error.
    Failed,
    /// It was killed at a statement whose effect cannot be told.
    Unknown,
}

impl Status {
    const ALL: [Self; 4] = [Self::Running, Self::Applied, Self::Failed, Self::Unknown];

    /// The name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// A row.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Number in the table.
    pub id: i64,
    /// Version.
    pub version: String,
    /// Description.
    pub description: String,
    /// Direction.
    pub direction: Direction,
    /// What it tells of.
    pub kind: Kind,
    /// Over the normalised statements.
    pub checksum: String,
    /// When, as the server prints it.
    pub applied_at: String,
    /// Who.
    pub applied_by: String,
    /// On which machine.
    pub host: String,
    /// By which lockgate.
    pub tool_version: String,
    /// Milliseconds.
    pub execution_time_ms: u64,
    /// Statements run.
    pub statements: u64,
    /// Rows changed.
    pub rows_affected: u64,
    /// Relations touched.
    pub tables_touched: Vec<String>,
    /// What became of it.
    pub status: Status,
    /// Why it failed.
    pub error: Option<String>,
    /// Findings that were allowed or forced, as JSON.
    pub findings_allowed: serde_json::Value,
    /// Why a person did it.
    pub note: Option<String>,
    /// Where the backup is.
    pub backup_reference: Option<String>,
    /// Whether its down loses nothing.
    pub rollback_safe: bool,
}

/// A row to be written.
#[derive(Debug, Clone)]
pub(in crate::runner) struct NewEntry<'a> {
    pub version: &'a str,
    pub description: &'a str,
    pub direction: Direction,
    pub kind: Kind,
    pub checksum: &'a str,
    pub execution_ms: u64,
    pub statements: usize,
    pub rows: u64,
    pub tables: &'a [String],
    pub status: Status,
    pub error: Option<&'a str>,
    pub allowed: &'a [Allowed],
    pub note: Option<&'a str>,
    pub backup: Option<&'a str>,
    pub rollback_safe: bool,
}

/// Columns as they are read.
pub(super) const COLUMNS: &str = "id, version, description, direction, kind, checksum, applied_at, \
    applied_by, host, tool_version, execution_time_ms, statements, rows_affected, tables_touched, \
    status, error, findings_allowed, note, backup_reference, rollback_safe";

/// Columns as they are written.
pub(super) const WRITTEN: &str = "project, version, description, direction, kind, checksum, \
    applied_at, applied_by, host, tool_version, execution_time_ms, statements, rows_affected, \
    tables_touched, status, error, findings_allowed, note, backup_reference, rollback_safe";

/// A row as read; `None` where a newer lockgate wrote words that this one does not know.
pub(super) fn read(row: &Row) -> Option<Entry> {
    let mut values = row.iter().cloned();
    let mut next = || values.next().flatten();
    Some(Entry {
        id: next()?.parse().ok()?,
        version: next()?,
        description: next()?,
        direction: if next()? == "down" { Direction::Down } else { Direction::Up },
        kind: next().and_then(|name| Kind::ALL.into_iter().find(|it| it.as_str() == name))?,
        checksum: next()?,
        applied_at: next()?,
        applied_by: next()?,
        host: next()?,
        tool_version: next()?,
        execution_time_ms: next()?.parse().unwrap_or(0),
        statements: next()?.parse().unwrap_or(0),
        rows_affected: next()?.parse().unwrap_or(0),
        tables_touched: serde_json::from_str(&next()?).unwrap_or_default(),
        status: next().and_then(|name| Status::ALL.into_iter().find(|it| it.as_str() == name))?,
        error: next(),
        findings_allowed: serde_json::from_str(&next()?).unwrap_or_default(),
        note: next(),
        backup_reference: next(),
        rollback_safe: next()? == "yes",
    })
}
