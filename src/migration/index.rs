//! Indexes and their maintenance.

use super::{Expr, Ident, IndexedColumn, ObjectName, Online, TableTarget};

/// `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateIndex {
    /// Name, where written.
    pub name: Option<Ident>,
    /// The table or materialized view; for SQLite a schema may be written with the index.
    pub table: ObjectName,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `ON ONLY`.
    pub only: bool,
    /// Method in lower case; `btree` where not written. MySQL's `fulltext` and `spatial` are
    /// methods, too.
    pub method: String,
    /// Key columns and expressions.
    pub columns: Vec<IndexedColumn>,
    /// `INCLUDE (…)`.
    pub include: Vec<Ident>,
    /// `NULLS NOT DISTINCT` (15).
    pub nulls_not_distinct: bool,
    /// `WHERE`.
    pub predicate: Option<Expr>,
    /// What MySQL and MariaDB know beside.
    pub attributes: IndexAttributes,
}

/// What MySQL and MariaDB say of an index beside what every dialect says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexAttributes {
    /// `INVISIBLE` (MySQL), `IGNORED` (MariaDB): the optimizer does not use it.
    pub invisible: bool,
    /// `OR REPLACE` (MariaDB).
    pub or_replace: bool,
    /// `ALGORITHM=`, `LOCK=` and their like behind `CREATE INDEX`.
    pub online: Online,
    /// Other options (`COMMENT`, `KEY_BLOCK_SIZE`, `WITH PARSER`), as written.
    pub written: Option<String>,
}

/// `ALTER INDEX` in the forms that `ALTER TABLE` does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterIndex {
    /// The index.
    pub index: TableTarget,
    /// What changes.
    pub change: IndexChange,
}

/// Forms of `ALTER INDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexChange {
    /// `RENAME TO`.
    Rename(Ident),
    /// `ATTACH PARTITION index`.
    AttachPartition(ObjectName),
    /// `[NO] DEPENDS ON EXTENSION`.
    DependsOnExtension,
    /// `SET (…)` with parameter names in lower case.
    SetParameters(Vec<String>),
    /// `RESET (…)` with parameter names in lower case.
    ResetParameters(Vec<String>),
    /// `SET TABLESPACE`.
    SetTablespace(Ident),
    /// `ALTER COLUMN n SET STATISTICS`.
    SetStatistics,
}

/// What `REINDEX` rebuilds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReindexTarget {
    /// One index.
    Index(ObjectName),
    /// All indexes of a table.
    Table(ObjectName),
    /// All indexes of a schema.
    Schema(Ident),
    /// All indexes of a database.
    Database(Option<Ident>),
    /// All indexes of the catalog.
    System(Option<Ident>),
}

/// `REINDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reindex {
    /// What is rebuilt.
    pub target: ReindexTarget,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
}
