//! `lockgate resolve`: a person says what nobody else can tell.

use super::history::{NewEntry, NewJournalRow, State};
use super::{Kind, Runner, Status};
use crate::database::DatabaseError;
use crate::migration::Direction;

/// What a person says of a statement of which only the intent is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It happened.
    Done,
    /// It did not, or it may be run again.
    Retry,
}

/// Why there is nothing to resolve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// What the server said.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The version was not begun.
    #[error("{0} is not waiting to be resolved: no run of it was begun and not finished")]
    NotBegun(String),
    /// No statement is open.
    #[error("{0} has no statement whose effect is unknown: run again, it goes on by itself")]
    NothingOpen(String),
}

impl Runner {
    /// Writes the answer; gives the first words of the statement that it is about.
    ///
    /// # Errors
    /// Why there is nothing to resolve.
    pub fn resolve(
        &mut self,
        version: &str,
        answer: Answer,
        reason: &str,
    ) -> Result<String, Unresolved> {
        let entries = self.entries()?;
        let own = entries.iter().rfind(|entry| entry.version == version && entry.kind == Kind::Run);
        let run = own
            .filter(|entry| entry.status != Status::Applied)
            .ok_or_else(|| Unresolved::NotBegun(version.to_owned()))?;
        let sender = &mut self.sender;
        let journal = sender.store.journal(&mut sender.connection, run.id)?;
        let open = journal
            .iter()
            .find(|row| matches!(row.state, State::Intent | State::Failed))
            .ok_or_else(|| Unresolved::NothingOpen(version.to_owned()))?;
        let state = match answer {
            Answer::Done => State::Done,
            Answer::Retry => State::Again,
        };
        let note = sender.store.note(&NewJournalRow {
            history: run.id,
            unit: open.unit,
            batch: open.batch,
            hash: &open.hash,
            title: &open.title,
            state,
            key: open.key.as_deref(),
            rows: open.rows,
            session: &sender.session,
        });
        let answer = match answer {
            Answer::Done => "done",
            Answer::Retry => "retry",
        };
        let words = format!("`{}` is {answer}: {reason}", open.title);
        let row = sender.store.insert(&NewEntry {
            version,
            description: &run.description,
            direction: Direction::Up,
            kind: Kind::Resolved,
            checksum: &run.checksum,
            execution_ms: 0,
            statements: 0,
            rows: 0,
            tables: &[],
            status: Status::Running,
            error: None,
            allowed: &[],
            note: Some(&words),
            backup: None,
            rollback_safe: false,
        });
        sender.connection.own(&format!("BEGIN;{note};{row};COMMIT"))?;
        Ok(open.title.clone())
    }
}
