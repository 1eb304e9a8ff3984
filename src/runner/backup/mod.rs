//! Copies of data, made before a run that destroys it: of the whole file on SQLite, of the tables
//! on PostgreSQL, all in one snapshot. A copy that fails stops the run before anything is applied.
//!
//! ```text
//! lockgate-backups/HISTORY/MIGRATION/      0700, never written over; a further run makes MIGRATION-2
//!   manifest.json                          what was copied, with columns, rows, bytes, checksums
//!   database.sqlite, RESTORE.txt           SQLite
//!   1-public.orders.copy, restore.sql      PostgreSQL: rows as COPY writes them; psql brings them back
//! ```

mod folder;
mod manifest;
mod postgres;
mod restore;
mod sqlite;

use super::Runner;
use super::gate::CheckedScript;
use crate::database::DatabaseError;
use crate::migration::Dialect;
use crate::schema::RelationName;
use folder::Folder;
use std::path::PathBuf;

/// What is asked about backups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Backups {
    /// None is made.
    #[default]
    None,
    /// They are made by lockgate.
    Make {
        /// Before which runs.
        when: When,
        /// Where they are put.
        folder: PathBuf,
    },
    /// Somebody made one: this is its name.
    Own(String),
}

/// Before which runs data is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before those that destroy something.
    DataLoss,
    /// Before each.
    Always,
}

impl When {
    fn wants(self, script: &CheckedScript) -> bool {
        let losses = script.losses();
        match self {
            Self::Always => true,
            Self::DataLoss => !losses.tables.is_empty() || losses.may_be_more,
        }
    }

    /// What is copied before a script, for people; `None` where nothing is.
    pub fn words(self, script: &CheckedScript, dialect: Dialect) -> Option<String> {
        if !self.wants(script) {
            return None;
        }
        if dialect == Dialect::Sqlite {
            return Some("the whole database".to_owned());
        }
        match wanted_tables(self, script) {
            None => Some("every table, since it may do more than is known".to_owned()),
            Some(tables) if tables.is_empty() => None,
            Some(tables) => {
                let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
                Some(names.join(", "))
            }
        }
    }
}

/// Tables to copy before a script; `None`: all.
fn wanted_tables(when: When, script: &CheckedScript) -> Option<Vec<RelationName>> {
    let losses = script.losses();
    if losses.may_be_more {
        return None;
    }
    let touched = losses.touched.iter().filter(|_| when == When::Always);
    let mut tables: Vec<RelationName> = losses.tables.keys().chain(touched).cloned().collect();
    tables.sort();
    tables.dedup();
    Some(tables)
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where it is: what the history remembers.
    pub reference: String,
    /// What it holds, in words.
    pub holds: String,
}

impl Runner {
    /// Copies what scripts that will run destroy, and remembers where for their rows of history.
    ///
    /// # Errors
    /// Why a copy could not be made; nothing was applied.
    pub fn back_up(
        &mut self,
        scripts: &[CheckedScript],
        backups: &Backups,
    ) -> Result<Vec<Backup>, DatabaseError> {
        let (when, folder) = match backups {
            Backups::None => return Ok(Vec::new()),
            Backups::Own(reference) => {
                let all = scripts.iter().map(|one| (one.id().to_owned(), reference.clone()));
                self.sender.backups.extend(all);
                return Ok(Vec::new());
            }
            Backups::Make { when, folder } => (*when, folder),
        };
        let wanted: Vec<&CheckedScript> =
            scripts.iter().filter(|script| when.wants(script)).collect();
        let history = self.sender.store.project().to_owned();
        let made = match self.sender.dialect() {
            Dialect::Sqlite => {
                sqlite::back_up(&mut self.sender.connection, &wanted, &history, folder)
            }
            _ => {
                let limit = self.sender.limits.lock_timeout;
                let asked = postgres::Asked { when, history: &history, folder, limit };
                postgres::back_up(&mut self.sender.connection, &wanted, &asked)
            }
        };
        let made = made.map_err(|error| {
            let told = format!("the backup failed: {}", error.message);
            let help = error.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
            DatabaseError { message: told, ..error }.help(format!("nothing was applied{help}"))
        })?;
        let mut shown: Vec<Backup> = Vec::new();
        for (version, backup) in made {
            self.sender.backups.insert(version, backup.reference.clone());
            if !shown.contains(&backup) {
                shown.push(backup);
            }
        }
        Ok(shown)
    }
}
