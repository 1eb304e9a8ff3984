//! `alembic-single-transaction`: one revision's locks are held while another one runs.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, TransactionMode};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "locks of one revision are held until all revisions of the run are done",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let entries = &context.transaction.entries;
        for one in context.each_of_transaction() {
            let run = one.script().is_some_and(|script| {
                script.source.transaction == TransactionMode::WholeRun
            });
            // The first statement of a later revision that meets a lock of an earlier one.
            let held = one.entry.held.values().find(|held| {
                let taker = entries.get(held.since);
                taker.is_some_and(|taker| taker.migration.id != one.migration().id)
            });
            let (true, Some(held)) = (run && context.project.layout == "alembic", held) else {
                continue;
            };
            let Some(place) = one.place(one.statement().span) else { return };
            let Some(taker) = entries.get(held.since) else { return };
            let relation = &held.lock.relation;
            let message = format!(
                "`{relation}` stays locked by {} while {} runs",
                taker.migration.id, one.migration().id
            );
            sink.add_at(
                &one,
                Draft::at(place, Hazard::HeldBlock, message)
                    .label(lock_label(&held.lock))
                    .why("env.py runs all pending revisions in one transaction")
                    .related(one.holder_place(held), "taken here, given back at the end of the run")
                    .help("set `transaction_per_migration=True` in `context.configure(…)` of env.py, in both of its functions")
                    .relation(relation),
            );
            return;
        }
    }
}
