//! Tables with their columns, triggers and policies.

use super::{ColumnAttributes, Constraint, ConstraintBody, RelationName, Storage};
use crate::migration::{
    Expr, Ident, Identity, IndexedColumn, ObjectName, PartitionBound, Persistence, SqlType,
    TriggerTiming,
};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// Composite type of `OF type`.
    pub of_type: Option<RelationName>,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Constraints; not-null is with the column, from 18 with its name in here too.
    pub constraints: Vec<Constraint>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Row security policies.
    pub policies: Vec<Policy>,
    /// Rewrite rules.
    pub rules: Vec<Rule>,
    /// Row security enabled.
    pub row_security: bool,
    /// Access method, where set.
    pub access_method: Option<Ident>,
    /// Tablespace, where set.
    pub tablespace: Option<Ident>,
    /// Extended statistics objects on it.
    pub statistics: Vec<RelationName>,
    /// Publications that list it.
    pub publications: Vec<Ident>,
    /// Index that the table is clustered on.
    pub clustered_on: Option<Ident>,
    /// What its options say (MySQL, MariaDB); see [`Table::storage`].
    pub storage: Option<Box<Storage>>,
    /// Whether the columns are known in full (not so for a table made from an unknown query).
    pub columns_known: bool,
}

/// A rewrite rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Name.
    pub name: Ident,
    /// `select`, `insert`, `update`, `delete`.
    pub event: String,
    /// Relations that its commands write.
    pub writes: Vec<RelationName>,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partitioning {
    /// `range`, `list` or `hash`.
    pub strategy: String,
    /// Key columns and expressions.
    pub key: Vec<IndexedColumn>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What its attributes say (MySQL, MariaDB); see [`Column::attributes`].
    pub attributes: Option<Box<ColumnAttributes>>,
    /// Whether a parent has it too.
    pub inherited: bool,
    /// Whether the table declares it itself; a column may be both.
    pub local: bool,
    /// Whether the replay is sure of it.
    pub certain: bool,
    /// Number of the statement that made it.
    pub born: u64,
}

/// A generated column's expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The expression.
    pub expr: Expr,
    /// Stored, or computed when read.
    pub stored: bool,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Trigger {
    /// Whether its `UPDATE OF` or its condition names the column.
    pub fn names(&self, column: &Ident) -> bool {
        self.columns.contains(column)
            || self.when.as_ref().is_some_and(|when| when.columns().contains(column))
    }
}

/// A row security policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Name.
    pub name: Ident,
    /// Permissive or restrictive.
    pub permissive: bool,
    /// Columns that its conditions name.
    pub columns: Vec<Ident>,
    /// Relations that its conditions read.
    pub reads: Vec<RelationName>,
    /// Functions of the history that its conditions call.
    pub functions: Vec<RelationName>,
}
