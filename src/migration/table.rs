//! Tables and columns as they are created.

use super::{
    Charset, CreateIndex, Deferral, Expr, ForeignKeyTarget, Ident, IndexedColumn, ObjectName,
    PartitionScheme, Query, SqlType, TableConstraint, TableOption, Validity,
};
use crate::source::Span;

/// What kind of relation a statement calls its target. `ALTER TABLE` on an index or a view is
/// accepted by the server, so this is what was written, not what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// Ordinary, partitioned and foreign tables.
    Table,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
}

/// Whether a table outlives the session and a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Persistence {
    /// Written ahead and kept.
    #[default]
    Permanent,
    /// Kept, but emptied by a crash.
    Unlogged,
    /// Gone with the session.
    Temporary,
}

/// `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTable {
    /// The new table.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Permanent, unlogged or temporary.
    pub persistence: Persistence,
    /// Whether it is a `FOREIGN TABLE`.
    pub foreign: bool,
    /// Column definitions as written.
    pub columns: Vec<ColumnDef>,
    /// Table constraints; column constraints stay with their column.
    pub constraints: Vec<TableConstraint>,
    /// `LIKE` clauses.
    pub like: Vec<LikeClause>,
    /// `INHERITS (…)`.
    pub inherits: Vec<ObjectName>,
    /// `PARTITION OF`.
    pub partition_of: Option<PartitionOf>,
    /// Columns or expressions of `PARTITION BY`, with the strategy in lower case.
    pub partition_by: Option<(String, Vec<IndexedColumn>)>,
    /// `OF type`.
    pub of_type: Option<ObjectName>,
    /// Indexes among the elements, options and partitions (MySQL, MariaDB).
    pub mysql: Option<Box<MysqlTable>>,
    /// Tail options that no room asks for (`WITH (…)`, `TABLESPACE`), as written; for SQLite
    /// also `STRICT` and `WITHOUT ROWID`.
    pub options: Option<String>,
}

impl CreateTable {
    /// A table without columns.
    pub fn new(name: ObjectName, if_not_exists: bool, persistence: Persistence) -> Self {
        Self {
            name,
            if_not_exists,
            persistence,
            foreign: false,
            columns: Vec::new(),
            constraints: Vec::new(),
            like: Vec::new(),
            inherits: Vec::new(),
            partition_of: None,
            partition_by: None,
            of_type: None,
            mysql: None,
            options: None,
        }
    }
}

/// What MySQL and MariaDB write into a `CREATE TABLE` beside what every dialect does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MysqlTable {
    /// `OR REPLACE` (MariaDB).
    pub or_replace: bool,
    /// `KEY`, `INDEX`, `FULLTEXT`, `SPATIAL`; unique keys are constraints.
    pub indexes: Vec<CreateIndex>,
    /// Options behind the elements.
    pub options: Vec<TableOption>,
    /// `PARTITION BY`.
    pub partitions: Option<PartitionScheme>,
    /// `WITH SYSTEM VERSIONING` (MariaDB).
    pub system_versioned: bool,
    /// `PERIOD FOR name (start, end)` (MariaDB).
    pub periods: Vec<(Ident, Vec<Ident>)>,
    /// `SELECT …` behind the definitions: its columns come behind those, and its rows are put in.
    pub query: Option<Query>,
}

/// `CREATE TABLE … AS` and `SELECT … INTO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTableAs {
    /// The new table.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Permanent, unlogged or temporary.
    pub persistence: Persistence,
    /// Column names, where written.
    pub columns: Vec<Ident>,
    /// The query.
    pub query: Query,
    /// `false` for `WITH NO DATA`.
    pub with_data: bool,
}

/// `LIKE source INCLUDING …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeClause {
    /// The table that is copied.
    pub source: ObjectName,
    /// Upper-case option names that are included (`ALL` is spelled out by the front end as
    /// `ALL`; later `EXCLUDING` entries are in `excluding`).
    pub including: Vec<String>,
    /// Upper-case option names that are excluded.
    pub excluding: Vec<String>,
}

/// `PARTITION OF parent bound`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: ObjectName,
    /// Which rows it takes.
    pub bound: PartitionBound,
}

/// Which rows a partition takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionBound {
    /// `DEFAULT`.
    Default,
    /// `FROM (…) TO (…)`; texts of the literals, `MINVALUE` and `MAXVALUE` as such.
    Range {
        /// Lower bounds, inclusive.
        from: Vec<String>,
        /// Upper bounds, exclusive.
        to: Vec<String>,
    },
    /// `IN (…)`; texts of the literals.
    List(Vec<String>),
    /// `WITH (MODULUS m, REMAINDER r)`.
    Hash {
        /// Modulus.
        modulus: u64,
        /// Remainder.
        remainder: u64,
    },
    /// A bound that was not understood.
    Unknown(String),
}

/// A column as defined in `CREATE TABLE` or `ADD COLUMN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    /// Bytes of the file.
    pub span: Span,
    /// Name.
    pub name: Ident,
    /// Type; `None` where the language allows none (SQLite, `OF type`).
    pub data_type: Option<SqlType>,
    /// Constraints, default, identity, … in the order written.
    pub constraints: Vec<ColumnConstraint>,
}

/// What may follow a column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnConstraint {
    /// `NULL`.
    Null,
    /// `NOT NULL`, perhaps named; a name, `NO INHERIT` and `NOT VALID` exist from 18.
    NotNull {
        /// Constraint name.
        name: Option<Ident>,
    },
    /// `DEFAULT expr`.
    Default(Expr),
    /// `GENERATED … AS IDENTITY`, or SQLite's `AUTOINCREMENT` is in `PrimaryKey` instead.
    Identity(Identity),
    /// `GENERATED ALWAYS AS (expr) STORED | VIRTUAL`.
    Generated {
        /// The expression.
        expr: Expr,
        /// `false` for a virtual column; what no keyword means is the front end's matter of
        /// dialect (PostgreSQL: virtual from 18, an error before).
        stored: bool,
    },
    /// `PRIMARY KEY`.
    PrimaryKey {
        /// Constraint name.
        name: Option<Ident>,
        /// SQLite's `AUTOINCREMENT`.
        autoincrement: bool,
    },
    /// `UNIQUE`.
    Unique {
        /// Constraint name.
        name: Option<Ident>,
        /// Deferral.
        deferral: Deferral,
        /// `NULLS NOT DISTINCT` (15).
        nulls_not_distinct: bool,
    },
    /// `CHECK (expr)`.
    Check {
        /// Constraint name.
        name: Option<Ident>,
        /// The condition.
        expr: Expr,
        /// Whether existing rows are checked.
        validity: Validity,
        /// `NO INHERIT`.
        no_inherit: bool,
    },
    /// `REFERENCES`.
    References {
        /// Constraint name.
        name: Option<Ident>,
        /// The referenced key.
        target: ForeignKeyTarget,
        /// Deferral.
        deferral: Deferral,
        /// Whether existing rows are checked.
        validity: Validity,
    },
    /// `COLLATE`.
    Collate(ObjectName),
    /// `AUTO_INCREMENT` (MySQL, MariaDB).
    AutoIncrement,
    /// `CHARACTER SET`, with the `COLLATE` behind it (MySQL, MariaDB).
    Charset(Charset),
    /// `COMMENT` (MySQL, MariaDB).
    Comment(String),
    /// `VISIBLE` or `INVISIBLE` (MySQL, MariaDB).
    Visible(bool),
    /// `ON UPDATE CURRENT_TIMESTAMP` (MySQL, MariaDB).
    OnUpdate(Expr),
    /// `WITH` or `WITHOUT SYSTEM VERSIONING` (MariaDB).
    SystemVersioning(bool),
    /// Others that no room asks for (`COMPRESSION`, `STORAGE`, `OPTIONS`), as written.
    Other(String),
}

impl ColumnConstraint {
    /// The name that it is written with.
    pub fn name(&self) -> Option<&Ident> {
        match self {
            Self::NotNull { name }
            | Self::PrimaryKey { name, .. }
            | Self::Unique { name, .. }
            | Self::Check { name, .. }
            | Self::References { name, .. } => name.as_ref(),
            _ => None,
        }
    }
}

/// How an identity column takes explicit values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identity {
    /// `GENERATED ALWAYS`.
    Always,
    /// `GENERATED BY DEFAULT`.
    ByDefault,
}
