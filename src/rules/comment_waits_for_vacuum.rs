//! `comment-waits-for-vacuum`: a remark or setting waits until VACUUM of the table is done.

use crate::effects::{Blocked, Lock};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ColumnChange, Dialect, RelationKind, TableChange};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a remark or setting waits until VACUUM of the table is done",
    severity: None,
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
        if !is_remark(&action.kind) || context.entry.settings.lock_timeout.is_positive() {
            return None;
        }
        // VACUUM takes the lock of its table; of an index it takes one that lets this pass.
        let waits = |lock: &Lock| {
            lock.mode.blocked() == Blocked::Maintenance
                && matches!(lock.kind, RelationKind::Table | RelationKind::MaterializedView)
        };
        let mut locks = context.effects().locks.iter();
        let lock = locks.find(|lock| waits(lock) && !context.is_new(&lock.relation))?;
        let message = format!("this waits while `{}` is vacuumed or an index of it is built", lock.relation);
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .severity(Severity::Note)
                .label("one of these at a time: VACUUM of a large table takes hours")
                .help("set a limit before it, and run the migration again when it ends by it:\n  SET LOCAL lock_timeout = '2s';")
                .relation(&lock.relation),
        )
    }
}

/// What changes nothing but the catalogue's remarks and settings of a relation.
fn is_remark(kind: &ActionKind) -> bool {
    match kind {
        ActionKind::Comment(_) => true,
        ActionKind::AlterTable { change, .. } => matches!(
            change.as_ref(),
            TableChange::SetParameters { .. }
                | TableChange::ResetParameters { .. }
                | TableChange::AlterColumn { change: ColumnChange::SetStatistics | ColumnChange::SetOptions, .. }
        ),
        _ => false,
    }
}
