//! `_template`: a table is locked by hand. Copy this file to `src/rules/<rule_id>.rs`; the lines
//! to change are the ones that speak of LOCK TABLE.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is locked by hand",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// Whether `NOWAIT` makes it harmless.
    nowait_is_fine: bool,
}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::LockTable(lock) = &action.kind else { continue };
            if lock.nowait && self.nowait_is_fine {
                continue;
            }
            for lock in context.strong_locks() {
                let Some(place) = context.place(action.span) else { continue };
                let message = format!("`{}` is locked until the transaction ends", lock.relation);
                sink.add(
                    Draft::at(place, Hazard::BriefBlock, message)
                        .label(lock_label(lock))
                        .help("leave the lock to the statements that need it")
                        .relation(&lock.relation),
                );
            }
        }
    }
}
