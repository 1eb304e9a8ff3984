//! Relations: what tables, indexes, views and sequences have in common, and the last three.

use super::{RelationName, Table, Trigger};
use crate::migration::{Expr, Ident, IndexedColumn, Persistence, Query, RelationKind, SqlType};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name now.
    pub name: RelationName,
    /// Whether the replay is sure that it exists and looks like this.
    pub certain: bool,
    /// When it was made.
    pub birth: Birth,
    /// Whether the statement of its birth surely made it. That stays so when what it looks like is
    /// in doubt: a change that may not run makes no table old.
    pub surely_made: bool,
    /// Whether rows were put into it in bulk since (`INSERT … SELECT`, `COPY`, CTAS), so that it
    /// is no longer known to be empty.
    pub filled: bool,
    /// [`super::Schema::clock`] before the last `TRUNCATE` of it, after which it had no row.
    pub emptied: Option<u64>,
    /// The role that a script has given it to; of what none has, the role that ran the history is
    /// the owner.
    pub owner: Option<Ident>,
    /// What it is.
    pub body: RelationBody,
}

/// A role as `OWNER TO` writes it; none where it is the session's own, or the superuser that is
/// taken to run the history.
pub fn given_role(written: &str) -> Option<Ident> {
    const OWN: [&str; 4] = ["current_user", "session_user", "current_role", "postgres"];
    let written = written.trim();
    let quoted = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let role = quoted.map_or_else(|| written.to_ascii_lowercase(), str::to_owned);
    (!OWN.contains(&role.as_str())).then(|| Ident::new(role))
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

    /// The table to be changed, where it is one.
    pub(crate) fn as_table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.body {
            RelationBody::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Whether no statement made it: the replay assumes it, because a statement needs it.
    pub fn is_assumed(&self) -> bool {
        self.birth.migration.is_empty() && !self.certain
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
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "it stands behind the Arc of its Relation")]
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

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether the optimizer uses it: `false` for MySQL's `INVISIBLE`, MariaDB's `IGNORED`.
    pub visible: bool,
    /// Whether the server made it for a foreign key, and drops it when another index serves that
    /// (MySQL, MariaDB).
    pub implied: bool,
    /// The constraint that it serves.
    pub constraint: Option<Ident>,
    /// Parent index, where it belongs to a partitioned one.
    pub parent: Option<RelationName>,
    /// Tablespace, where set.
    pub tablespace: Option<Ident>,
}

/// A view or materialized view.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Functions of the history that it calls.
    pub functions: Vec<RelationName>,
    /// Materialized and filled.
    pub populated: bool,
    /// Triggers (`INSTEAD OF`).
    pub triggers: Vec<Trigger>,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
