//! `blocking-detach`: everyone waits for a partitioned table while a partition is detached.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, DetachMode, Dialect, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, in_steps, locks_label,
    relation_list, relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "DETACH PARTITION makes everyone wait for the whole partitioned table",
    severity: Some(Severity::Error),
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
            let Some((parent, TableChange::DetachPartition { partition, mode })) =
                context.change_of(action)
            else {
                continue;
            };
            // CONCURRENTLY came with 14.
            if *mode == DetachMode::Blocking && context.target().at_least(14) {
                judge(context, action, &parent, &context.resolve(partition), sink);
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    parent: &RelationName,
    partition: &RelationName,
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.strong_locks().find(|lock| lock.relation == *parent) else { return };
    let statement = format!(
        "ALTER TABLE {} DETACH PARTITION {} CONCURRENTLY",
        relation_sql(parent),
        relation_sql(partition)
    );
    if is_refused(context, action) {
        return;
    }
    let Some(place) = context.place(action.span) else { return };
    let scanned = context.caused_by(action, WorkKind::Scan);
    let waiting = waiters(lock.mode);
    let draft = if scanned.is_empty() {
        let message = format!("{waiting} `{parent}` and all its partitions wait until the transaction ends");
        Draft::at(place, Hazard::BriefBlock, message)
    } else {
        let tables = relation_list(scanned.iter().map(|work| &work.relation));
        let message = format!("{waiting} `{parent}` wait while every row of {tables} is checked");
        Draft::at(place, Hazard::LongBlock, message)
    };
    let draft = draft
        .label(locks_label(context.strong_locks()))
        .why(context.since(parent))
        .help(in_steps(context, &[Step::outside_transaction(statement)]));
    let draft = draft.relation(parent);
    let remedy = match context.actions() {
        [_] => context.end_outside(" CONCURRENTLY"),
        _ => None,
    };
    sink.add(match remedy {
        Some(remedy) => draft.fix(Applicability::Unsafe, "detach it while others go on", remedy),
        None => draft,
    });
}

/// Whether the server would refuse the same with CONCURRENTLY: beside a default partition.
fn is_refused(context: &StatementContext<'_>, action: &Action) -> bool {
    let mut concurrent = action.clone();
    if let crate::migration::ActionKind::AlterTable { change, .. } = &mut concurrent.kind
        && let TableChange::DetachPartition { mode, .. } = change.as_mut()
    {
        *mode = DetachMode::Concurrently;
    }
    context.effects_of(&concurrent).refused.is_some()
}
