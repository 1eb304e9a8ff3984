//! `explicit-table-lock`: a table is locked by hand, and others wait for it.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext, locks_label, relation_list, waiters};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "LOCK TABLE makes others wait until the transaction ends",
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
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::LockTable(lock) = &action.kind else { return None };
        let worst = context.worst_lock().filter(|_| !lock.nowait)?;
        let place = context.place(action.span)?;
        let names = relation_list(context.strong_locks().map(|lock| &lock.relation));
        let message = format!("{} {names} wait from here until the transaction ends", waiters(worst.mode));
        let draft = Draft::at(place, Hazard::BriefBlock, message)
            .label(locks_label(context.strong_locks()))
            .help("leave it out: each statement takes the lock that it needs");
        Some(context.strong_locks().fold(draft, |draft, lock| draft.relation(&lock.relation)))
    }
}
