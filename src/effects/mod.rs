//! What a statement does to a live database: `(statement, schema, target)` to [`Effects`].
//!
//! The only room that knows lock modes. Rules read [`Effects`] and judge; they never ask what a
//! statement is to find out what it locks.

mod alteration;
mod keys;
mod lock;
mod mysql;
mod postgres;
mod refusal;
mod sqlite;
mod work;

pub use alteration::{Alteration, Cause, MetadataLock, MetadataMode, Method, Rebuilt, TableLock};
pub use lock::{Blocked, Lock, LockMode};
pub use refusal::{Refusal, RefusalKind};
pub use work::{Loss, ObjectRef, TransactionBlock, Work, WorkKind};

use crate::migration::{Dialect, Statement, Target};
use crate::schema::{ApplyContext, RelationName, Schema, Truth};
use imbl::ordmap::DiffItem;
use work::Change;

/// What one statement does on one target. Relations that the statement itself creates are in
/// [`Effects::created`] and nowhere else.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// The strongest lock on each relation that existed before, held to the end of the
    /// transaction.
    pub locks: Vec<Lock>,
    /// Metadata locks of MySQL and MariaDB, the strongest on each table. A change commits by itself,
    /// so that they end with the statement.
    pub metadata: Vec<MetadataLock>,
    /// How MySQL and MariaDB carry out the changes of tables.
    pub alterations: Vec<Alteration>,
    /// Work whose duration grows with a relation.
    pub work: Vec<Work>,
    /// Relations whose storage is replaced.
    pub rewritten: Vec<RelationName>,
    /// Tables and materialized views read in full.
    pub scanned: Vec<RelationName>,
    /// Objects made.
    pub created: Vec<ObjectRef>,
    /// Objects dropped, victims of `CASCADE` included as far as they are known.
    pub dropped: Vec<ObjectRef>,
    /// Data that is gone afterwards.
    pub losses: Vec<Loss>,
    /// Relations whose locks a `ROLLBACK TO SAVEPOINT` gives back.
    pub released: Vec<RelationName>,
    /// Why the server refuses the statement, where it surely does.
    pub refused: Option<Refusal>,
    /// Whether a transaction block is allowed.
    pub transaction_block: TransactionBlock,
    /// The statement may not run at all: its guard is not resolved.
    pub conditional: bool,
    /// Nothing is missing from this list.
    pub known: bool,
}

impl Effects {
    /// Effects of a statement that touches no relation.
    pub fn none() -> Self {
        Self { known: true, ..Self::default() }
    }

    /// Adds a lock, keeping the strongest for each relation.
    pub fn lock(&mut self, lock: Lock) {
        match self.locks.iter_mut().find(|held| held.relation == lock.relation) {
            Some(held) => held.mode = held.mode.max(lock.mode),
            None => self.locks.push(lock),
        }
    }

    /// The lock on a relation.
    pub fn lock_on(&self, relation: &RelationName) -> Option<&Lock> {
        self.locks.iter().find(|lock| lock.relation == *relation)
    }

    /// Locks that make writers wait: Share, ShareRowExclusive, Exclusive, AccessExclusive.
    pub fn strong_locks(&self) -> impl Iterator<Item = &Lock> {
        self.locks.iter().filter(|lock| lock.mode.is_strong())
    }

    /// Adds a metadata lock, keeping the strongest for each table.
    pub fn metadata_lock(&mut self, lock: MetadataLock) {
        match self.metadata.iter_mut().find(|held| held.table == lock.table) {
            Some(held) => held.mode = held.mode.max(lock.mode),
            None => self.metadata.push(lock),
        }
    }

    /// Notes data that is gone, once.
    pub fn lose(&mut self, loss: Loss) {
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    /// Notes relations that a change makes and drops, and tables lost.
    fn note_made_and_gone(&mut self, change: Change<'_>) {
        for difference in change.before.relations.diff(&change.after.relations) {
            match difference {
                DiffItem::Add(_, relation) if relation.is_assumed() => {}
                DiffItem::Add(_, relation) => self.created.push(ObjectRef::of(relation)),
                DiffItem::Remove(name, relation) => {
                    self.dropped.push(ObjectRef::of(relation));
                    if relation.as_table().is_some() {
                        self.lose(Loss::Table(name.clone()));
                    }
                }
                DiffItem::Update { .. } => {}
            }
        }
    }

    /// The change that costs most: one that is not instant before one that is.
    pub fn alteration(&self) -> Option<&Alteration> {
        self.alterations.iter().max_by_key(|one| (one.method.rebuilt(), one.lock))
    }

    /// Work on a relation.
    pub fn work_on(&self, relation: &RelationName) -> impl Iterator<Item = &Work> {
        self.work.iter().filter(move |work| work.relation == *relation)
    }
}

/// The effects of a statement on a schema, in a transaction that has made nothing yet.
pub fn of(statement: &Statement, schema: &Schema, target: &Target) -> Effects {
    of_within(statement, schema, target, None)
}

/// The effects of a statement in a transaction that began when [`Schema::clock`] stood at `since`:
/// relations made from then on, and not filled, are known to be empty.
pub fn of_within(
    statement: &Statement,
    schema: &Schema,
    target: &Target,
    since: Option<u64>,
) -> Effects {
    let mut after = schema.clone();
    after.apply_as(statement, Truth::True, &ApplyContext { migration: "-", target });
    of_change(statement, schema, &after, target, since)
}

/// [`of_within`] for who has the schema after the statement too: `after` is `before` with the
/// statement applied, all of it.
pub fn of_change(
    statement: &Statement,
    before: &Schema,
    after: &Schema,
    target: &Target,
    since: Option<u64>,
) -> Effects {
    let change = Change { before, after };
    match target.dialect {
        Dialect::Postgres => self::postgres::judge(statement, change, target, since),
        Dialect::Sqlite => self::sqlite::judge(statement, change, target),
        Dialect::Mysql | Dialect::Mariadb => self::mysql::judge(statement, change, target),
    }
}
