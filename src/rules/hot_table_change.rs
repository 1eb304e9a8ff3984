//! `hot-table-change`: a table that the configuration calls hot is locked.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, RelationKind};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label, waiters,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table under heavy traffic is locked",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let hot = context.strong_locks().filter(|lock| {
            lock.kind == RelationKind::Table
                && context.project.tables.hot.is_match(lock.relation.to_string())
        });
        for lock in hot {
            let Some(place) = context.place(context.statement().span) else { continue };
            let message = format!("{} `{}`, a hot table, wait for this", waiters(lock.mode), lock.relation);
            sink.add(
                Draft::at(place, Hazard::BriefBlock, message)
                    .label(lock_label(lock))
                    .why("lockgate.toml lists it under tables.hot")
                    .help("run it in a quiet hour, under a short lock timeout, and allow it here with a reason when that is arranged")
                    .relation(&lock.relation),
            );
        }
    }
}
