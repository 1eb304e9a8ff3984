//! Work, losses and what a statement makes or drops.

use crate::migration::{Ident, ObjectKind};
use crate::schema::{Relation, RelationBody, RelationName, Schema};

/// The schema before a statement, and the one after all of it.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    /// Before.
    pub before: &'a Schema,
    /// After.
    pub after: &'a Schema,
}

/// Work whose duration grows with the relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The relation that is read or written; for an index build its table.
    pub relation: RelationName,
    /// What is done.
    pub what: WorkKind,
}

/// Kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// Every row is read.
    Scan,
    /// Every row and all indexes are written anew.
    Rewrite,
    /// An index is built.
    IndexBuild,
    /// Rows are inserted, updated or deleted.
    DataChange,
}

/// An object that is made or dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name; for columns, constraints, triggers and policies the table's.
    pub name: RelationName,
    /// The column, constraint, trigger or policy of that table.
    pub member: Option<Ident>,
    /// The table of an index.
    pub on: Option<RelationName>,
}

impl ObjectRef {
    /// A relation.
    pub(super) fn of(relation: &Relation) -> Self {
        let (kind, on) = match &relation.body {
            RelationBody::Table(table) if table.foreign => (ObjectKind::ForeignTable, None),
            RelationBody::Table(_) => (ObjectKind::Table, None),
            RelationBody::Index(index) => (ObjectKind::Index, Some(index.table.clone())),
            RelationBody::Sequence(_) => (ObjectKind::Sequence, None),
            RelationBody::View(view) if view.materialized => (ObjectKind::MaterializedView, None),
            RelationBody::View(_) => (ObjectKind::View, None),
        };
        Self { kind, name: relation.name.clone(), member: None, on }
    }
}

/// Data that is gone after the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// A table with its rows.
    Table(RelationName),
    /// A column with its values.
    Column(RelationName, Ident),
    /// All rows of a table.
    Rows(RelationName),
    /// Values that do not fit the new type.
    Narrowed(RelationName, Ident),
}

impl Loss {
    /// The table that loses something.
    pub(super) fn table(&self) -> &RelationName {
        match self {
            Self::Table(table)
            | Self::Column(table, _)
            | Self::Rows(table)
            | Self::Narrowed(table, _) => table,
        }
    }
}

/// Whether a statement may run in a transaction block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TransactionBlock {
    /// It may.
    #[default]
    Allowed,
    /// The server refuses it inside a block, an implicit one of several statements included.
    Forbidden,
    /// It may, and ends the block: the server commits before it and after it (MySQL, MariaDB).
    Commits,
}
