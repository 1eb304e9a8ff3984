//! What scripts destroy, by the names that tables have before the run: what a backup copies.

use super::checked::Losses;
use crate::effects::Loss;
use crate::migration::{ActionKind, Ident, Statement, TableChange};
use crate::schema::{RelationName, Schema};
use crate::timeline::{Entry, Fold};
use std::collections::BTreeMap;

/// Follows tables through the scripts of a run.
pub(super) struct Tracker {
    /// The schema before the first script.
    start: Schema,
    /// For names that came up in the run what stood there before under another one; `None` for
    /// what the run made.
    names: BTreeMap<RelationName, Option<RelationName>>,
}

impl Tracker {
    /// A run that begins on this schema.
    pub fn new(start: Schema) -> Self {
        Self { start, names: BTreeMap::new() }
    }

    /// What a script destroys; to be asked for each in the order in which they run.
    pub fn of(&mut self, folded: &Fold<'_>) -> Losses {
        let mut losses = Losses::default();
        for entry in folded.transactions.iter().flat_map(|transaction| &transaction.entries) {
            self.entry(entry, &mut losses);
        }
        losses
    }

    fn entry(&mut self, entry: &Entry<'_>, losses: &mut Losses) {
        let effects = &entry.effects;
        losses.may_be_more |= !effects.known;
        let touched = effects.locks.iter().map(|lock| &lock.relation);
        let touched = touched.chain(effects.work.iter().map(|work| &work.relation));
        losses.touched.extend(touched.filter_map(|name| self.before_run(name)));
        for (table, column) in effects.losses.iter().map(lost).chain(deleted(entry)) {
            let Some(name) = self.before_run(&table) else { continue };
            let lost = losses.tables.entry(name).or_default();
            lost.rows |= column.is_none();
            lost.columns.extend(column);
        }
        for made in &effects.created {
            self.names.entry(made.name.clone()).or_insert(None);
        }
        for (from, to) in renamed(entry.statement, &entry.before) {
            let before = self.before_run(&from);
            self.names.insert(from, None);
            self.names.insert(to, before);
        }
    }

    /// The name that a table had before the run; `None` where the run made it, or it is no table.
    pub fn before_run(&self, name: &RelationName) -> Option<RelationName> {
        let before = self.names.get(name).cloned().unwrap_or_else(|| Some(name.clone()))?;
        let relation = self.start.relation(&before).any();
        let is_table = match relation {
            Some(relation) => relation.as_table().is_some(),
            None => !self.start.is_complete(),
        };
        is_table.then_some(before)
    }
}

fn lost(loss: &Loss) -> (RelationName, Option<Ident>) {
    match loss {
        Loss::Table(table) | Loss::Rows(table) => (table.clone(), None),
        Loss::Column(table, column) | Loss::Narrowed(table, column) => {
            (table.clone(), Some(column.clone()))
        }
    }
}

/// Tables of which a statement deletes rows, whichever.
fn deleted<'e>(
    entry: &'e Entry<'_>,
) -> impl Iterator<Item = (RelationName, Option<Ident>)> + use<'e> {
    let actions = entry.statement.actions.iter();
    actions.filter_map(|action| match &action.kind {
        ActionKind::Delete(delete) => Some((entry.before.resolve(&delete.table), None)),
        _ => None,
    })
}

fn renamed<'s>(
    statement: &'s Statement,
    before: &'s Schema,
) -> impl Iterator<Item = (RelationName, RelationName)> + 's {
    statement.actions.iter().filter_map(|action| {
        let ActionKind::AlterTable { table, change } = &action.kind else { return None };
        let from = before.resolve(&table.name);
        let to = match change.as_ref() {
            TableChange::Rename { new_name } => from.sibling(new_name.clone()),
            TableChange::SetSchema { schema } => {
                RelationName::new(schema.clone(), from.name.clone())
            }
            _ => return None,
        };
        Some((from, to))
    })
}
