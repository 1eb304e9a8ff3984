//! `blocking-exclusion`: everyone waits while the index of an exclusion constraint is built.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ConstraintKind, Dialect, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, waiters,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ADD EXCLUDE builds its index while everyone waits",
    severity: Some(Severity::Error),
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
        for action in context.actions() {
            let Some((table, TableChange::AddConstraint(constraint))) = context.change_of(action)
            else {
                continue;
            };
            let excludes = matches!(constraint.kind, ConstraintKind::Exclude { .. });
            if !excludes || context.caused_by(action, WorkKind::IndexBuild).is_empty() {
                continue;
            }
            let Some(lock) = context.effects().lock_on(&table) else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let message = format!(
                "{} `{table}` wait until the index of the exclusion constraint is built",
                waiters(lock.mode)
            );
            sink.add(
                Draft::at(place, Hazard::LongBlock, message)
                    .label(locks_label(context.strong_locks()))
                    .why(format!(
                        "an exclusion constraint can neither be added NOT VALID nor take an index that is there; {}",
                        context.since(&table)
                    ))
                    .help("make a new table with the constraint, write both, copy the rows in batches, and swap their names; or add the constraint in a maintenance window, as the only statement of its migration")
                    .relation(&table),
            );
        }
    }
}
