//! `non-concurrent-index`: writers wait until an index is built.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, CreateIndex, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, concurrently_after,
    in_steps, locks_label, waiters,
    without_if_not_exists,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index is built while writers wait",
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
            if let ActionKind::CreateIndex(index) = &action.kind {
                judge(context, action, index, sink);
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    index: &CreateIndex,
    sink: &mut Sink<'_>,
) {
    let table = context.resolve(&index.table);
    if is_partitioned(context, &table) {
        return;
    }
    let builds = context.long_work().any(|work| work.what == WorkKind::IndexBuild);
    let Some(worst) = context.strong_locks().max_by_key(|lock| lock.mode) else { return };
    let Some(place) = context.place(action.span).filter(|_| builds) else { return };
    let message = format!("{} `{table}` wait until the index is built", waiters(worst.mode));
    let draft = Draft::at(place, Hazard::LongBlock, message)
        .label(locks_label(context.strong_locks()))
        .why(context.since(&table))
        .relation(&table);
    // A retry with IF NOT EXISTS would keep the ruin of a failed build.
    let statement = without_if_not_exists(&context.one_line());
    let Some(statement) = concurrently_after(&statement, "index") else {
        sink.add(draft.help("write CREATE INDEX CONCURRENTLY, outside a transaction"));
        return;
    };
    let draft = draft.help(in_steps(context, &[Step::outside_transaction(statement)]));
    sink.add(match context.make_concurrent("index") {
        Some(edits) => draft.fix(Applicability::Unsafe, "build the index while writers go on", edits),
        None => draft,
    });
}

/// CONCURRENTLY is refused there, so another rule speaks.
fn is_partitioned(context: &StatementContext<'_>, table: &RelationName) -> bool {
    context.before().table(table).any().is_some_and(|table| table.partitioning.is_some())
}
