//! What passed the gate: scripts with the very text that was judged, cut into the transactions in
//! which it is sent. Only the gate makes these; the runner's connection takes nothing else.

use super::Allowed;
use crate::migration::{Direction, Ident};
use crate::runner::text::{Part, checksum};
use crate::schema::RelationName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// SQL that was judged and passed.
#[derive(Debug, Clone)]
pub struct CheckedSql(Sent);

impl CheckedSql {
    /// Only the gate calls this, with the bytes that were judged.
    pub(super) fn new(judged: Sent) -> Self {
        Self(judged)
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0.sql
    }

    /// The rows behind a `COPY … FROM stdin`.
    pub fn rows(&self) -> Option<&str> {
        self.0.rows.as_deref()
    }
}

/// What goes to the server as one thing.
#[derive(Debug, Clone)]
pub(in crate::runner) struct Sent {
    /// The text.
    pub sql: Arc<str>,
    /// The rows behind a `COPY … FROM stdin`.
    pub rows: Option<Arc<str>>,
}

impl Sent {
    /// The parts that count for checksums.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let rows = self.rows.as_deref().map(Part::Rows);
        std::iter::once(Part::Sql(&self.sql)).chain(rows)
    }
}

/// A script that passed.
#[derive(Debug, Clone)]
pub struct CheckedScript {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) direction: Direction,
    pub(super) file: String,
    pub(super) checksum: String,
    pub(super) units: Vec<Unit>,
    pub(super) tables: Vec<String>,
    pub(super) losses: Losses,
    pub(super) needs: Needs,
    pub(super) heads: Option<Vec<String>>,
    pub(super) allowed: Vec<Allowed>,
    pub(super) reversible: Reversible,
    pub(super) leaves_settings: bool,
    pub(super) span: RunSpan,
}

/// What a script destroys, and what it may.
#[derive(Debug, Clone, Default)]
pub struct Losses {
    /// For each table that loses something, by its name before the run, what it loses.
    pub tables: BTreeMap<RelationName, Lost>,
    /// Tables that it touches, by their names before the run.
    pub touched: BTreeSet<RelationName>,
    /// Whether it may do more than is known.
    pub may_be_more: bool,
}

/// What a script needs of the role that runs it, and of the disk, by names from before the run.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Schemas in which it makes something.
    pub create: BTreeSet<Ident>,
    /// Tables that only their owner may change so.
    pub own: BTreeSet<RelationName>,
    /// Tables that their owner or the schema's may drop.
    pub drop: BTreeSet<RelationName>,
    /// Tables whose rows it writes, with the right that it takes.
    pub write: BTreeSet<(RelationName, &'static str)>,
    /// Tables that are written anew or get an index.
    pub space: BTreeSet<RelationName>,
}

/// What a table loses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Rows, all or some.
    pub rows: bool,
    /// Columns with their values, or values that do not fit.
    pub columns: BTreeSet<Ident>,
}

/// What the layout's runner puts into one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunSpan {
    /// Each script, or less.
    Script,
    /// All scripts of a run.
    Run,
}

impl CheckedScript {
    /// The migration's version.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name without the version.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Up or down.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The file, as printed.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Over its normalised statements.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// What is sent, in order.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// Number of statements sent.
    pub fn statements(&self) -> usize {
        self.units.iter().map(|unit| unit.statements.len()).sum()
    }

    /// Relations that it touches.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    /// Data that is gone afterwards.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// What it needs of the role that runs it, and of the disk.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Heads of the graph when it has run, where the layout's tool keeps them.
    pub fn heads(&self) -> Option<&[String]> {
        self.heads.as_deref()
    }

    /// Findings that did not close the gate, because somebody took responsibility.
    pub fn allowed(&self) -> &[Allowed] {
        &self.allowed
    }

    /// Whether there is a way back that loses nothing.
    pub fn reversible(&self) -> Reversible {
        self.reversible
    }

    /// Whether it changes settings of the session that outlive its transactions.
    pub fn leaves_settings(&self) -> bool {
        self.leaves_settings
    }

    /// What the layout's runner puts into one transaction.
    pub fn span(&self) -> RunSpan {
        self.span
    }

    /// Whether all of it, with its row of history, is one transaction.
    pub fn is_atomic(&self) -> bool {
        matches!(self.units.as_slice(), [] | [Unit { kind: UnitKind::Transaction { .. }, .. }])
    }
}

/// Whether a migration can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversible {
    /// Its down is there, is not empty, and destroys nothing that was there before.
    Yes,
    /// Not so.
    No,
}

/// What is sent between two commits.
#[derive(Debug, Clone)]
pub struct Unit {
    pub(super) kind: UnitKind,
    pub(super) statements: Vec<CheckedStatement>,
}

impl Unit {
    /// How it is sent.
    pub fn kind(&self) -> &UnitKind {
        &self.kind
    }

    /// Its statements in order.
    pub fn statements(&self) -> &[CheckedStatement] {
        &self.statements
    }

    /// Over its normalised statements: an edited unit has another one.
    pub fn hash(&self) -> String {
        checksum(self.statements.iter().flat_map(|statement| statement.sql.0.parts()))
    }

    /// The locks that it needs on relations that exist, strongest for each.
    pub fn locks(&self) -> impl Iterator<Item = &NeededLock> {
        self.statements.iter().flat_map(|statement| &statement.locks)
    }
}

/// How a unit is sent.
#[derive(Debug, Clone)]
pub enum UnitKind {
    /// In a transaction that we open, with its journal row in it.
    Transaction {
        /// What opens it: the script's own `BEGIN …`, else ours.
        begin: Option<CheckedSql>,
        /// Whether the script itself rolls it back.
        rolled_back: bool,
    },
    /// One statement that may not be in a transaction block: intent before, result after.
    Alone(Probe),
    /// One statement that is run over slices of a key, a transaction for each.
    Batched(Batch),
}

/// A data change in slices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The table as written in SQL.
    pub table: String,
    /// The key column as written in SQL.
    pub key: String,
    /// Rows of the table in one slice.
    pub size: u64,
}

/// How it is found out whether a statement outside transactions has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// `CREATE INDEX CONCURRENTLY`: it exists, is valid and has this definition.
    IndexMade {
        /// The index.
        index: RelationName,
        /// Its table.
        table: RelationName,
        /// `UNIQUE`, or nothing.
        unique: &'static str,
        /// The method.
        method: String,
        /// The statement from its first parenthesis on.
        definition: String,
    },
    /// `DROP INDEX CONCURRENTLY`: none of them exists.
    IndexesGone(Vec<RelationName>),
    /// `DETACH PARTITION CONCURRENTLY`.
    Detached {
        /// The parent.
        parent: RelationName,
        /// The partition.
        partition: RelationName,
    },
    /// `REINDEX CONCURRENTLY` of an index or table: may be repeated once leftovers are gone.
    Reindexed(RelationName),
    /// To repeat it does no harm: VACUUM, ANALYZE, ALTER SYSTEM, a PRAGMA.
    Repeatable,
    /// Nobody can tell: a block or procedure that commits by itself.
    Untold,
}

/// A statement that passed.
#[derive(Debug, Clone)]
pub struct CheckedStatement {
    pub(super) sql: CheckedSql,
    pub(super) number: usize,
    pub(super) line: usize,
    pub(super) title: String,
    pub(super) class: Class,
    pub(super) changes_rows: bool,
    pub(super) locks: Vec<NeededLock>,
    pub(super) effects: Vec<String>,
}

impl CheckedStatement {
    /// The text.
    pub fn sql(&self) -> &CheckedSql {
        &self.sql
    }

    /// 1-based number in its script.
    pub fn number(&self) -> usize {
        self.number
    }

    /// 1-based line in its file.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Its first words.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What bounds its time.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Whether the number of rows that the server tells counts changes.
    pub fn changes_rows(&self) -> bool {
        self.changes_rows
    }

    /// What it does, in words: locks with who waits, and work.
    pub fn effects(&self) -> &[String] {
        &self.effects
    }
}

/// What bounds the time of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A change of the catalogue under a strong lock: short, and tried again.
    Catalogue,
    /// Work that takes as long as the table is big; waits for its lock only briefly.
    Work,
    /// Lets others go on while it waits and works: index builds without locks. No limit.
    Online,
}

/// A lock that a statement needs on a relation that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededLock {
    /// The relation, as printed.
    pub relation: String,
    /// The relation, quoted for SQL.
    pub quoted: String,
    /// Names of the modes that stand in its way, as the server names them without `Lock`.
    pub conflicting: Vec<String>,
}
