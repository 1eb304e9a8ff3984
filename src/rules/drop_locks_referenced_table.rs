//! `drop-locks-referenced-table`: dropping a foreign key stops the table that it points at.

use crate::effects::{Blocked, Lock};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, ObjectKind, TableChange};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, locks_label, quoted,
    relation_list, relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a drop also locks the tables that its foreign keys reference",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let mut parents: Vec<&Lock> = Vec::new();
        let mut keys: Vec<(RelationName, Ident)> = Vec::new();
        for lock in context.strong_locks() {
            if lock.mode.blocked() != Blocked::ReadsAndWrites || goes_too(context, &lock.relation) {
                continue;
            }
            let dropped = dropped_keys(context, &lock.relation);
            if !dropped.is_empty() {
                parents.push(lock);
                keys.extend(dropped);
            }
        }
        let (Some(first), Some(action)) = (parents.first(), context.actions().first()) else {
            return;
        };
        let Some(place) = context.place(action.span) else { return };
        let names = relation_list(parents.iter().map(|lock| &lock.relation));
        let message = format!("{} {names} wait too: a foreign key to it is dropped", waiters(first.mode));
        let draft = Draft::at(place, Hazard::BriefBlock, message)
            .label(locks_label(parents.iter().copied()))
            .why("the key's triggers on the referenced table go with it, and that takes the strongest lock there is")
            .help(help(&keys));
        sink.add(parents.into_iter().fold(draft, |draft, lock| draft.relation(&lock.relation)));
    }
}

/// Foreign keys of other tables to this one that the statement drops.
fn dropped_keys(context: &StatementContext<'_>, parent: &RelationName) -> Vec<(RelationName, Ident)> {
    let referencing = context.before().referencing(parent);
    referencing
        .filter(|(child, _)| child.name != *parent)
        .filter(|(child, key)| {
            context.actions().iter().any(|action| {
                drops(context, action, &child.name, &key.name, key.columns())
            })
        })
        .map(|(child, key)| (child.name.clone(), key.name.clone()))
        .collect()
}

fn drops(
    context: &StatementContext<'_>,
    action: &Action,
    child: &RelationName,
    key: &Ident,
    columns: &[Ident],
) -> bool {
    match &action.kind {
        ActionKind::Drop(drop) => {
            drop.kind == ObjectKind::Table
                && drop.names.iter().any(|name| context.resolve(name) == *child)
        }
        ActionKind::AlterTable { table, change } if context.resolve(&table.name) == *child => {
            match change.as_ref() {
                TableChange::DropConstraint { name, .. } => name == key,
                TableChange::DropColumn { column, .. } => columns.contains(column),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether the transaction drops the referenced table as well.
fn goes_too(context: &StatementContext<'_>, table: &RelationName) -> bool {
    let last = context.transaction.entries.last();
    last.is_some_and(|last| last.after.relation(table).any().is_none())
}

fn help(keys: &[(RelationName, Ident)]) -> String {
    let mut text = "drop the key alone first, under a short lock timeout, and try again when it strikes:\n  SET lock_timeout = '2s';".to_owned();
    for (child, key) in keys {
        text.push_str(&format!("\n  ALTER TABLE {} DROP CONSTRAINT {};", relation_sql(child), quoted(key)));
    }
    text.push_str("\nthen drop the rest in a later migration");
    text
}
