//! A session on a database: text in, text out, the same for every driver.

use super::{Address, DatabaseError, ErrorKind};
use crate::migration::Dialect;
use std::io::Write;
use std::path::Path;

/// A row, each value as the server prints it; `None` is null.
pub type Row = Vec<Option<String>>;

/// A connection that stays open.
pub trait Session: Send {
    /// Whose SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Runs one or more statements; gives the number of rows that the last one changed or gave.
    ///
    /// # Errors
    /// What the server said; the statements before the one that failed have run, as far as the
    /// transaction they are in lets them stand.
    fn run(&mut self, sql: &str) -> Result<u64, DatabaseError>;

    /// Runs one query.
    ///
    /// # Errors
    /// What the server said.
    fn rows(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError>;

    /// Sends rows for a `COPY … FROM stdin`; gives their number.
    ///
    /// # Errors
    /// What the server said; that this database has no such statement.
    fn copy_in(&mut self, _sql: &str, _rows: &str) -> Result<u64, DatabaseError> {
        Err(not_here("COPY"))
    }

    /// Writes what a `COPY … TO stdout` gives.
    ///
    /// # Errors
    /// What the server said; that it cannot be written; that this database has no such statement.
    fn copy_out(&mut self, _sql: &str, _to: &mut dyn Write) -> Result<(), DatabaseError> {
        Err(not_here("COPY"))
    }

    /// Copies the whole database, as it is at one moment, into a file.
    ///
    /// # Errors
    /// What the server said; that this database is no file.
    fn copy_file(&mut self, _to: &Path) -> Result<(), DatabaseError> {
        Err(not_here("a copy of the whole database"))
    }
}

fn not_here(what: &str) -> DatabaseError {
    DatabaseError::new(ErrorKind::Statement, format!("this database has no {what}"))
}

impl dyn Session + '_ {
    /// The only value of a query's only row; `None` also where there is no row.
    ///
    /// # Errors
    /// What the server said.
    pub fn value(&mut self, sql: &str) -> Result<Option<String>, DatabaseError> {
        Ok(self.rows(sql)?.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }
}

/// Opens a session that is called `name` in the server's list of sessions.
///
/// # Errors
/// Why there is none, in words that say what to do.
pub fn connect(address: &Address, name: &str) -> Result<Box<dyn Session>, DatabaseError> {
    match address {
        #[cfg(feature = "postgres")]
        Address::Postgres(address) => super::postgres::connect(address, name),
        #[cfg(feature = "sqlite")]
        Address::Sqlite(address) => super::sqlite::connect(address, name),
        #[cfg(not(all(feature = "postgres", feature = "sqlite")))]
        other => {
            let message = format!("this lockgate was built without the driver for {other}");
            Err(DatabaseError::new(ErrorKind::Unreachable, message))
        }
    }
}

/// A value as a string literal that both databases read alike.
pub fn literal(dialect: Dialect, value: &str) -> String {
    // A NUL cannot be part of a text in either.
    let quoted = value.replace('\0', "").replace('\'', "''");
    match dialect {
        // Right whatever standard_conforming_strings says.
        Dialect::Postgres if quoted.contains('\\') => {
            format!("E'{}'", quoted.replace('\\', "\\\\"))
        }
        _ => format!("'{quoted}'"),
    }
}

/// A name in quotes.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_names_cannot_be_left() {
        assert_eq!(literal(Dialect::Postgres, "it's"), "'it''s'");
        assert_eq!(literal(Dialect::Postgres, r"a\'b"), r"E'a\\''b'");
        assert_eq!(literal(Dialect::Sqlite, r"a\'b"), r"'a\''b'");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
    }
}
