//! `non-concurrent-index`: writers wait until an index is built.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, CreateIndex, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label,
};

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

fn judge(context: &StatementContext<'_>, action: &Action, index: &CreateIndex, sink: &mut Sink<'_>) {
    let table = context.resolve(&index.table);
    let effects = context.effects();
    let builds = effects.work_on(&table).any(|work| work.what == WorkKind::IndexBuild);
    let Some(lock) = effects.lock_on(&table).filter(|lock| lock.mode.is_strong()) else { return };
    if !builds || context.is_short(&table) {
        return;
    }
    let Some(place) = context.place(action.span) else { return };
    sink.add(
        Draft::at(
            place,
            Hazard::LongBlock,
            format!("writes to `{table}` wait until the index is built"),
        )
        .label(lock_label(lock))
        .relation(&table),
    );
}
