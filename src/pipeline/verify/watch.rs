//! Locks of a statement that runs outside a transaction. They are gone when it is done, so it is
//! held up at the tables and looked at while it waits.
//!
//! For each table two other sessions hold a lock before the statement is sent: one that even the
//! weakest lock of such a statement has to wait for, and one that a stronger lock has to wait for
//! when the first is gone. A third session looks; whenever the statement waits for one of ours,
//! what it has and what it waits for is noted, and that one lets go.

use crate::database::{DatabaseError, Oid, Session, identifier};
use crate::effects::LockMode;
use crate::schema::RelationName;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

/// Opens another session on the database.
pub type Connect<'c> = dyn Fn() -> Result<Box<dyn Session>, DatabaseError> + 'c;

/// At how many tables a statement is held up; more would take too many of a server's sessions.
pub(super) const MOST: usize = 8;

/// Released in this order: `CONCURRENTLY` and `VACUUM` begin with a lock that the first excludes.
const MODES: [&str; 2] = ["SHARE UPDATE EXCLUSIVE", "ROW EXCLUSIVE"];

/// Between two looks at a statement that goes on.
const PAUSE: Duration = Duration::from_millis(2);

/// What was seen of a statement.
pub(super) struct Watched {
    /// What came of it.
    pub outcome: Result<u64, DatabaseError>,
    /// The strongest lock that it had, or waited for, on each relation.
    pub locks: BTreeMap<Oid, LockMode>,
    /// The tables at which it was held up, so that no lock on them was missed.
    pub held_up: BTreeSet<Oid>,
}

/// A session that holds a lock until it is dropped.
struct Holder {
    pid: String,
    _session: Box<dyn Session>,
}

/// Runs a statement and looks at its locks.
///
/// # Errors
/// What the server said to a session of ours; what it said to the statement is in the outcome.
pub(super) fn watch(
    session: &mut dyn Session,
    sql: &str,
    tables: &[(Oid, RelationName)],
    connect: &Connect<'_>,
) -> Result<Watched, DatabaseError> {
    let pid = pid(session)?;
    let mut observer = connect()?;
    let mut holders = Vec::new();
    for mode in MODES {
        for (_, table) in tables {
            holders.push(Holder::of(table, mode, connect)?);
        }
    }
    let mut locks = BTreeMap::new();
    let (outcome, looked) = thread::scope(|scope| {
        let running = scope.spawn(|| session.run(sql));
        let is_done = || running.is_finished();
        let looked = look(observer.as_mut(), &pid, &mut holders, &mut locks, is_done);
        // Nobody may hold it up any more, whatever was seen.
        holders.clear();
        (running.join().unwrap_or_else(|panic| resume_unwind(panic)), looked)
    });
    looked?;
    Ok(Watched { outcome, locks, held_up: tables.iter().map(|(oid, _)| *oid).collect() })
}

/// Looks until the statement is done, and lets go of it wherever it waits.
fn look(
    observer: &mut dyn Session,
    pid: &str,
    holders: &mut Vec<Holder>,
    locks: &mut BTreeMap<Oid, LockMode>,
    is_done: impl Fn() -> bool,
) -> Result<(), DatabaseError> {
    while !is_done() {
        let blocking = observer.rows(&format!("SELECT unnest(pg_blocking_pids({pid}))"))?;
        let blocks = |holder: &Holder| {
            blocking.iter().flatten().flatten().any(|blocking| *blocking == holder.pid)
        };
        let holder = holders.iter().position(blocks);
        for (oid, mode) in observer.locks_of(pid)? {
            let known = locks.entry(oid).or_insert(mode);
            *known = mode.max(*known);
        }
        match holder {
            Some(at) => drop(holders.remove(at)),
            None => thread::sleep(PAUSE),
        }
    }
    Ok(())
}

impl Holder {
    fn of(table: &RelationName, mode: &str, connect: &Connect<'_>) -> Result<Self, DatabaseError> {
        let mut session = connect()?;
        let pid = pid(session.as_mut())?;
        let (schema, name) = (identifier(table.schema.as_str()), identifier(table.name.as_str()));
        session.run(&format!("BEGIN; LOCK TABLE ONLY {schema}.{name} IN {mode} MODE"))?;
        Ok(Self { pid, _session: session })
    }
}

fn pid(session: &mut dyn Session) -> Result<String, DatabaseError> {
    Ok(session.value("SELECT pg_backend_pid()")?.unwrap_or_default())
}
