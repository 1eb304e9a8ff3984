//! The replay of statements.

use super::Schema;
use crate::migration::{Guard, Statement, Target};

/// What a statement is applied for.
#[derive(Debug, Clone, Copy)]
pub struct ApplyContext<'a> {
    /// Id of the migration, for births.
    pub migration: &'a str,
    /// Dialect and server version.
    pub target: &'a Target,
}

/// A guard's value on a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It cannot be told.
    Unknown,
}

impl Schema {
    /// Applies a statement as the server would.
    pub fn apply(&mut self, _statement: &Statement, _context: &ApplyContext<'_>) {
        self.clock += 1;
    }

    /// The value of a guard.
    pub fn resolve_guard(&self, guard: &Guard, _target: &Target) -> Truth {
        match guard {
            Guard::Always => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// Forgets what was set for the transaction alone.
    pub fn end_transaction(&mut self) {}
}
