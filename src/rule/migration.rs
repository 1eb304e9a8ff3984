//! What rules ask of a whole migration, and of those behind it.

use super::{MigrationContext, StatementContext};
use crate::migration::{Direction, Migration};

impl<'a> MigrationContext<'a> {
    /// The statements of one direction, each in its transaction.
    pub fn statements(&self, direction: Direction) -> impl Iterator<Item = StatementContext<'a>> {
        let transactions = match direction {
            Direction::Up => self.up,
            Direction::Down => self.down,
        };
        let project = self.project;
        transactions.iter().flat_map(move |transaction| {
            let entries = transaction.entries.iter().enumerate();
            entries.map(move |(position, entry)| StatementContext {
                project,
                transaction,
                position,
                entry,
            })
        })
    }

    /// Migrations of the project that come later.
    pub fn later_migrations(&self) -> &'a [Migration] {
        let at = self.project.position(&self.migration.id);
        at.and_then(|at| self.project.migrations.get(at + 1..)).unwrap_or(&[])
    }
}
