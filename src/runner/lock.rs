//! One runner at a time: a lock that a session holds, never a transaction, so that it goes when
//! the session goes, however it goes.
//!
//! PostgreSQL has advisory locks; for SQLite it is a lock of the operating system on a file
//! beside the database.

use super::connection::Connection;
use super::event::{Event, Observer};
use crate::database::{Address, DatabaseError, ErrorKind};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Between two tries to get the lock.
const STEP: Duration = Duration::from_millis(250);

/// The right to apply; given back when it is dropped, or its session ends.
#[derive(Debug, Default)]
pub struct Turn {
    /// Held for its lock.
    _file: Option<File>,
}

/// Waits for the right to apply.
///
/// # Errors
/// Who has it, when the wait is over.
pub(super) fn take(
    connection: &mut Connection,
    address: &Address,
    project: &str,
    limit: Duration,
    observer: &dyn Observer,
) -> Result<Turn, DatabaseError> {
    let deadline = Instant::now() + limit;
    let mut told = false;
    loop {
        let holder = match address {
            Address::Postgres(_) => match advisory(connection, project)? {
                None => return Ok(Turn { _file: None }),
                Some(holder) => holder,
            },
            Address::Sqlite(address) => match file(&address.path)? {
                Ok(file) => return Ok(Turn { _file: Some(file) }),
                Err(holder) => holder,
            },
        };
        if Instant::now() >= deadline {
            let message = format!(
                "another run has the lock, and kept it for {}: {holder}",
                super::words::duration(limit)
            );
            let help =
                "nothing was changed; when it is done, run again (--wait-for-runner waits longer)";
            return Err(DatabaseError::new(ErrorKind::LockTimeout, message).help(help));
        }
        if !told {
            observer.tell(&Event::WaitingForRunner { holder });
            told = true;
        }
        sleep(STEP.min(deadline.saturating_duration_since(Instant::now())));
    }
}

/// The number that stands for a project among a database's advisory locks.
fn key(project: &str) -> i64 {
    let hash = Sha256::digest(format!("lockgate runner\0{project}").as_bytes());
    let first = hash.iter().take(8).fold(0_u64, |key, byte| (key << 8) | u64::from(*byte));
    // Every bit pattern is a key.
    first.cast_signed()
}

/// Tries once; gives who has it.
fn advisory(connection: &mut Connection, project: &str) -> Result<Option<String>, DatabaseError> {
    let key = key(project);
    let got = connection.own_value(&format!("SELECT pg_try_advisory_lock({key})"))?;
    if got.as_deref() == Some("t") {
        return Ok(None);
    }
    let sql = format!(
        "SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'local'), \
         extract(epoch FROM clock_timestamp() - a.backend_start)::bigint \
         FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND (l.classid::bigint << 32) | l.objid::bigint = {key}"
    );
    let rows = connection.own_rows(&sql)?;
    let Some(row) = rows.first() else { return Ok(Some("a session that just ended".to_owned())) };
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let age = super::words::seconds(text(4).parse().unwrap_or(0));
    Ok(Some(format!("pid {} ({}, {}, from {}, for {age})", text(0), text(2), text(1), text(3))))
}

/// Tries once; gives who has it.
fn file(database: &std::path::Path) -> Result<Result<File, String>, DatabaseError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lockgate");
    let path = PathBuf::from(path);
    let fail = |error: &std::io::Error| {
        let message = format!("{}: {error}", path.display());
        DatabaseError::new(ErrorKind::ReadOnly, message)
            .help("the folder of the database must be writable")
    };
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = file.map_err(|error| fail(&error))?;
    match file.try_lock() {
        Ok(()) => {
            // Who holds it is for people; the lock is what counts.
            let _ = file.set_len(0).and_then(|()| file.rewind());
            let _ = write!(file, "pid {}", std::process::id());
            Ok(Ok(file))
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let unknown = holder.trim().is_empty();
            Ok(Err(if unknown { "another process".to_owned() } else { holder }))
        }
        Err(TryLockError::Error(error)) => Err(fail(&error)),
    }
}

/// Refuses a pooler that hands each transaction to another server session: neither locks of
/// sessions nor settings hold behind it.
///
/// # Errors
/// That there is one.
pub(super) fn refuse_pooler(
    one: &mut Connection,
    other: &mut Connection,
) -> Result<(), DatabaseError> {
    const ASK: &str = "SELECT pg_backend_pid()";
    let mut first = None;
    for _ in 0..3 {
        let (a, b) = (one.own_value(ASK)?, other.own_value(ASK)?);
        let moved = first.as_ref().is_some_and(|first| *first != a);
        if a == b || moved {
            let message = "between lockgate and the server stands a pooler in transaction mode: two sessions that are open at once share one of the server's";
            let help =
                "connect to the server itself, or to a pool in session mode; nothing was changed";
            return Err(DatabaseError::new(ErrorKind::Unreachable, message).help(help));
        }
        first = Some(a);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_project_has_its_own_key() {
        assert_eq!(key("shop"), key("shop"));
        assert_ne!(key("shop"), key("billing"));
    }

    #[test]
    fn the_lock_of_a_file_is_held_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        let held = file(&path).unwrap().unwrap();
        let holder = file(&path).unwrap().unwrap_err();
        assert_eq!(holder, format!("pid {}", std::process::id()));
        drop(held);
        assert!(file(&path).unwrap().is_ok());
    }
}
