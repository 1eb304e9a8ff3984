//! What takes the place of a table that is dropped.

use super::StatementContext;
use crate::migration::{Action, ActionKind, InsertSource, ObjectName, TableChange};
use crate::schema::RelationName;

/// What comes to have the name of a dropped table, later in the script.
#[derive(Debug, Clone, Copy)]
pub enum Successor<'a> {
    /// A new table, without rows.
    Empty(&'a Action),
    /// Another table that is given the name, filled from the old one before.
    Copy,
}

impl<'a> StatementContext<'a> {
    /// What takes the place of a table that this statement drops.
    pub fn successor(&self, table: &RelationName) -> Option<Successor<'a>> {
        let script = self.script()?;
        let mut later = script.statements().skip(self.entry.index + 1);
        let (action, heir) = later.find_map(|statement| {
            statement
                .actions
                .iter()
                .find_map(|action| heir(action, table).map(|heir| (action, heir)))
        })?;
        match heir {
            Heir::New => Some(Successor::Empty(action)),
            Heir::Renamed(name) => {
                let mut actions = script.statements().flat_map(|statement| &statement.actions);
                actions.any(|action| copies(action, table, name)).then_some(Successor::Copy)
            }
        }
    }
}

impl StatementContext<'_> {
    /// Whether the table that this statement drops is made anew and then filled by a query in the same
    /// script: what was in it could be told from elsewhere.
    pub fn is_filled_again(&self, table: &RelationName) -> bool {
        let Some(script) = self.script() else { return false };
        let later = script.statements().skip(self.entry.index + 1);
        let mut actions = later.flat_map(|statement| &statement.actions);
        actions.any(|action| match &action.kind {
            ActionKind::Insert(insert) => {
                insert.source == InsertSource::Query && is_named(&insert.table, table)
            }
            _ => false,
        })
    }

    /// Whether the table that this statement drops was renamed aside in the same script, and the
    /// table made under its old name was filled from it: its rows are where they were.
    pub fn is_copied_back(&self, table: &RelationName) -> bool {
        let Some(script) = self.script() else { return false };
        let earlier = || {
            let statements = script.statements().take(self.entry.index);
            statements.flat_map(|statement| &statement.actions)
        };
        let old_name = earlier().find_map(|action| match &action.kind {
            ActionKind::AlterTable { table: old, change } => match change.as_ref() {
                TableChange::Rename { new_name } => (*new_name == table.name).then_some(&old.name),
                _ => None,
            },
            _ => None,
        });
        old_name.is_some_and(|old| earlier().any(|action| copies(action, table, old)))
    }
}

enum Heir<'a> {
    New,
    Renamed(&'a ObjectName),
}

fn heir<'a>(action: &'a Action, table: &RelationName) -> Option<Heir<'a>> {
    match &action.kind {
        ActionKind::CreateTable(new) if is_named(&new.name, table) => Some(Heir::New),
        ActionKind::AlterTable { table: old, change } => match change.as_ref() {
            TableChange::Rename { new_name } if *new_name == table.name => {
                Some(Heir::Renamed(&old.name))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether the action fills the heir with the rows of the table.
fn copies(action: &Action, from: &RelationName, to: &ObjectName) -> bool {
    let (target, query) = match &action.kind {
        ActionKind::Insert(insert) => (&insert.table, &insert.query),
        ActionKind::CreateTableAs(table) => (&table.name, &table.query),
        _ => return false,
    };
    target.name == to.name && query.reads().iter().any(|read| is_named(read, from))
}

fn is_named(written: &ObjectName, name: &RelationName) -> bool {
    written.name == name.name && written.schema.as_ref().is_none_or(|schema| *schema == name.schema)
}
