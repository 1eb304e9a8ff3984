//! What rules ask of a whole migration, and of those behind it.

use super::{MigrationContext, StatementContext};
use crate::migration::{Action, ActionKind, Direction, Ident, Migration, ObjectKind, Script};

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

    /// Actions on the way forward that come in later migrations.
    pub fn later_actions(&self) -> impl Iterator<Item = &'a Action> {
        let scripts = self.later_migrations().iter().filter_map(|one| one.up.as_ref());
        scripts.flat_map(Script::statements).flat_map(|statement| &statement.actions)
    }

    /// Whether a later migration drops an object of that kind and name.
    pub fn is_dropped_later(&self, kind: ObjectKind, name: &Ident) -> bool {
        self.later_actions().any(|action| match &action.kind {
            ActionKind::Drop(drop) if drop.kind == kind => {
                drop.names.iter().any(|dropped| dropped.name == *name)
            }
            _ => false,
        })
    }
}
