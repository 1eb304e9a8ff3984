//! What stands in a database now: relations with their columns, constraints, indexes and sizes.

mod drift;
mod postgres;
mod replayed;
mod sqlite;

pub use drift::{Drift, drift};

use super::{DatabaseError, Session};
use crate::migration::{Dialect, Ident, RelationKind};
use crate::schema::RelationName;
use std::collections::BTreeMap;

/// The live schema.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// All relations of the user, by name.
    pub relations: BTreeMap<RelationName, LiveRelation>,
    /// How its facts are spelt.
    pub spelling: Spelling,
    /// The statements that a database keeps of its tables and indexes, where it keeps those.
    pub definitions: Vec<String>,
}

/// How the facts of a live schema are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spelling {
    /// Names alone compare with the replay's.
    #[default]
    Names,
    /// Types as the server prints them, which is as the replay prints them.
    Server,
    /// All as the replay spells it, since the same front end read it.
    Replay,
}

/// A relation.
#[derive(Debug, Clone)]
pub struct LiveRelation {
    /// Its kind.
    pub kind: RelationKind,
    /// Columns in order.
    pub columns: Vec<LiveColumn>,
    /// Constraints.
    pub constraints: Vec<LiveConstraint>,
    /// Bytes with indexes and long values; `None` where it has no storage of its own, or nobody
    /// can tell.
    pub bytes: Option<u64>,
    /// Whether an extension made it.
    pub of_extension: bool,
    /// Whether it is a partition.
    pub is_partition: bool,
    /// What an index is of.
    pub index: Option<LiveIndex>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveColumn {
    /// Name.
    pub name: Ident,
    /// Type as the server prints it.
    pub data_type: String,
    /// NOT NULL.
    pub not_null: bool,
    /// Has a default; not told where it may be NULL in other words.
    pub has_default: Option<bool>,
    /// Its text, where it compares with the replay's.
    pub default: Option<String>,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveConstraint {
    /// Name.
    pub name: String,
    /// `p`, `u`, `f`, `c` or `x`, as in the catalogue.
    pub kind: String,
    /// Columns in order.
    pub columns: Vec<String>,
    /// What it says beside its columns, where that compares with the replay's: the condition of a
    /// check, the table that a foreign key names.
    pub detail: Option<String>,
    /// Whether existing rows are proved to satisfy it.
    pub validated: bool,
}

/// What an index is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveIndex {
    /// Its table.
    pub table: RelationName,
    /// Unique.
    pub unique: bool,
    /// Whether queries may use it.
    pub valid: bool,
    /// Whether it serves a constraint.
    pub of_constraint: bool,
    /// Key columns; empty for an expression.
    pub columns: Vec<String>,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `16.3`, `3.46.0`.
    pub version: String,
    /// The major version; for SQLite major and minor.
    pub major: u16,
    /// The minor version.
    pub minor: u16,
    /// The database's name.
    pub database: String,
    /// Whether timestamps of sessions are in UTC.
    pub utc: bool,
}

impl dyn Session + '_ {
    /// Reads the live schema.
    ///
    /// # Errors
    /// What the server said.
    pub fn live(&mut self) -> Result<Live, DatabaseError> {
        match self.dialect() {
            Dialect::Sqlite => sqlite::read(self),
            _ => postgres::read(self),
        }
    }

    /// Asks the server what it is.
    ///
    /// # Errors
    /// What the server said.
    pub fn server(&mut self) -> Result<Server, DatabaseError> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "SELECT sqlite_version(), 'main', 'UTC'",
            _ => {
                "SELECT current_setting('server_version'), current_database(), current_setting('TimeZone')"
            }
        };
        let row = self.rows(sql)?.into_iter().next().unwrap_or_default();
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || values.next().unwrap_or_default();
        let version = next();
        let version = version.split_whitespace().next().unwrap_or_default().to_owned();
        // A server before its release calls itself 19beta1.
        let digits = |part: &str| {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0)
        };
        let mut parts = version.split('.').map(digits);
        let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        let database = next();
        let zone = next().to_ascii_lowercase();
        let utc = matches!(zone.as_str(), "utc" | "etc/utc" | "gmt" | "etc/gmt" | "zulu" | "uct");
        Ok(Server { version, major, minor, database, utc })
    }
}
