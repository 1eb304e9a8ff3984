//! SQLite, by rusqlite with SQLite built in.

use super::session::{Row, Session};
use super::{Access, DatabaseError, ErrorKind, SqliteAddress};
use crate::migration::Dialect;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for another writer, before our own retries begin.
const BUSY: Duration = Duration::from_secs(2);

/// Opens the file, which is made where it does not exist.
pub(super) fn connect(
    address: &SqliteAddress,
    _name: &str,
) -> Result<Box<dyn Session>, DatabaseError> {
    let path = address.path.display();
    let flags = match address.access {
        Access::All => OpenFlags::default(),
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    };
    let opened = Connection::open_with_flags(&address.path, flags);
    let connection = opened.map_err(|error| {
        let mut error = failure(&error);
        error.kind = ErrorKind::Unreachable;
        error.message = format!("cannot open {path}: {}", error.message);
        error.help("the folder must exist and be writable")
    })?;
    let mut session = Sqlite { connection };
    session.connection.busy_timeout(BUSY).map_err(|error| failure(&error))?;
    // SQLite's own default, which this build changes: with it on, rebuilding a table deletes rows
    // that reference it. A script may turn it on.
    session.run("PRAGMA foreign_keys = OFF")?;
    session.rows("SELECT count(*) FROM sqlite_master").map_err(|mut error| {
        error.message = format!("{path}: {}", error.message);
        error
    })?;
    Ok(Box::new(session))
}

struct Sqlite {
    connection: Connection,
}

impl Session for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let before = self.connection.total_changes();
        let mut batch = rusqlite::Batch::new(&self.connection, sql);
        while let Some(mut statement) = batch.next().map_err(|error| failure(&error))? {
            let mut rows = statement.raw_query();
            while rows.next().map_err(|error| failure(&error))?.is_some() {}
        }
        Ok(self.connection.total_changes().saturating_sub(before))
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        let read = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.connection.prepare(sql)?;
            let width = statement.column_count();
            let mut rows = statement.raw_query();
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let value = |at| row.get_ref(at).map(text);
                found.push((0..width).map(value).collect::<rusqlite::Result<Row>>()?);
            }
            Ok(found)
        };
        read().map_err(|error| failure(&error))
    }

    /// SQLite's own backup: page by page, begun anew where others write meanwhile.
    fn copy_file(&mut self, to: &Path) -> Result<(), DatabaseError> {
        let quietly = None::<fn(rusqlite::backup::Progress)>;
        self.connection.backup("main", to, quietly).map_err(|error| failure(&error))
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

fn failure(error: &rusqlite::Error) -> DatabaseError {
    let (code, message) = match error {
        rusqlite::Error::SqliteFailure(code, message) => {
            (Some(*code), message.clone().unwrap_or_else(|| code.to_string()))
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => (Some(*error), msg.clone()),
        other => (None, other.to_string()),
    };
    let kind = match code.map(|code| code.code) {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::LockTimeout,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => ErrorKind::ReadOnly,
        Some(ErrorCode::DiskFull) => ErrorKind::Full,
        Some(ErrorCode::CannotOpen | ErrorCode::NotADatabase) => ErrorKind::Unreachable,
        _ => ErrorKind::Statement,
    };
    let code = code.map(|code| code.extended_code.to_string());
    DatabaseError { kind, message, help: None, code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_run_and_rows_come_back_as_text() {
        let folder = tempfile::tempdir().unwrap();
        let address = SqliteAddress { path: folder.path().join("shop.db"), access: Access::All };
        let mut session = connect(&address, "test").unwrap();
        session
            .run("CREATE TABLE a (id integer, note text); INSERT INTO a VALUES (1, 'x')")
            .unwrap();
        assert_eq!(session.run("INSERT INTO a VALUES (2, NULL), (3, 'z')").unwrap(), 2);
        let rows = session.rows("SELECT id, note FROM a ORDER BY id LIMIT 2").unwrap();
        assert_eq!(rows[0], [Some("1".to_owned()), Some("x".to_owned())]);
        assert_eq!(rows[1], [Some("2".to_owned()), None]);
        let error = session.run("INSERT INTO b VALUES (1)").unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ErrorKind::Statement, "no such table: b")
        );
    }

    #[test]
    fn a_file_that_is_no_database_is_told_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(
            &path,
            "not a database, but long enough to be read as a header of one....".repeat(4),
        )
        .unwrap();
        let error = connect(&SqliteAddress { path, access: Access::All }, "test").err().unwrap();
        assert!(error.message.contains("notes.txt: file is not a database"), "{error}");
    }
}
