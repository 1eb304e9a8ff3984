//! What the engine can do with a change, before the statement's own `ALGORITHM=` and `LOCK=` are
//! asked.

use crate::effects::{Cause, Rebuilt, TableLock};
use crate::migration::Algorithm;

/// The cheapest way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Support {
    /// The catalogue alone.
    Instant {
        /// What others may do.
        lock: TableLock,
        /// What MySQL makes anew under `ALGORITHM=INPLACE`.
        in_place: Rebuilt,
    },
    /// By the engine.
    InPlace {
        /// What others may do.
        lock: TableLock,
        /// What is made anew.
        rebuilt: Rebuilt,
        /// Why it is not instant.
        cause: Cause,
    },
    /// Row by row, by the server.
    Copy {
        /// Why.
        cause: Cause,
        /// Who says so.
        by: Decision,
    },
}

/// Who decides that rows are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// The engine, after it was asked.
    Engine,
    /// The server, which does not ask the engine. MariaDB before 11.2 takes no notice of
    /// `ALGORITHM=` then.
    Server,
}

impl Support {
    /// Row by row, since the engine cannot.
    pub fn copy(cause: Cause) -> Self {
        Self::Copy { cause, by: Decision::Engine }
    }
}

/// What a session says that matters to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    /// Foreign keys are checked.
    pub foreign_key_checks: bool,
    /// `sql_mode` is strict.
    pub strict: bool,
    /// `sql_mode` forbids dates of zeros.
    pub no_zero_date: bool,
    /// Tables that keep their history may be altered (MariaDB).
    pub alters_history: bool,
    /// `alter_algorithm` (MariaDB before 11.5).
    pub algorithm: Option<Algorithm>,
}
