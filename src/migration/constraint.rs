//! Constraints, keys and what they reference.

use super::{Expr, Ident, ObjectName};
use crate::source::Span;

/// When a constraint is checked within a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Deferral {
    /// At each statement.
    #[default]
    NotDeferrable,
    /// `DEFERRABLE`, immediate unless set otherwise.
    Deferrable,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    InitiallyDeferred,
}

/// Whether a constraint is proved for existing rows and enforced for new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Validity {
    /// Proved and enforced.
    #[default]
    Valid,
    /// `NOT VALID`: enforced for new rows alone.
    NotValid,
    /// `NOT ENFORCED` (18).
    NotEnforced,
}

/// The key that a foreign key points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKeyTarget {
    /// The referenced table.
    pub table: ObjectName,
    /// Referenced columns; empty means the primary key.
    pub columns: Vec<Ident>,
    /// `ON DELETE`.
    pub on_delete: ReferentialAction,
    /// `ON UPDATE`.
    pub on_update: ReferentialAction,
    /// `MATCH FULL`.
    pub match_full: bool,
}

/// What a foreign key does to referencing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReferentialAction {
    /// `NO ACTION`.
    #[default]
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

impl ReferentialAction {
    /// The action in SQL.
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// A column or expression of an index, key or partition key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexedColumn {
    /// The column, where it is a plain one.
    pub column: Option<Ident>,
    /// The expression, where it is none.
    pub expr: Option<Expr>,
    /// Operator class, where written.
    pub opclass: Option<ObjectName>,
    /// Collation, where written.
    pub collation: Option<ObjectName>,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST` (true) or `NULLS LAST` (false), where written.
    pub nulls_first: Option<bool>,
    /// Length of the prefix that is indexed (MySQL).
    pub prefix: Option<u32>,
}

/// A constraint with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableConstraint {
    /// Bytes of the file.
    pub span: Span,
    /// Name, where written.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// Deferral.
    pub deferral: Deferral,
    /// Whether existing rows are checked.
    pub validity: Validity,
}

/// What a table constraint demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    /// `PRIMARY KEY (…)`.
    PrimaryKey {
        /// Key columns.
        columns: Vec<IndexedColumn>,
        /// `INCLUDE (…)`.
        include: Vec<Ident>,
        /// `WITHOUT OVERLAPS` on the last column (18).
        without_overlaps: bool,
    },
    /// `UNIQUE (…)`.
    Unique {
        /// Key columns.
        columns: Vec<IndexedColumn>,
        /// `INCLUDE (…)`.
        include: Vec<Ident>,
        /// `NULLS NOT DISTINCT` (15).
        nulls_not_distinct: bool,
        /// `WITHOUT OVERLAPS` on the last column (18).
        without_overlaps: bool,
    },
    /// `PRIMARY KEY USING INDEX`.
    PrimaryKeyUsingIndex(Ident),
    /// `UNIQUE USING INDEX`.
    UniqueUsingIndex(Ident),
    /// `CHECK (expr)`.
    Check {
        /// The condition.
        expr: Expr,
        /// `NO INHERIT`.
        no_inherit: bool,
    },
    /// `FOREIGN KEY`.
    ForeignKey {
        /// Referencing columns.
        columns: Vec<Ident>,
        /// The referenced key.
        target: ForeignKeyTarget,
        /// `PERIOD` on the last column (18).
        period: bool,
    },
    /// `EXCLUDE`.
    Exclude {
        /// Index method, lower case; `gist` where not written is spelled by the front end as
        /// `btree`, the server's default.
        method: String,
        /// Elements with their operators.
        elements: Vec<(IndexedColumn, String)>,
        /// `WHERE`.
        predicate: Option<Expr>,
    },
    /// `NOT NULL column` (18).
    NotNull {
        /// The column.
        column: Ident,
        /// `NO INHERIT`.
        no_inherit: bool,
    },
}
