//! `lock-timeout-too-long`: the lock timeout is so long that it protects nobody.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, Once, Rule, RuleMeta, Sink, StatementContext, waiters};
use crate::timeline::Timeout;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a lock timeout is too long to protect anyone",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};


/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// How long a lock may be waited for, in seconds.
    longest: u64,
}

impl Default for Check {
    fn default() -> Self {
        Self { longest: 10 }
    }
}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let Timeout::Milliseconds(timeout) = context.entry.settings.lock_timeout else { return };
        let Some(lock) = context.worst_lock().filter(|_| timeout > self.longest.saturating_mul(1_000)) else {
            return;
        };
        let Some(place) = context.place(context.statement().span) else { return };
        let seconds = timeout / 1_000;
        let message = format!("{} `{}` queue behind this statement for up to {seconds} s", waiters(lock.mode), lock.relation);
        sink.add(
            Draft::at(place, Hazard::Other, message)
                .label("while it waits for its lock, everyone who comes later waits behind it")
                .help("set lock_timeout to a few seconds, and run the migration again when it strikes")
                .once(Once::PerScript)
                .relation(&lock.relation),
        );
    }
}
