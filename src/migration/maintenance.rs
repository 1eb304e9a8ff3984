//! Views, explicit locks and maintenance commands.

use super::{Ident, ObjectName, Query};

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateView {
    /// Name.
    pub name: ObjectName,
    /// Whether it is a materialized view.
    pub materialized: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Whether the view is temporary.
    pub temporary: bool,
    /// Column names, where written.
    pub columns: Vec<Ident>,
    /// The query.
    pub query: Query,
    /// `false` for `WITH NO DATA`.
    pub with_data: bool,
}

/// `REFRESH MATERIALIZED VIEW`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// The view.
    pub name: ObjectName,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `false` for `WITH NO DATA`.
    pub with_data: bool,
}

/// `LOCK TABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTable {
    /// Tables; the flag is `ONLY`.
    pub tables: Vec<(ObjectName, bool)>,
    /// Mode as written, upper case; `ACCESS EXCLUSIVE` where none is written.
    pub mode: String,
    /// `NOWAIT`.
    pub nowait: bool,
}

/// `VACUUM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacuum {
    /// Tables; the flag is `ONLY` (18); empty means all.
    pub tables: Vec<(ObjectName, bool)>,
    /// `FULL`.
    pub full: bool,
    /// `ANALYZE`.
    pub analyze: bool,
}
