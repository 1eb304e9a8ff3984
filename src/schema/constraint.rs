//! Constraints as they stand in the catalogue.

use super::RelationName;
use crate::migration::{Deferral, Expr, Ident, ReferentialAction, Validity};

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its name, generated as the server does where none was written.
    pub name: Ident,
    /// What it demands.
    pub body: ConstraintBody,
    /// Proved for all rows, or not, or not enforced.
    pub validity: Validity,
    /// Deferral.
    pub deferral: Deferral,
    /// Whether a parent has it too.
    pub inherited: bool,
    /// Whether the table declares it itself; a constraint may be both.
    pub local: bool,
    /// Whether the replay is sure of it.
    pub certain: bool,
    /// Number of the statement that made it.
    pub born: u64,
}

impl Constraint {
    /// The table that a foreign key references.
    pub fn references(&self) -> Option<&RelationName> {
        match &self.body {
            ConstraintBody::ForeignKey { table, .. } => Some(table),
            _ => None,
        }
    }

    /// Whether existing rows are proved to satisfy it.
    pub fn is_proved(&self) -> bool {
        self.certain && self.validity == Validity::Valid
    }

    /// Name of the index behind a key or exclusion.
    pub fn index(&self) -> Option<&RelationName> {
        match &self.body {
            ConstraintBody::PrimaryKey { index, .. }
            | ConstraintBody::Unique { index, .. }
            | ConstraintBody::Exclude { index, .. } => Some(index),
            _ => None,
        }
    }

    /// Columns that it names directly.
    pub fn columns(&self) -> &[Ident] {
        match &self.body {
            ConstraintBody::PrimaryKey { columns, .. }
            | ConstraintBody::Unique { columns, .. }
            | ConstraintBody::ForeignKey { columns, .. }
            | ConstraintBody::Exclude { columns, .. } => columns,
            ConstraintBody::Check { expr, .. } => expr.columns(),
            ConstraintBody::NotNull { column, .. } => std::slice::from_ref(column),
        }
    }
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintBody {
    /// Primary key.
    PrimaryKey {
        /// Key columns.
        columns: Vec<Ident>,
        /// Its index.
        index: RelationName,
    },
    /// Unique key.
    Unique {
        /// Key columns.
        columns: Vec<Ident>,
        /// Its index.
        index: RelationName,
        /// `NULLS NOT DISTINCT`.
        nulls_not_distinct: bool,
    },
    /// Check.
    Check {
        /// The condition.
        expr: Expr,
        /// `NO INHERIT`.
        no_inherit: bool,
    },
    /// Foreign key.
    ForeignKey {
        /// Referencing columns.
        columns: Vec<Ident>,
        /// Referenced table.
        table: RelationName,
        /// Referenced columns; filled from the primary key where none were written and it is
        /// known.
        referenced: Vec<Ident>,
        /// `ON DELETE`.
        on_delete: ReferentialAction,
        /// `ON UPDATE`.
        on_update: ReferentialAction,
    },
    /// Exclusion.
    Exclude {
        /// Plain columns of it.
        columns: Vec<Ident>,
        /// Its index.
        index: RelationName,
    },
    /// Named not-null (18).
    NotNull {
        /// The column.
        column: Ident,
        /// `NO INHERIT`.
        no_inherit: bool,
    },
}
