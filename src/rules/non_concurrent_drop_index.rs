//! `non-concurrent-drop-index`: everyone queues behind the drop of an index.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, DropObject, ObjectKind};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, in_steps, lock_label,
    relation_list, relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index is dropped under a lock that everyone queues behind",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            match &action.kind {
                ActionKind::Drop(drop) if drop.kind == ObjectKind::Index && !drop.concurrently => {
                    judge(context, action, drop, sink);
                }
                _ => {}
            }
        }
    }
}

fn judge(context: &StatementContext<'_>, action: &Action, drop: &DropObject, sink: &mut Sink<'_>) {
    if context.effects().refused.is_some() {
        return;
    }
    let indexes: Vec<RelationName> = drop
        .names
        .iter()
        .map(|name| context.resolve(name))
        .filter(|index| could_be_concurrent(context, index))
        .collect();
    let Some(first) = indexes.first() else { return };
    let table = table_of(context, first);
    let locked = table.as_ref().unwrap_or(first);
    let Some(lock) = context.effects().lock_on(locked).filter(|lock| lock.mode.is_strong()) else {
        return;
    };
    let Some(place) = context.place(action.span) else { return };
    let names = relation_list(&indexes);
    let (message, label) = match &table {
        Some(table) => (
            format!("{} `{table}` queue behind the drop of {names}", waiters(lock.mode)),
            lock_label(lock),
        ),
        None => (
            format!("{} the table of {names} queue behind the drop", waiters(lock.mode)),
            format!("{} on the table too: reads and writes wait", lock.mode.as_sql()),
        ),
    };
    let steps: Vec<Step> = indexes.iter().map(|index| concurrent_drop(drop, index)).collect();
    let draft = Draft::at(place, Hazard::BriefBlock, message)
        .label(label)
        .why("the drop waits for every query on the table, and all later ones wait behind it")
        .help(in_steps(context, &steps))
        .relation(locked);
    let alone = drop.names.len() == 1 && !drop.cascade;
    sink.add(match context.make_concurrent("index").filter(|_| alone) {
        Some(edits) => draft.fix(Applicability::Unsafe, "drop it while others go on", edits),
        None => draft,
    });
}

/// CONCURRENTLY takes one index at a time, and no CASCADE.
fn concurrent_drop(drop: &DropObject, index: &RelationName) -> Step {
    let if_exists = if drop.if_exists { "IF EXISTS " } else { "" };
    Step::outside_transaction(format!("DROP INDEX CONCURRENTLY {if_exists}{}", relation_sql(index)))
}

/// The table of an index that the history knows.
fn table_of(context: &StatementContext<'_>, index: &RelationName) -> Option<RelationName> {
    context.before().index(index).any().map(|index| index.table.clone())
}

/// Whether somebody waits for it, and CONCURRENTLY would be accepted: not for the index of a
/// constraint, nor for one of a partitioned table.
fn could_be_concurrent(context: &StatementContext<'_>, name: &RelationName) -> bool {
    let schema = context.before();
    if context.effects().lock_on(name).is_none() {
        return false;
    }
    let Some(index) = schema.index(name).any() else { return true };
    let partitioned = schema.table(&index.table).any().is_some_and(|table| table.partitioning.is_some());
    index.constraint.is_none()
        && !partitioned
        && !context.is_new(&index.table)
        && !goes_too(context, &index.table)
}

/// Whether the transaction drops the table as well: then its users wait for that.
fn goes_too(context: &StatementContext<'_>, table: &RelationName) -> bool {
    let last = context.transaction.entries.last();
    last.is_some_and(|last| last.after.relation(table).any().is_none())
}
