//! The timeline of a transaction: a lane for each relation that others may be using, a bar for
//! each lock that makes them wait, from the statement that takes it to what gives it back.

use super::hold::{self, Hold, Locked};
use super::{Entry, Transaction, TransactionKind, existed_before};
use crate::effects::{Lock, LockMode, Work};
use crate::migration::{ActionKind, Dialect, Direction, RelationKind, Target};
use crate::source::Place;
use std::collections::HashMap;
use std::sync::Arc;

/// A transaction that makes others wait, be it schema changes and VACUUM alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// How the transaction came about.
    pub kind: TransactionKind,
    /// Direction of its scripts.
    pub direction: Direction,
    /// Whether it ends in a rollback.
    pub rolled_back: bool,
    /// What runs in it, in order.
    pub moments: Vec<Moment>,
    /// Relations for which others wait, in the order in which they are first locked.
    pub lanes: Vec<Lane>,
    /// Other relations, for which only schema changes and VACUUM wait.
    pub quiet: Vec<Lane>,
}

/// A statement of the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Id of its migration: a transaction may span several.
    pub migration: String,
    /// Index among the statements of its script.
    pub index: usize,
    /// Where it stands.
    pub place: Option<Place>,
    /// As written.
    pub sql: Arc<str>,
    /// Work on relations that others may be using.
    pub work: Vec<Work>,
    /// Whether it may not run at all.
    pub conditional: bool,
    /// Whether all that it does is known.
    pub known: bool,
}

/// What happens to one relation, or to the database as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// What is locked.
    pub locked: Locked,
    /// Its strong locks in the order in which they are taken; a later one is stronger or was
    /// taken after the earlier ones were given back.
    pub bars: Vec<Bar>,
}

/// A lock, from the statement that takes it to the last that runs under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The lock; who waits is said by [`Hold::blocked`].
    pub hold: Hold,
    /// Index of the moment that takes it.
    pub from: usize,
    /// Index of the last moment under it.
    pub until: usize,
    /// What gives it back.
    pub end: BarEnd,
}

/// What gives a lock back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarEnd {
    /// The end of the transaction that keeps what it did.
    Commit,
    /// The end of the transaction that undoes it.
    Rollback,
    /// `ROLLBACK TO SAVEPOINT`.
    Savepoint,
    /// `UNLOCK TABLES`, or the end of the session.
    Session,
}

impl Timeline {
    /// Moments with work that run under a bar, the one that takes the lock included.
    pub fn working(&self, bar: &Bar) -> impl Iterator<Item = (usize, &Moment)> {
        let inside = self.moments.iter().enumerate().take(bar.until + 1).skip(bar.from);
        inside.filter(|(_, moment)| !moment.work.is_empty())
    }
}

/// The timeline of a transaction; `None` where nobody waits for anything.
pub fn timeline(transaction: &Transaction<'_>, target: &Target) -> Option<Timeline> {
    let lanes = match target.dialect {
        Dialect::Sqlite => writer(transaction).into_iter().collect(),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => Lanes::of(transaction).done,
    };
    let quiet = quiet_lanes(transaction, &lanes);
    if lanes.is_empty() && quiet.is_empty() {
        return None;
    }
    let direction = transaction.entries.first()?.direction;
    Some(Timeline {
        kind: transaction.kind,
        direction,
        rolled_back: transaction.rolled_back,
        moments: transaction.entries.iter().map(|entry| moment(transaction, entry)).collect(),
        lanes,
        quiet,
    })
}

/// Lanes of relations without a strong lock that only schema changes and VACUUM wait for.
fn quiet_lanes(transaction: &Transaction<'_>, strong: &[Lane]) -> Vec<Lane> {
    let mut quiet = Lanes::default();
    let until = transaction.entries.len().saturating_sub(1);
    let end = if transaction.rolled_back { BarEnd::Rollback } else { BarEnd::Commit };
    for (from, entry) in transaction.entries.iter().enumerate() {
        let locks = entry.effects.locks.iter();
        for lock in locks.filter(|lock| lock.mode == LockMode::ShareUpdateExclusive) {
            let told = strong.iter().any(|lane| lane.locked.relation() == Some(&lock.relation))
                || lock.kind == RelationKind::Index;
            if !told && existed_before(transaction, &entry.before, &lock.relation) {
                let hold = Hold::Relation(lock.mode);
                quiet.take(Locked::of(lock), Bar { hold, from, until, end });
            }
        }
    }
    quiet.done
}

fn moment(transaction: &Transaction<'_>, entry: &Entry<'_>) -> Moment {
    let script = entry.migration.script(entry.direction);
    let work = entry.effects.work.iter();
    let work = work.filter(|work| existed_before(transaction, &entry.before, &work.relation));
    Moment {
        migration: entry.migration.id.clone(),
        index: entry.index,
        place: script.map(|script| script.place(entry.statement.span)),
        sql: Arc::clone(&entry.statement.sql),
        work: work.cloned().collect(),
        conditional: entry.effects.conditional,
        known: entry.effects.known,
    }
}

/// The lane of SQLite's one writer: from the first change until the commit nobody else writes to
/// the database. Worth a look where the time in between grows with tables that are in use.
fn writer(transaction: &Transaction<'_>) -> Option<Lane> {
    let entries = &transaction.entries;
    let lasts = |entry: &Entry<'_>| {
        let mut work = entry.effects.work.iter();
        work.any(|work| existed_before(transaction, &entry.before, &work.relation))
    };
    if !entries.iter().any(lasts) {
        return None;
    }
    let from = entries.iter().position(|entry| hold::writes(entry.statement))?;
    let end = if transaction.rolled_back { BarEnd::Rollback } else { BarEnd::Commit };
    let bar = Bar { hold: Hold::Writer, from, until: entries.len() - 1, end };
    Some(Lane { locked: Locked::Database, bars: vec![bar] })
}

/// Lanes in the making.
#[derive(Default)]
struct Lanes {
    done: Vec<Lane>,
    by_name: HashMap<Locked, usize>,
}

impl Lanes {
    fn of(transaction: &Transaction<'_>) -> Self {
        let mut lanes = Self::default();
        let last = transaction.entries.len().saturating_sub(1);
        let end = if transaction.rolled_back { BarEnd::Rollback } else { BarEnd::Commit };
        for (at, entry) in transaction.entries.iter().enumerate() {
            if rolls_back_to_savepoint(entry) {
                lanes.close_what_is_gone(at, transaction.entries.get(at + 1));
            }
            for lock in entry.effects.strong_locks() {
                if existed_before(transaction, &entry.before, &lock.relation)
                    && !is_told_by_its_table(lock, entry)
                {
                    let hold = Hold::Relation(lock.mode);
                    lanes.take(Locked::of(lock), Bar { hold, from: at, until: last, end });
                }
            }
            for (table, hold) in hold::of_tables(entry) {
                if existed_before(transaction, &entry.before, table) {
                    let end = if hold.until_unlocked { BarEnd::Session } else { end };
                    let hold = Hold::Metadata(hold);
                    let locked = Locked::Relation(table.clone(), RelationKind::Table);
                    lanes.take(locked, Bar { hold, from: at, until: last, end });
                }
            }
        }
        lanes
    }

    fn take(&mut self, locked: Locked, bar: Bar) {
        let at = *self.by_name.entry(locked.clone()).or_insert(self.done.len());
        let Some(lane) = self.done.get_mut(at) else {
            self.done.push(Lane { locked, bars: vec![bar] });
            return;
        };
        let mut held = lane.bars.iter().filter(|held| held.until >= bar.from);
        if held.all(|held| bar.hold.exceeds(&held.hold)) {
            lane.bars.push(bar);
        }
    }

    /// Ends the bars of locks that are not held by the next statement any more. After the last
    /// statement nothing can be told apart from the end of the transaction.
    fn close_what_is_gone(&mut self, at: usize, next: Option<&Entry<'_>>) {
        let Some(next) = next else { return };
        for lane in &mut self.done {
            let held = lane.locked.relation().and_then(|relation| next.held.get(relation));
            let held = held.map(|held| held.lock.mode);
            let gone = |bar: &&mut Bar| matches!(bar.hold, Hold::Relation(mode) if bar.until > at && held < Some(mode));
            for bar in lane.bars.iter_mut().filter(gone) {
                bar.until = at;
                bar.end = BarEnd::Savepoint;
            }
        }
    }
}

fn rolls_back_to_savepoint(entry: &Entry<'_>) -> bool {
    let mut actions = entry.statement.actions.iter();
    actions.any(|action| matches!(action.kind, ActionKind::RollbackTo(_)))
}

/// Whether who uses an index waits for its table all the same.
fn is_told_by_its_table(lock: &Lock, entry: &Entry<'_>) -> bool {
    if lock.kind != RelationKind::Index {
        return false;
    }
    let Some(index) = entry.before.index(&lock.relation).any() else { return false };
    let table = entry.effects.lock_on(&index.table);
    table.is_some_and(|table| table.mode.blocked() >= lock.mode.blocked())
}
