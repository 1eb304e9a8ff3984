//! `statement-timeout-below-lock-timeout`: the statement timeout strikes before the lock timeout can.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, Once, Rule, RuleMeta, Sink, StatementContext};
use crate::timeline::Timeout;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the statement timeout strikes before the lock timeout",
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
        let settings = context.entry.settings;
        let (Timeout::Milliseconds(statement), Timeout::Milliseconds(lock)) =
            (settings.statement_timeout, settings.lock_timeout)
        else {
            return;
        };
        if statement > lock || context.strong_locks().next().is_none() {
            return;
        }
        let Some(place) = context.place(context.statement().span) else { return };
        let message = format!("the lock timeout of {lock} ms never strikes: the statement timeout of {statement} ms counts the wait too");
        sink.add(
            Draft::at(place, Hazard::Other, message)
                .label("ends with the error of a slow statement (57014), which tools do not retry")
                .help("set the lock timeout well below the statement timeout")
                .once(Once::PerScript),
        );
    }
}
