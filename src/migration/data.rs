//! Statements that change rows, and settings.

use super::{Expr, Ident, LockWait, ObjectName, OutputColumn, Predicate, Query};
use crate::source::Span;

/// What a `WHERE` says of how many rows are touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowPredicate {
    /// No `WHERE`.
    All,
    /// A `WHERE` with its condition.
    Where(Expr),
    /// `LIMIT`, with the condition before it.
    Slice(Option<Expr>),
    /// `WHERE CURRENT OF cursor`.
    CurrentOf,
}

impl RowPredicate {
    /// The condition of `WHERE`.
    pub fn condition(&self) -> Option<&Expr> {
        match self {
            Self::Where(condition) | Self::Slice(Some(condition)) => Some(condition),
            Self::All | Self::Slice(None) | Self::CurrentOf => None,
        }
    }

    /// The rows with a `LIMIT` behind them.
    #[must_use]
    pub fn limited(self) -> Self {
        match self {
            Self::All => Self::Slice(None),
            Self::Where(condition) => Self::Slice(Some(condition)),
            Self::Slice(_) | Self::CurrentOf => self,
        }
    }

    /// Whether every row is taken: no `WHERE`, or one that is always true.
    pub fn takes_all(&self) -> bool {
        match self {
            Self::All => true,
            Self::Where(condition) => {
                let parts = condition.conjuncts();
                !parts.is_empty() && parts.iter().all(|part| *part == Predicate::True)
            }
            Self::Slice(_) | Self::CurrentOf => false,
        }
    }
}

/// `INSERT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// The table.
    pub table: ObjectName,
    /// Columns, where written.
    pub columns: Vec<Ident>,
    /// Rows.
    pub source: InsertSource,
    /// Values of the first rows of `VALUES`, at most [`Insert::ROWS_KEPT`].
    pub values: Vec<Vec<InsertValue>>,
    /// What becomes of a row whose key is there already.
    pub on_conflict: OnConflict,
    /// What `ON CONFLICT` names, where it names something; SQLite takes several clauses.
    pub conflict_targets: Vec<ConflictTarget>,
    /// What CTEs and subqueries read and write.
    pub query: Query,
    /// Columns of the query that gives the rows, where it is one and they can be told.
    pub selected: Option<Vec<OutputColumn>>,
}

impl Insert {
    /// How many rows keep their values; bulk inserts hold thousands.
    pub const ROWS_KEPT: usize = 64;
}

/// What an `INSERT` does with a row whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// It fails.
    #[default]
    Fail,
    /// It leaves the row as it is: `DO NOTHING`, `INSERT OR IGNORE`.
    Skip,
    /// It changes the row: `DO UPDATE`, `REPLACE`, and `OR …` of SQLite.
    Change,
}

/// What `ON CONFLICT` names: the key by which rows conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictTarget {
    /// Plain columns.
    Columns {
        /// The columns.
        columns: Vec<Ident>,
        /// Whether a `WHERE` stands behind them, which names a partial index.
        filtered: bool,
    },
    /// `ON CONSTRAINT name`.
    Constraint(Ident),
    /// Columns and expressions.
    Expressions,
}

/// A value of `VALUES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsertValue {
    /// `DEFAULT`.
    Default,
    /// A plain number or string: its text without quotes.
    Literal(String),
    /// Anything else.
    Other,
}

/// Where inserted rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InsertSource {
    /// `VALUES` with so many rows.
    Values(usize),
    /// A query.
    Query,
    /// `DEFAULT VALUES`.
    Defaults,
}

/// `UPDATE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The table.
    pub table: ObjectName,
    /// `ONLY`.
    pub only: bool,
    /// Columns set, with their expressions (unknown for `(a, b) = (SELECT …)`).
    pub assignments: Vec<(Ident, Expr)>,
    /// Tables of `FROM`.
    pub from: Vec<ObjectName>,
    /// Which rows.
    pub rows: RowPredicate,
    /// What CTEs, `FROM` and subqueries read and write.
    pub query: Query,
}

/// `DELETE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    /// The table.
    pub table: ObjectName,
    /// `ONLY`.
    pub only: bool,
    /// Tables of `USING`.
    pub using: Vec<ObjectName>,
    /// Which rows.
    pub rows: RowPredicate,
    /// What CTEs, `USING` and subqueries read and write.
    pub query: Query,
}

/// `MERGE` (15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The table.
    pub table: ObjectName,
    /// What its `WHEN` clauses do to rows; `DO NOTHING` is left out.
    pub changes: Vec<MergeChange>,
    /// What it and its source read and write.
    pub query: Query,
}

/// What a `WHEN` clause of a `MERGE` does to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeChange {
    /// `INSERT`.
    Insert,
    /// `UPDATE` of these columns.
    Update(Vec<Ident>),
    /// `DELETE`.
    Delete,
}

/// `TRUNCATE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncate {
    /// Tables; the flag is `ONLY`.
    pub tables: Vec<(ObjectName, bool)>,
    /// `CASCADE`.
    pub cascade: bool,
    /// `RESTART IDENTITY`.
    pub restart_identity: bool,
    /// `WAIT` or `NOWAIT` (MariaDB).
    pub wait: Option<LockWait>,
}

/// `COPY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The table, where it is one.
    pub table: Option<ObjectName>,
    /// Columns, where written.
    pub columns: Vec<Ident>,
    /// The query of `COPY (query) TO`.
    pub query: Option<Query>,
    /// Whether rows are written (`FROM`).
    pub from: bool,
    /// Rows of an inline `FROM stdin` block.
    pub inline_rows: Option<usize>,
    /// Where they stand in the script's text, where the script itself holds them.
    pub inline_span: Option<Span>,
}

/// How far a setting reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingScope {
    /// `SET`, `SET SESSION`, `set_config(…, false)`.
    Session,
    /// `SET LOCAL`, `set_config(…, true)`.
    Local,
    /// `SET GLOBAL`, `SET PERSIST` (MySQL, MariaDB): sessions that begin later.
    Global,
}

/// `SET`, `RESET` and `set_config`; SQLite's `PRAGMA name = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOption {
    /// Name in lower case; `all` for `RESET ALL` and `DISCARD ALL`.
    pub name: String,
    /// Values without quotes; empty means reset to default.
    pub values: Vec<String>,
    /// Scope.
    pub scope: SettingScope,
}
