//! Relations: tables with their columns and constraints, indexes, views, sequences.

use crate::migration::{
    Deferral, Expr, Ident, Identity, IndexedColumn, ObjectName, PartitionBound, Persistence, Query,
    ReferentialAction, RelationKind, SqlType, TriggerTiming, Validity,
};
use std::fmt;

/// A relation's full name. Temporary relations live in `pg_temp`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// The schema.
    pub schema: Ident,
    /// The name in it.
    pub name: Ident,
}

impl RelationName {
    /// A name in a schema.
    pub fn new(schema: Ident, name: Ident) -> Self {
        Self { schema, name }
    }

    /// A name in `public`.
    pub fn public(name: &str) -> Self {
        Self::new(Ident::new("public"), Ident::new(name))
    }

    /// The same schema with another name.
    pub fn sibling(&self, name: Ident) -> Self {
        Self::new(self.schema.clone(), name)
    }
}

/// `t`, or `s.t` outside `public`; temporary relations are printed bare.
impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema == "public" || self.schema == "pg_temp" {
            return write!(f, "{}", self.name);
        }
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// When a relation came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Birth {
    /// Number of the statement that made it, counted over the whole history ([`super::Schema::clock`]
    /// before that statement).
    pub clock: u64,
    /// Id of the migration that made it, for messages.
    pub migration: String,
}

/// A relation with what the replay knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// Its name now.
    pub name: RelationName,
    /// Whether the replay is sure that it exists and looks like this.
    pub certain: bool,
    /// When it was made.
    pub birth: Birth,
    /// Whether rows were put into it in bulk since (`INSERT … SELECT`, `COPY`, CTAS), so that it
    /// is no longer known to be empty.
    pub filled: bool,
    /// What it is.
    pub body: RelationBody,
}

impl Relation {
    /// The kind as locks name it.
    pub fn kind(&self) -> RelationKind {
        match &self.body {
            RelationBody::Table(_) => RelationKind::Table,
            RelationBody::Index(_) => RelationKind::Index,
            RelationBody::Sequence(_) => RelationKind::Sequence,
            RelationBody::View(view) if view.materialized => RelationKind::MaterializedView,
            RelationBody::View(_) => RelationKind::View,
        }
    }

    /// The table, where it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.body {
            RelationBody::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// What a relation is.
#[derive(Debug, Clone, PartialEq)]
pub enum RelationBody {
    /// A table: ordinary, partitioned, foreign, temporary.
    Table(Table),
    /// An index.
    Index(Index),
    /// A view or materialized view.
    View(View),
    /// A sequence.
    Sequence(Sequence),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Permanent, unlogged or temporary.
    pub persistence: Persistence,
    /// Foreign table.
    pub foreign: bool,
    /// Strategy and key, where it is partitioned.
    pub partitioning: Option<Partitioning>,
    /// Parent and bound, where it is a partition.
    pub partition_of: Option<(RelationName, PartitionBound)>,
    /// Inheritance parents.
    pub inherits: Vec<RelationName>,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Constraints; not-null is with the column, from 18 with its name in here too.
    pub constraints: Vec<Constraint>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Row security policies.
    pub policies: Vec<Policy>,
    /// Names of rewrite rules, with the relations that their actions write.
    pub rules: Vec<(Ident, Vec<RelationName>)>,
    /// Row security enabled.
    pub row_security: bool,
    /// Access method, where set.
    pub access_method: Option<Ident>,
    /// Tablespace, where set.
    pub tablespace: Option<Ident>,
    /// Index that the table is clustered on.
    pub clustered_on: Option<Ident>,
    /// Whether the columns are known in full (not so for a table made from an unknown query).
    pub columns_known: bool,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &Ident) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// The constraint of that name.
    pub fn constraint(&self, name: &Ident) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == *name)
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints
            .iter()
            .find(|constraint| matches!(constraint.body, ConstraintBody::PrimaryKey { .. }))
    }

    /// Partition and inheritance parents.
    pub fn parents(&self) -> impl Iterator<Item = &RelationName> {
        self.partition_of.iter().map(|(parent, _)| parent).chain(&self.inherits)
    }
}

/// How a table is partitioned.
#[derive(Debug, Clone, PartialEq)]
pub struct Partitioning {
    /// `range`, `list` or `hash`.
    pub strategy: String,
    /// Key columns and expressions.
    pub key: Vec<IndexedColumn>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name.
    pub name: Ident,
    /// Type; serial is already integer. `None` where it is not known (a view's output, SQLite).
    pub data_type: Option<SqlType>,
    /// Declared `NOT NULL`, or part of the primary key, or identity.
    pub not_null: bool,
    /// Default.
    pub default: Option<Expr>,
    /// Identity.
    pub identity: Option<Identity>,
    /// Generated column.
    pub generated: Option<Generated>,
    /// Sequence made for serial or identity.
    pub sequence: Option<RelationName>,
    /// Whether it came from a parent.
    pub inherited: bool,
    /// Whether the replay is sure of it.
    pub certain: bool,
    /// Number of the statement that made it.
    pub born: u64,
}

/// A generated column's expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The expression.
    pub expr: Expr,
    /// Stored, or computed when read.
    pub stored: bool,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// Its name, generated as the server does where none was written.
    pub name: Ident,
    /// What it demands.
    pub body: ConstraintBody,
    /// Proved for all rows, or not, or not enforced.
    pub validity: Validity,
    /// Deferral.
    pub deferral: Deferral,
    /// Whether it came from a parent.
    pub inherited: bool,
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
#[derive(Debug, Clone, PartialEq)]
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

/// An index.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Its table or materialized view.
    pub table: RelationName,
    /// Unique.
    pub unique: bool,
    /// Method in lower case.
    pub method: String,
    /// Key columns and expressions.
    pub columns: Vec<IndexedColumn>,
    /// `INCLUDE`.
    pub include: Vec<Ident>,
    /// `WHERE`.
    pub predicate: Option<Expr>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// Whether queries may use it: `false` for `ON ONLY` parents without all partitions.
    pub valid: bool,
    /// The constraint that it serves.
    pub constraint: Option<Ident>,
    /// Parent index, where it belongs to a partitioned one.
    pub parent: Option<RelationName>,
    /// Tablespace, where set.
    pub tablespace: Option<Ident>,
}

/// A view or materialized view.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Materialized.
    pub materialized: bool,
    /// The query.
    pub query: Query,
    /// Column names, where they can be told.
    pub columns: Option<Vec<Ident>>,
    /// Relations that it reads.
    pub reads: Vec<RelationName>,
    /// Columns that it reads, with their relation.
    pub columns_used: Vec<(RelationName, Ident)>,
    /// Materialized and filled.
    pub populated: bool,
    /// Triggers (`INSTEAD OF`).
    pub triggers: Vec<Trigger>,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sequence {
    /// The column that owns it.
    pub owned_by: Option<(RelationName, Ident)>,
    /// Its type, where written.
    pub data_type: Option<SqlType>,
    /// Whether it serves an identity column.
    pub identity: bool,
    /// Temporary, unlogged or permanent.
    pub persistence: Persistence,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Name.
    pub name: Ident,
    /// When it fires.
    pub timing: TriggerTiming,
    /// `insert`, `update`, `delete`, `truncate`.
    pub events: Vec<String>,
    /// Columns of `UPDATE OF`.
    pub columns: Vec<Ident>,
    /// The function called; `None` in SQLite.
    pub function: Option<ObjectName>,
    /// `WHEN`.
    pub when: Option<Expr>,
    /// Row trigger.
    pub for_each_row: bool,
    /// Fires.
    pub enabled: bool,
    /// Statements of the body (SQLite).
    pub statements: Vec<crate::migration::Statement>,
}

/// A row security policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Name.
    pub name: Ident,
    /// Permissive or restrictive.
    pub permissive: bool,
    /// Columns that its conditions name.
    pub columns: Vec<Ident>,
    /// Relations that its conditions read.
    pub reads: Vec<RelationName>,
}
