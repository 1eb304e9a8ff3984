//! Who is in the way: sessions that hold a lock a statement needs, seen from a connection of
//! their own before and while the statement waits.

use super::connection::Connection;
use super::gate::NeededLock;
use crate::database::{DatabaseError, Row, literal};
use crate::migration::Dialect;
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

/// A session in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// Its process on the server.
    pub pid: i64,
    /// Its role.
    pub user: String,
    /// What it calls itself.
    pub application: String,
    /// `active`, `idle in transaction`, …
    pub state: String,
    /// Seconds since its transaction began.
    pub age_seconds: u64,
    /// Its last statement, shortened.
    pub query: String,
}

impl Blocker {
    /// In words: `pid 4182 (psql, alice, idle in transaction for 3 m): SELECT …`.
    pub fn words(&self) -> String {
        let mut text = format!("pid {}", self.pid);
        let parts = [self.application.as_str(), self.user.as_str()];
        let named: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let age = crate::runner::words::seconds(self.age_seconds);
        // Writing into a String cannot fail.
        let _ = write!(text, " ({}, {} for {age})", named.join(", "), self.state);
        if !self.query.is_empty() {
            let _ = write!(text, ": {}", self.query);
        }
        text
    }

    /// Whether it waits for its client within a transaction.
    pub fn is_idle(&self) -> bool {
        self.state.starts_with("idle in transaction")
    }
}

const COLUMNS: &str = "a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), \
    coalesce(a.state, a.backend_type, ''), \
    coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.backend_start)), 0)::bigint, \
    left(regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 100)";

/// Sessions whose transaction is older than `age` and holds a lock that conflicts with a needed
/// one. To queue behind them would make everyone else queue behind us.
pub(super) fn of_locks(
    connection: &mut Connection,
    locks: &[NeededLock],
    age: Duration,
) -> Result<Vec<Blocker>, DatabaseError> {
    if locks.is_empty() || connection.dialect() != Dialect::Postgres {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = locks
        .iter()
        .flat_map(|lock| {
            let name = literal(Dialect::Postgres, &lock.quoted);
            let row = |mode| format!("({name}, '{mode}Lock')");
            lock.conflicting.iter().map(row).collect::<Vec<_>>()
        })
        .collect();
    let sql = format!(
        "SELECT DISTINCT {COLUMNS} FROM (VALUES {}) AS w (name, mode) \
         JOIN pg_locks l ON l.locktype = 'relation' AND l.granted AND l.mode = w.mode \
           AND l.relation = to_regclass(w.name) \
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE l.pid <> pg_backend_pid() \
           AND a.xact_start < clock_timestamp() - interval '{} milliseconds' ORDER BY 1",
        wanted.join(", "),
        age.as_millis(),
    );
    Ok(connection.own_rows(&sql)?.iter().filter_map(read).collect())
}

/// Sessions that the one with this process waits for.
pub(super) fn of_process(
    connection: &mut Connection,
    pid: i64,
) -> Result<Vec<Blocker>, DatabaseError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM pg_stat_activity a WHERE a.pid = ANY(pg_blocking_pids({pid})) ORDER BY 1"
    );
    Ok(connection.own_rows(&sql)?.iter().filter_map(read).collect())
}

fn read(row: &Row) -> Option<Blocker> {
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Some(Blocker {
        pid: text(0).parse().ok()?,
        user: text(1),
        application: text(2),
        state: text(3),
        age_seconds: text(4).parse().unwrap_or(0),
        query: text(5),
    })
}

/// Ends a session that is idle in a transaction; gives whether the server did.
pub(super) fn end_idle(
    connection: &mut Connection,
    blocker: &Blocker,
) -> Result<bool, DatabaseError> {
    let sql = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE pid = {} AND state LIKE 'idle in transaction%'",
        blocker.pid
    );
    let rows = connection.own_rows(&sql)?;
    Ok(rows.first().and_then(|row| row.first()).is_some_and(|value| value.as_deref() == Some("t")))
}
