//! Transactions as the layout's runner makes them: what is held while what runs.
//!
//! [`fold`] runs a script on a schema and gives its transactions; rules read them.
//! [`timeline`] draws one: per relation, from when until when others wait, and what runs meanwhile.

mod branch;
mod fold;
mod hold;
mod lanes;
mod mode;
mod options;
mod settings;

pub use fold::{Carried, Fold, fold, fold_in_run};
pub use hold::{Hold, Locked, MetadataHold};
pub use lanes::{Bar, BarEnd, Lane, Moment, Timeline, timeline};
pub use mode::effective_mode;
pub use options::FoldOptions;
pub use settings::{Settings, Timeout};

use crate::effects::{Effects, Lock};
use crate::migration::{Direction, Migration, ObjectName, RelationKind, Statement};
use crate::schema::{RelationName, Schema};
use imbl::OrdMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How a transaction came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionKind {
    /// The runner opened it.
    Runner,
    /// The script's own `BEGIN` opened it.
    Explicit,
    /// Several statements sent as one string share an implicit one.
    Implicit,
    /// One statement that commits by itself.
    Single,
}

impl TransactionKind {
    /// Whether statements that refuse a transaction block fail in it.
    pub fn is_block(self) -> bool {
        self != Self::Single
    }
}

/// What runs between two commits.
#[derive(Debug, Clone)]
pub struct Transaction<'a> {
    /// How it came about.
    pub kind: TransactionKind,
    /// Its statements in order, skipped ones left out.
    pub entries: Vec<Entry<'a>>,
    /// Whether it ends in a rollback.
    pub rolled_back: bool,
    /// [`Schema::clock`] at the beginning of the batch (at least this transaction): relations born
    /// since are new.
    pub batch_start: u64,
    /// [`Schema::clock`] at its own beginning.
    pub start: u64,
}

/// One statement in its transaction.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The migration that it belongs to.
    pub migration: &'a Migration,
    /// The direction of its script.
    pub direction: Direction,
    /// Its index among the script's statements.
    pub index: usize,
    /// The statement.
    pub statement: &'a Statement,
    /// The relation that it is about first, as it is written and as it was found before it: rules
    /// ask for it over and over.
    pub subject: Option<(&'a ObjectName, RelationName)>,
    /// The schema before it.
    pub before: Arc<Schema>,
    /// The schema after it.
    pub after: Arc<Schema>,
    /// What it does.
    pub effects: Effects,
    /// Strong locks on relations that existed before the batch, taken by earlier statements of the
    /// transaction and not given back.
    pub held: OrdMap<RelationName, Held>,
    /// Settings in force when it runs.
    pub settings: Settings,
}

/// A lock that an earlier statement took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The lock.
    pub lock: Lock,
    /// Index of the entry that took it.
    pub since: usize,
}

impl Transaction<'_> {
    /// Whether nobody else can wait for a relation: it was made by this batch, unconditionally and
    /// not filled by an earlier commit, or is temporary.
    ///
    /// `schema` is the schema in which the relation is looked up: the one before the statement.
    pub fn is_new(&self, schema: &Schema, name: &RelationName) -> bool {
        if name.schema == "pg_temp" {
            return true;
        }
        let Some(relation) = schema.relation(name).any().filter(|one| one.surely_made) else {
            return false;
        };
        if relation.birth.clock >= self.start {
            return true;
        }
        relation.birth.clock >= self.batch_start && !relation.filled
    }
}

/// The relations that statements lock. What takes values from a sequence keeps its lock even when
/// it is rolled back.
fn locked<'e>(entries: &'e [Entry<'_>]) -> BTreeSet<&'e RelationName> {
    let locks = entries.iter().flat_map(|entry| &entry.effects.locks);
    let locks = locks.filter(|lock| lock.kind != RelationKind::Sequence);
    locks.map(|lock| &lock.relation).collect()
}

/// Whether a lock on the relation can make others wait.
fn existed_before(transaction: &Transaction<'_>, schema: &Schema, name: &RelationName) -> bool {
    !transaction.is_new(schema, name)
}
