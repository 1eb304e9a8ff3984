//! How the effect of a statement that is alone is looked up after a crash.

use super::checked::Probe;
use crate::migration::{
    ActionKind, CreateIndex, DetachMode, ObjectKind, ReindexTarget, Statement, TableChange,
};
use crate::runner::text::first_parenthesis;
use crate::timeline::Entry;

/// The probe of a statement.
pub(super) fn of(own: &[Statement], text: &str, entry: Option<&Entry<'_>>) -> Probe {
    let [statement] = own else { return Probe::Untold };
    let [action] = statement.actions.as_slice() else { return Probe::Untold };
    let schema = entry.map(|entry| &entry.before);
    match &action.kind {
        ActionKind::CreateIndex(index) => index_made(index, text, entry),
        ActionKind::Drop(drop) if drop.kind == ObjectKind::Index => {
            let Some(schema) = schema else { return Probe::Untold };
            Probe::IndexesGone(drop.names.iter().map(|name| schema.resolve(name)).collect())
        }
        ActionKind::AlterTable { table, change } => match change.as_ref() {
            TableChange::DetachPartition { partition, mode: DetachMode::Concurrently } => {
                let Some(schema) = schema else { return Probe::Untold };
                Probe::Detached {
                    parent: schema.resolve(&table.name),
                    partition: schema.resolve(partition),
                }
            }
            _ => Probe::Untold,
        },
        ActionKind::Reindex(reindex) => match (&reindex.target, schema) {
            (ReindexTarget::Index(name) | ReindexTarget::Table(name), Some(schema)) => {
                Probe::Reindexed(schema.resolve(name))
            }
            _ => Probe::Repeatable,
        },
        ActionKind::Vacuum(_)
        | ActionKind::Analyze(_)
        | ActionKind::Cluster { .. }
        | ActionKind::Set(_)
        | ActionKind::Session { .. } => Probe::Repeatable,
        ActionKind::AlterObject(change) if change.kind == ObjectKind::System => Probe::Repeatable,
        _ => Probe::Untold,
    }
}

fn index_made(index: &CreateIndex, text: &str, entry: Option<&Entry<'_>>) -> Probe {
    let Some(entry) = entry else { return Probe::Untold };
    let table = entry.before.resolve(&index.table);
    let made = entry.effects.created.iter().find(|made| made.kind == ObjectKind::Index);
    let name = made
        .map(|made| made.name.clone())
        .or_else(|| index.name.clone().map(|name| table.sibling(name)));
    let definition = first_parenthesis(text).and_then(|at| text.get(at..));
    let (Some(name), Some(definition)) = (name, definition) else { return Probe::Untold };
    Probe::IndexMade {
        index: name,
        table,
        unique: if index.unique { "UNIQUE" } else { "" },
        method: index.method.clone(),
        definition: definition.to_owned(),
    }
}
