//! The runner's connection: migrations reach the server only as [`CheckedSql`].

use super::gate::CheckedSql;
use crate::database::{Address, DatabaseError, Row, Session, connect};
use crate::migration::Dialect;

/// A session of the runner.
pub struct Connection {
    session: Box<dyn Session>,
}

impl Connection {
    /// Opens one.
    ///
    /// # Errors
    /// Why there is none.
    pub fn open(address: &Address, name: &str) -> Result<Self, DatabaseError> {
        Ok(Self { session: connect(address, name)? })
    }

    /// Whose SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    /// Sends a statement of a migration.
    ///
    /// # Errors
    /// What the server said.
    pub fn send(&mut self, sql: &CheckedSql) -> Result<u64, DatabaseError> {
        match sql.rows() {
            Some(rows) => self.session.copy_in(sql.text(), rows),
            None => self.session.run(sql.text()),
        }
    }

    /// Sends a statement of a migration for one slice of a key.
    ///
    /// # Errors
    /// What the server said.
    pub(super) fn send_slice(
        &mut self,
        sql: &CheckedSql,
        slice: &super::batch::Slice<'_>,
    ) -> Result<u64, DatabaseError> {
        self.session.run(&slice.of(sql.text()))
    }

    /// Runs lockgate's own bookkeeping.
    ///
    /// # Errors
    /// What the server said.
    pub(super) fn own(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        self.session.run(sql)
    }

    /// Runs a query of lockgate's own.
    ///
    /// # Errors
    /// What the server said.
    pub(super) fn own_rows(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        self.session.rows(sql)
    }

    /// Writes what a `COPY … TO stdout` of lockgate's own gives.
    ///
    /// # Errors
    /// What the server said, or why it cannot be written.
    pub(super) fn own_copy(
        &mut self,
        sql: &str,
        to: &mut dyn std::io::Write,
    ) -> Result<(), DatabaseError> {
        self.session.copy_out(sql, to)
    }

    /// Copies a database that is a file.
    ///
    /// # Errors
    /// What the server said.
    pub(super) fn copy_file(&mut self, to: &std::path::Path) -> Result<(), DatabaseError> {
        self.session.copy_file(to)
    }

    /// The only value of a query of lockgate's own.
    ///
    /// # Errors
    /// What the server said.
    pub(super) fn own_value(&mut self, sql: &str) -> Result<Option<String>, DatabaseError> {
        self.session.value(sql)
    }
}

impl Connection {
    /// The server.
    ///
    /// # Errors
    /// What the server said.
    pub fn server(&mut self) -> Result<crate::database::Server, DatabaseError> {
        self.session.server()
    }

    /// The live schema.
    ///
    /// # Errors
    /// What the server said.
    pub fn live(&mut self) -> Result<crate::database::Live, DatabaseError> {
        self.session.live()
    }
}
