//! `--dry-run=execute`: the scripts run, and nothing stays: on PostgreSQL in one transaction that
//! is rolled back, on SQLite on a copy of the file.

use super::Runner;
use super::gate::{CheckedScript, UnitKind};
use crate::database::{DatabaseError, literal};
use crate::migration::Dialect;
use serde::Serialize;
use std::time::Instant;

/// What became of a script that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsal {
    /// Version.
    pub version: String,
    /// Milliseconds.
    pub execution_time_ms: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// Statements that were left out, because they may not be in a transaction.
    pub left_out: Vec<String>,
}

impl Runner {
    /// Tries scripts; stops at the first that fails.
    ///
    /// # Errors
    /// That the attempt itself could not be made.
    pub fn rehearse(
        &mut self,
        scripts: &[CheckedScript],
        copy: &std::path::Path,
    ) -> Result<Vec<Rehearsal>, DatabaseError> {
        let connection = &mut self.sender.connection;
        if connection.dialect() == Dialect::Sqlite {
            let path = literal(Dialect::Sqlite, &copy.display().to_string());
            connection.own(&format!("VACUUM INTO {path}"))?;
            let address = crate::database::SqliteAddress {
                path: copy.to_owned(),
                access: crate::database::Access::All,
            };
            let address = crate::database::Address::Sqlite(address);
            let mut copied = super::connection::Connection::open(&address, "lockgate")?;
            return Ok(try_all(&mut copied, scripts));
        }
        let limit = self.sender.limits.lock_timeout.as_millis();
        connection.own(&format!("BEGIN; SET LOCAL lock_timeout = {limit}"))?;
        let tried = try_all(connection, scripts);
        connection.own("ROLLBACK")?;
        Ok(tried)
    }
}

fn try_all(
    connection: &mut super::connection::Connection,
    scripts: &[CheckedScript],
) -> Vec<Rehearsal> {
    let mut tried = Vec::new();
    for script in scripts {
        let one = try_one(connection, script);
        let failed = one.error.is_some();
        tried.push(one);
        if failed {
            break;
        }
    }
    tried
}

fn try_one(connection: &mut super::connection::Connection, script: &CheckedScript) -> Rehearsal {
    let started = Instant::now();
    let mut left_out = Vec::new();
    let mut error = None;
    for unit in script.units() {
        let is_copy = connection.dialect() == Dialect::Sqlite;
        if matches!(unit.kind(), UnitKind::Alone(_)) && !is_copy {
            left_out.extend(unit.statements().iter().map(|one| one.title().to_owned()));
            continue;
        }
        for statement in unit.statements() {
            if let Err(found) = connection.send(statement.sql()) {
                error = Some(format!("{}:{}: {found}", script.file(), statement.line()));
                break;
            }
        }
        if error.is_some() {
            break;
        }
    }
    Rehearsal {
        version: script.id().to_owned(),
        execution_time_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        error,
        left_out,
    }
}
