//! `foreign-keys-to-many-tables`: one transaction makes foreign keys to several tables that are in use.

use crate::effects::{Lock, LockMode};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, relation_list, waiters};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "one transaction makes foreign keys to several tables that are in use",
    severity: None,
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let mut parents: Vec<RelationName> = Vec::new();
        let mut mode: Option<LockMode> = None;
        for one in context.each_of_transaction() {
            for lock in referenced(&one) {
                mode = mode.max(Some(lock.mode));
                if !parents.contains(&lock.relation) {
                    parents.push(lock.relation.clone());
                }
            }
            if let (true, Some(mode)) = (parents.len() > 1, mode) {
                return report(&one, &parents, mode, sink);
            }
        }
    }
}

/// Tables that others use, and that foreign keys of this statement reference.
fn referenced<'a>(context: &StatementContext<'a>) -> impl Iterator<Item = &'a Lock> {
    let after = &context.entry.after;
    let born = context.before().clock();
    let tables = context.actions().iter().filter_map(|action| match &action.kind {
        ActionKind::CreateTable(table) => after.table(&after.resolve(&table.name)).known(),
        ActionKind::AlterTable { table, .. } => after.table(&after.resolve(&table.name)).known(),
        _ => None,
    });
    let keys = tables.flat_map(|table| &table.constraints).filter(move |key| key.born == born);
    let parents: Vec<&RelationName> = keys.filter_map(|key| key.references()).collect();
    context.strong_locks().filter(move |lock| parents.contains(&&lock.relation))
}

fn report(
    context: &StatementContext<'_>,
    parents: &[RelationName],
    mode: LockMode,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(context.statement().span) else { return };
    let names = relation_list(parents);
    let draft = Draft::at(place, Hazard::Other, format!("{} {names} wait until the transaction ends", waiters(mode)))
        .severity(Severity::Warning)
        .label("each foreign key locks the table that it references")
        .why("a transaction of the application that writes them in another order meets a deadlock")
        .help("make the table without foreign keys, and add each in a migration of its own");
    sink.add_at(context, parents.iter().fold(draft, Draft::relation));
}
