//! What a script needs of the role that runs it, and of the disk, by the names that relations have
//! before the run: what is looked at before anything runs.

use super::checked::Needs;
use super::losses::Tracker;
use crate::effects::WorkKind;
use crate::migration::{ActionKind, ObjectKind, Script};
use crate::schema::{RelationName, Schema};
use crate::timeline::{Entry, Fold};

/// What a script needs; asked before the tracker has gone over it.
pub(super) fn of(script: &Script, folded: &Fold<'_>, tracker: &Tracker) -> Needs {
    let mut needs = Needs::default();
    let entries = || folded.transactions.iter().flat_map(|transaction| &transaction.entries);
    for work in entries().flat_map(|entry| &entry.effects.work) {
        if matches!(work.what, WorkKind::Rewrite | WorkKind::IndexBuild) {
            needs.space.extend(tracker.before_run(&work.relation));
        }
    }
    if !changes_role(script) {
        entries().for_each(|entry| entry_needs(entry, tracker, &mut needs));
    }
    needs
}

/// A script that takes another role is not bound to the rights of ours.
fn changes_role(script: &Script) -> bool {
    let mut actions = script.statements().flat_map(|statement| &statement.actions);
    actions.any(|action| match &action.kind {
        ActionKind::Set(option) => matches!(option.name.as_str(), "role" | "session_authorization"),
        _ => false,
    })
}

fn entry_needs(entry: &Entry<'_>, tracker: &Tracker, needs: &mut Needs) {
    let made = entry.effects.created.iter().filter(|made| made.member.is_none());
    needs.create.extend(made.map(|made| made.name.schema.clone()).filter(|it| *it != "pg_temp"));
    let table = |name| tracker.before_run(&entry.before.resolve(name));
    for action in &entry.statement.actions {
        match &action.kind {
            ActionKind::AlterTable { table: target, .. } => needs.own.extend(table(&target.name)),
            ActionKind::CreateIndex(index) => needs.own.extend(table(&index.table)),
            ActionKind::Drop(drop) if drop.kind == ObjectKind::Table => {
                needs.drop.extend(drop.names.iter().filter_map(table));
            }
            ActionKind::Drop(drop) if drop.kind == ObjectKind::Index => {
                let tables = drop
                    .names
                    .iter()
                    .filter_map(|name| table_of_index(&entry.before, &entry.before.resolve(name)));
                needs.drop.extend(tables.filter_map(|name| tracker.before_run(&name)));
            }
            kind => {
                let written = written(kind).into_iter();
                needs.write.extend(written.filter_map(|(name, right)| Some((table(name)?, right))));
            }
        }
    }
}

fn table_of_index(schema: &Schema, index: &RelationName) -> Option<RelationName> {
    schema.index(index).known().map(|index| index.table.clone())
}

/// Tables whose rows a statement writes, with the right that it takes.
fn written(kind: &ActionKind) -> Vec<(&crate::migration::ObjectName, &'static str)> {
    match kind {
        ActionKind::Insert(insert) => vec![(&insert.table, "INSERT")],
        ActionKind::Update(update) => vec![(&update.table, "UPDATE")],
        ActionKind::Delete(delete) => vec![(&delete.table, "DELETE")],
        ActionKind::Copy(copy) if copy.from => copy.table.iter().map(|it| (it, "INSERT")).collect(),
        ActionKind::Truncate(truncate) => {
            truncate.tables.iter().map(|(table, _)| (table, "TRUNCATE")).collect()
        }
        _ => Vec::new(),
    }
}
