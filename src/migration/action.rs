//! The one list of everything a statement can do.

use super::{
    AlterDomain, AlterEnum, AlterIndex, AlterSequence, Copy, CreateDomain, CreateEnum,
    CreateFunction, CreateIndex, CreatePolicy, CreateSequence, CreateTable, CreateTableAs,
    CreateTrigger, CreateView, Delete, DropObject, Expr, FunctionCall, Ident, Insert, LockTable,
    LockWait, Maintenance, Merge, ObjectChange, ObjectName, Query, Refresh, Reindex, SetOption,
    SqlType, TableChange, TableLockMode, TableTarget, Truncate, Update, Vacuum,
};
use crate::source::Span;

/// One thing that a statement does, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Bytes of the file: the statement, or the subcommand of an `ALTER TABLE`.
    pub span: Span,
    /// What it does.
    pub kind: ActionKind,
}

/// What an action does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionKind {
    /// `CREATE TABLE`.
    CreateTable(Box<CreateTable>),
    /// `CREATE TABLE AS`, `SELECT INTO`.
    CreateTableAs(Box<CreateTableAs>),
    /// A subcommand of `ALTER TABLE` or of its siblings.
    AlterTable {
        /// The table.
        table: TableTarget,
        /// The change.
        change: Box<TableChange>,
    },
    /// `CREATE INDEX`.
    CreateIndex(Box<CreateIndex>),
    /// `ALTER INDEX`.
    AlterIndex(Box<AlterIndex>),
    /// `REINDEX`.
    Reindex(Reindex),
    /// `CREATE VIEW`, `CREATE MATERIALIZED VIEW`.
    CreateView(Box<CreateView>),
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh(Refresh),
    /// `CREATE SEQUENCE`.
    CreateSequence(Box<CreateSequence>),
    /// `ALTER SEQUENCE`.
    AlterSequence(Box<AlterSequence>),
    /// `CREATE TYPE … AS ENUM`.
    CreateEnum(CreateEnum),
    /// `CREATE TYPE … AS (…)`: attributes with their types.
    CreateComposite {
        /// The type.
        name: ObjectName,
        /// Attributes.
        attributes: Vec<(Ident, SqlType)>,
    },
    /// `ALTER TYPE` of an enum.
    AlterEnum(AlterEnum),
    /// `CREATE DOMAIN`.
    CreateDomain(Box<CreateDomain>),
    /// `ALTER DOMAIN`.
    AlterDomain(Box<AlterDomain>),
    /// `CREATE FUNCTION`, `CREATE PROCEDURE`.
    CreateFunction(Box<CreateFunction>),
    /// `CREATE TRIGGER`.
    CreateTrigger(Box<CreateTrigger>),
    /// `CREATE POLICY`.
    CreatePolicy(Box<CreatePolicy>),
    /// `CREATE SCHEMA`; its elements are statements of the same step.
    CreateSchema {
        /// The schema; with `AUTHORIZATION` alone the role's name.
        name: Ident,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `CREATE EXTENSION`.
    CreateExtension {
        /// The extension.
        name: Ident,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `SCHEMA`, where written.
        schema: Option<Ident>,
    },
    /// `CREATE` of a kind that is modelled by its kind alone (types other than enum, composite
    /// and domain included, as [`super::ObjectKind::Type`]).
    CreateObject(ObjectChange),
    /// `ALTER` of a kind that is modelled by its kind alone.
    AlterObject(ObjectChange),
    /// `DROP` of anything.
    Drop(Box<DropObject>),
    /// `INSERT`.
    Insert(Box<Insert>),
    /// `UPDATE`.
    Update(Box<Update>),
    /// `DELETE`.
    Delete(Box<Delete>),
    /// `MERGE`.
    Merge(Box<Merge>),
    /// `TRUNCATE`.
    Truncate(Truncate),
    /// `COPY`.
    Copy(Box<Copy>),
    /// `SELECT`, `VALUES`, `TABLE`, `WITH … SELECT`.
    Select(Query),
    /// `CALL`.
    Call(FunctionCall),
    /// `DO` of which no statement could be told apart (its understood statements replace it).
    Do {
        /// Language in lower case.
        language: String,
        /// Whether the block commits or rolls back.
        ends_transaction: bool,
    },
    /// `PERFORM` and expressions in blocks are `Select`; `ASSERT`, `RAISE`, assignments without a
    /// query do nothing to the database and are left out.
    /// `EXPLAIN`, and what `PREPARE` plans; with `ANALYZE` its statement runs and stands beside it.
    Explain {
        /// Relations that the explained statement would write: planning locks them.
        writes: Vec<ObjectName>,
    },
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `SAVEPOINT`.
    Savepoint(Ident),
    /// `RELEASE SAVEPOINT`.
    Release(Ident),
    /// `ROLLBACK TO SAVEPOINT`.
    RollbackTo(Ident),
    /// `SET`, `RESET`, `set_config`, `PRAGMA name = value`.
    Set(SetOption),
    /// `SET CONSTRAINTS`.
    SetConstraints {
        /// `true` for `IMMEDIATE`.
        immediate: bool,
    },
    /// `LOCK TABLE`.
    LockTable(LockTable),
    /// `LOCK TABLES` (MySQL, MariaDB): the transaction is committed, and locks of before are gone.
    LockTables {
        /// Tables with how each is locked.
        tables: Vec<(ObjectName, TableLockMode)>,
        /// `WAIT` or `NOWAIT` (MariaDB).
        wait: Option<LockWait>,
    },
    /// `UNLOCK TABLES` (MySQL, MariaDB).
    UnlockTables,
    /// `OPTIMIZE`, `REPAIR`, `CHECK`, `CHECKSUM TABLE` (MySQL, MariaDB).
    Maintain(Maintenance),
    /// `USE database` (MySQL, MariaDB).
    Use(Ident),
    /// `VACUUM`.
    Vacuum(Vacuum),
    /// `ANALYZE` with its tables; the flag is `ONLY` (18); empty means all tables.
    Analyze(Vec<(ObjectName, bool)>),
    /// `CLUSTER`; `None` means all clustered tables.
    Cluster {
        /// The table.
        table: Option<ObjectName>,
        /// The index, where written.
        index: Option<Ident>,
    },
    /// `COMMENT ON`.
    Comment(ObjectChange),
    /// `GRANT`, `REVOKE`; `tables` holds the relations named.
    Grant(ObjectChange),
    /// Statements without effect on relations that rules still may name: `NOTIFY`, `LISTEN`,
    /// `PREPARE`, `DEALLOCATE`, `CHECKPOINT`, `LOAD`, `DISCARD`, `SHOW`, `PRAGMA name`, psql
    /// commands.
    Session {
        /// The statement's head in lower case.
        command: String,
    },
    /// An expression evaluated in a block (condition of `IF`, right side of an assignment).
    Evaluate(Expr),
    /// Its effect cannot be told before it runs.
    Opaque {
        /// Why, as a phrase: "the statement text is computed at run time".
        reason: String,
        /// What it may make.
        makes: Makes,
    },
    /// It was not understood.
    Unparsed {
        /// Why, as a phrase with the place: "expected a column name after ADD COLUMN".
        reason: String,
        /// Where the parser gave up, bytes of the file.
        at: Span,
    },
}

/// What a statement that cannot be told before it runs may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// No relation and no type: its first words say that it drops, grants, or changes rows.
    Nothing,
    /// Anything.
    Anything,
}

impl ActionKind {
    /// The relation whose rows an `INSERT`, `UPDATE`, `DELETE` or `MERGE` changes.
    pub fn written_relation(&self) -> Option<&ObjectName> {
        match self {
            Self::Insert(insert) => Some(&insert.table),
            Self::Update(update) => Some(&update.table),
            Self::Delete(delete) => Some(&delete.table),
            Self::Merge(merge) => Some(&merge.table),
            _ => None,
        }
    }

    /// The query that the statement holds.
    pub fn query(&self) -> Option<&Query> {
        match self {
            Self::Select(query) => Some(query),
            Self::Insert(insert) => Some(&insert.query),
            Self::Update(update) => Some(&update.query),
            Self::Delete(delete) => Some(&delete.query),
            Self::Merge(merge) => Some(&merge.query),
            Self::Copy(copy) => copy.query.as_ref(),
            Self::CreateTableAs(table) => Some(&table.query),
            Self::CreateView(view) => Some(&view.query),
            _ => None,
        }
    }

    /// Why its effect is not fully known, where it is not.
    pub fn not_understood(&self) -> Option<&str> {
        match self {
            Self::Opaque { reason, .. } | Self::Unparsed { reason, .. } => Some(reason),
            other => other.query()?.facts.as_ref().err().map(AsRef::as_ref),
        }
    }

    /// Whether its effect is fully known.
    pub fn is_understood(&self) -> bool {
        self.not_understood().is_none()
    }
}
