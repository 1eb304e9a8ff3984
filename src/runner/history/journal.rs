//! The table `lockgate_journal`: for migrations that are not one transaction, what was done of
//! them. A unit in a transaction has its row in that transaction; one that is alone has its intent
//! before and its result after.

use super::Store;
use crate::database::{DatabaseError, Row};
use crate::runner::connection::Connection;

/// How far a unit came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was about to be sent.
    Intent,
    /// It is done.
    Done,
    /// A slice of it is done.
    Slice,
    /// The server refused it.
    Failed,
    /// A person said that it may be run again.
    Again,
}

impl State {
    const ALL: [Self; 5] = [Self::Intent, Self::Done, Self::Slice, Self::Failed, Self::Again];

    fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Done => "done",
            Self::Slice => "slice",
            Self::Failed => "failed",
            Self::Again => "again",
        }
    }
}

/// A row of the journal.
#[derive(Debug, Clone)]
pub struct JournalRow {
    /// 0-based number of the unit in its script.
    pub unit: usize,
    /// Slice of a batched change; 0 for the unit itself.
    pub batch: u64,
    /// Over the unit's normalised statements.
    pub hash: String,
    /// The first words, for people.
    pub title: String,
    /// How far it came.
    pub state: State,
    /// The last key of a slice.
    pub key: Option<String>,
    /// Rows changed.
    pub rows: u64,
}

/// A row to be written.
pub(in crate::runner) struct NewJournalRow<'a> {
    pub history: i64,
    pub unit: usize,
    pub batch: u64,
    pub hash: &'a str,
    pub title: &'a str,
    pub state: State,
    pub key: Option<&'a str>,
    pub rows: u64,
    pub session: &'a str,
}

impl Store {
    /// The journal of a run, in order.
    ///
    /// # Errors
    /// What the server said.
    pub fn journal(
        &self,
        connection: &mut Connection,
        history: i64,
    ) -> Result<Vec<JournalRow>, DatabaseError> {
        let sql = format!(
            "SELECT unit, batch, statement_hash, title, state, batch_key, rows_affected \
             FROM {} WHERE history_id = {history} ORDER BY unit, batch",
            self.journal
        );
        Ok(connection.own_rows(&sql)?.iter().filter_map(read).collect())
    }

    /// The statement that writes a row, or says how a unit that has its intent went on.
    pub(in crate::runner) fn note(&self, row: &NewJournalRow<'_>) -> String {
        let finished = if row.state == State::Intent { "NULL".to_owned() } else { self.now() };
        format!(
            "INSERT INTO {} (history_id, unit, batch, statement_hash, title, state, batch_key, \
             rows_affected, started_at, finished_at, session) \
             VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {finished}, {}) \
             ON CONFLICT (history_id, unit, batch) DO UPDATE SET state = excluded.state, \
             statement_hash = excluded.statement_hash, rows_affected = excluded.rows_affected, \
             batch_key = excluded.batch_key, finished_at = excluded.finished_at, \
             session = excluded.session",
            self.journal,
            row.history,
            row.unit,
            row.batch,
            self.text(row.hash),
            self.text(row.title),
            self.text(row.state.as_str()),
            row.key.map_or("NULL".to_owned(), |key| self.text(key)),
            row.rows,
            self.now(),
            self.text(row.session),
        )
    }
}

fn read(row: &Row) -> Option<JournalRow> {
    let mut values = row.iter().cloned();
    let mut next = || values.next().flatten();
    Some(JournalRow {
        unit: next()?.parse().ok()?,
        batch: next()?.parse().ok()?,
        hash: next()?,
        title: next()?,
        state: next().and_then(|name| State::ALL.into_iter().find(|it| it.as_str() == name))?,
        key: next(),
        rows: next()?.parse().unwrap_or(0),
    })
}
