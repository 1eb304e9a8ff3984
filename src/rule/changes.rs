//! What rules ask of one change: which table it alters, which column it adds, since when that
//! column exists, who waits for it.

use super::StatementContext;
use crate::effects::{Lock, WorkKind};
use crate::migration::{Action, ActionKind, ColumnConstraint, ColumnDef, Ident, TableChange};
use crate::schema::{Column, RelationName};

impl<'a> StatementContext<'a> {
    /// The table that a subcommand of `ALTER TABLE` changes, and the change.
    pub fn change_of<'b>(&self, action: &'b Action) -> Option<(RelationName, &'b TableChange)> {
        match &action.kind {
            ActionKind::AlterTable { table, change } => {
                Some((self.resolve(&table.name), change.as_ref()))
            }
            _ => None,
        }
    }

    /// The table that `ADD COLUMN` changes, and the column.
    pub fn added_by<'b>(&self, action: &'b Action) -> Option<(RelationName, &'b ColumnDef)> {
        match self.change_of(action)? {
            (table, TableChange::AddColumn { column, .. }) => Some((table, column)),
            _ => None,
        }
    }

    /// Whether adding the column rewrites the table, whatever the default is that the column is
    /// written with.
    pub fn rewrites_without_default(&self, action: &Action) -> bool {
        let mut without = action.clone();
        if let ActionKind::AlterTable { change, .. } = &mut without.kind
            && let TableChange::AddColumn { column, .. } = change.as_mut()
        {
            column.constraints.retain(|it| !matches!(it, ColumnConstraint::Default(_)));
        }
        self.effects_of(&without).work.iter().any(|work| work.what == WorkKind::Rewrite)
    }

    /// The strongest lock for which others wait.
    pub fn worst_lock(&self) -> Option<&'a Lock> {
        self.strong_locks().max_by_key(|lock| lock.mode)
    }

    /// The column before the statement, where the replay is sure of it and of its table.
    pub fn known_column(&self, table: &RelationName, column: &Ident) -> Option<&'a Column> {
        let table = self.before().table(table).known()?;
        table.column(column).filter(|column| column.certain)
    }

    /// Whether no deployed release can know the column: it came with this batch.
    pub fn is_new_column(&self, column: &Column) -> bool {
        column.certain && column.born >= self.transaction.batch_start
    }
}
