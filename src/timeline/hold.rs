//! What a bar stands for: a lock as its server has it, and who waits under it.

use super::Entry;
use crate::effects::{
    Blocked, Lock, LockMode, MetadataLock, MetadataMode, Method, TableLock, WorkKind,
};
use crate::migration::{ActionKind, RelationKind, Statement};
use crate::schema::RelationName;
use std::fmt;

/// What others wait for: a lane of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Locked {
    /// A relation, by its name when it is first locked, and its kind.
    Relation(RelationName, RelationKind),
    /// The whole database: SQLite lets one session write at a time.
    Database,
}

/// As reports name it; SQLite calls the database of a connection `main`.
impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relation(name, _) => name.fmt(f),
            Self::Database => f.write_str("main"),
        }
    }
}

impl Locked {
    /// What a lock of PostgreSQL is on.
    pub(super) fn of(lock: &Lock) -> Self {
        Self::Relation(lock.relation.clone(), lock.kind)
    }

    /// The relation, where it is one.
    pub fn relation(&self) -> Option<&RelationName> {
        match self {
            Self::Relation(name, _) => Some(name),
            Self::Database => None,
        }
    }
}

/// A lock that makes others wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// PostgreSQL's lock on a relation.
    Relation(LockMode),
    /// A metadata lock of MySQL or MariaDB on a table.
    Metadata(MetadataHold),
    /// SQLite's lock of the one who writes.
    Writer,
}

/// A metadata lock of MySQL or MariaDB. A change of a table holds the exclusive one for an instant
/// at its start and its end; what others may do in between is another matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataHold {
    /// The strongest mode that the statement asks for.
    pub mode: MetadataMode,
    /// How the table is changed, where it is the one that is.
    pub method: Option<Method>,
    /// What others may do while the statement works; `None` where it takes an instant only.
    pub meanwhile: Option<TableLock>,
    /// Whether it is kept until `UNLOCK TABLES`.
    pub until_unlocked: bool,
}

impl Hold {
    /// Who waits for as long as the bar lasts.
    pub fn blocked(&self) -> Blocked {
        match self {
            Self::Relation(mode) => mode.blocked(),
            Self::Metadata(hold) => hold.blocked(),
            Self::Writer => Blocked::Writes,
        }
    }

    /// Whether it adds to what another on the same relation does.
    pub(super) fn exceeds(&self, held: &Self) -> bool {
        match (self, held) {
            (Self::Relation(mode), Self::Relation(held)) => mode > held,
            _ => self.blocked() > held.blocked(),
        }
    }

    /// Who waits at the start and the end of the bar, where that is more than in between.
    pub fn blocked_at_ends(&self) -> Option<Blocked> {
        let Self::Metadata(hold) = self else { return None };
        let at_ends = hold.mode.blocked();
        (at_ends > hold.blocked()).then_some(at_ends)
    }
}

impl MetadataHold {
    fn blocked(&self) -> Blocked {
        match self.meanwhile {
            None => self.mode.blocked(),
            Some(TableLock::None) => Blocked::Maintenance,
            Some(TableLock::Shared) => Blocked::Writes,
            Some(TableLock::Exclusive) => Blocked::ReadsAndWrites,
        }
    }
}

/// The lock as the server's manual calls it: `ACCESS EXCLUSIVE`, `ALGORITHM=COPY, LOCK=SHARED`.
impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relation(mode) => f.write_str(mode.as_sql()),
            Self::Metadata(hold) => hold.fmt(f),
            Self::Writer => f.write_str("write lock of the database"),
        }
    }
}

impl fmt::Display for MetadataHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(algorithm) = self.method.and_then(Method::algorithm) {
            write!(f, "ALGORITHM={algorithm}, ")?;
            if let Some(lock) = self.meanwhile {
                write!(f, "LOCK={}, ", lock.as_sql())?;
            }
        }
        write!(f, "{} metadata lock", self.mode.as_str())
    }
}

/// The metadata locks of a statement that keep readers or writers out.
pub(super) fn of_tables<'e>(
    entry: &'e Entry<'_>,
) -> impl Iterator<Item = (&'e RelationName, MetadataHold)> {
    let locks = entry.effects.metadata.iter();
    let strong = locks.filter(|lock| lock.mode.blocked() > Blocked::Maintenance);
    strong.map(|lock| (&lock.table, of_table(lock, entry)))
}

fn of_table(lock: &MetadataLock, entry: &Entry<'_>) -> MetadataHold {
    let effects = &entry.effects;
    let change = effects.alterations.iter().find(|one| one.table == lock.table);
    let lasts =
        |table: &RelationName| effects.work_on(table).any(|work| work.what != WorkKind::DataChange);
    let meanwhile = match change {
        Some(change) if lasts(&lock.table) => change.lock,
        Some(_) => None,
        // The other side of a foreign key is locked when the change begins and when it ends.
        None => effects.alterations.iter().any(|one| lasts(&one.table)).then_some(TableLock::None),
    };
    let mut actions = entry.statement.actions.iter();
    let until_unlocked = actions.any(|action| matches!(action.kind, ActionKind::LockTables { .. }));
    let method = change.map(|change| change.method);
    MetadataHold { mode: lock.mode, method, meanwhile, until_unlocked }
}

/// Whether a statement takes SQLite's lock for writing, or waits for it.
pub(super) fn writes(statement: &Statement) -> bool {
    let leaves_rows = |kind: &ActionKind| {
        matches!(
            kind,
            ActionKind::Select(_)
                | ActionKind::Evaluate(_)
                | ActionKind::Explain { .. }
                | ActionKind::Begin
                | ActionKind::Commit
                | ActionKind::Rollback
                | ActionKind::Savepoint(_)
                | ActionKind::Release(_)
                | ActionKind::RollbackTo(_)
                | ActionKind::Set(_)
                | ActionKind::Session { .. }
        )
    };
    !statement.actions.iter().all(|action| leaves_rows(&action.kind))
}
