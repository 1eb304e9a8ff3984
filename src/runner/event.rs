//! What a run tells while it goes on: the command line prints it for people and writes it as JSON
//! lines.

use super::blockers::Blocker;
use serde::Serialize;

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Another runner has the lock; this one waits.
    WaitingForRunner {
        /// Who holds it.
        holder: String,
    },
    /// A migration begins, or goes on where an earlier run stopped.
    Migration {
        /// Version.
        version: String,
        /// Description.
        description: String,
        /// `up` or `down`.
        direction: &'static str,
        /// Statements that an earlier run finished.
        resumed: usize,
    },
    /// A statement is sent.
    Statement {
        /// Version.
        version: String,
        /// 1-based number of the statement in its script.
        statement: usize,
        /// Its first words.
        title: String,
    },
    /// A batch of rows was changed.
    Batch {
        /// Version.
        version: String,
        /// How many batches are done.
        batch: u64,
        /// Rows changed so far.
        rows: u64,
        /// Last key that is done.
        key: String,
    },
    /// A transaction waits, or a lock was not granted; it is tried again.
    Waiting {
        /// Version.
        version: String,
        /// Why, in words.
        reason: String,
        /// Who is in the way.
        blockers: Vec<Blocker>,
        /// Milliseconds until the next try.
        again_in_ms: u64,
    },
    /// A session that was in the way was ended, because that was asked for.
    Ended {
        /// Version.
        version: String,
        /// Whose session.
        blocker: Blocker,
    },
    /// An earlier run's statement was looked up: it is done, or it will be done again.
    Settled {
        /// Version.
        version: String,
        /// 1-based number of the statement.
        statement: usize,
        /// What was found, in words.
        found: String,
    },
    /// A migration is done.
    Done {
        /// What became of it.
        migration: Outcome,
    },
    /// A migration failed.
    Failed {
        /// What became of it.
        migration: Outcome,
    },
}

/// What became of a migration; the run report is made of these.
#[derive(Debug, Clone, Serialize, Default)]
pub struct Outcome {
    /// Version.
    pub version: String,
    /// Description.
    pub description: String,
    /// `up` or `down`.
    pub direction: &'static str,
    /// `applied`, `failed`, `unknown`, `not_applied`.
    pub status: &'static str,
    /// Milliseconds from begin to commit.
    pub execution_time_ms: u64,
    /// Statements that were run.
    pub statements: usize,
    /// Rows that they changed.
    pub rows: u64,
    /// Relations that they touch.
    pub tables: Vec<String>,
    /// The first words of its first statement, for people.
    #[serde(skip)]
    pub title: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// In what state it is after a failure, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Where the data is that was copied before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// Findings that were allowed or forced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<super::gate::Allowed>,
}

/// Is told what happens.
pub trait Observer: Send + Sync {
    /// Takes note.
    fn tell(&self, event: &Event);
}
