//! `not-retry-safe`: a script without a transaction cannot be run again after it fails in the middle.

use crate::effects::TransactionBlock;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction};
use crate::rule::{
    BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, changes_something,

};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a script outside a transaction cannot be run again",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for direction in [Direction::Up, Direction::Down] {
            let alone: Vec<StatementContext<'_>> = context
                .statements(direction)
                .filter(|one| one.transaction.kind == TransactionKind::Single)
                .filter(|one| changes_something(one.statement()))
                .collect();
            judge(&alone, sink);
        }
    }
}

/// Whether all refuse a transaction, or none does; a mixture has a rule of its own.
fn are_alike(alone: &[StatementContext<'_>]) -> bool {
    let refuses = |one: &StatementContext<'_>| {
        one.effects().transaction_block == TransactionBlock::Forbidden
    };
    alone.iter().all(refuses) || !alone.iter().any(refuses)
}

fn judge(alone: &[StatementContext<'_>], sink: &mut Sink<'_>) {
    let Some((_, first)) = alone.split_last() else { return };
    if !are_alike(alone) {
        return;
    }
    let Some(once) = first.iter().find(|one| !one.is_repeatable()) else { return };
    let Some(place) = once.place(once.statement().span) else { return };
    sink.add_at(
        once,
        Draft::at(place, Hazard::Other, "when a later statement of this script fails, a second run fails here")
            .label("commits by itself, and cannot be run twice")
            .help("give each statement a migration of its own, or write it so that it can be run again: IF NOT EXISTS, IF EXISTS, DROP INDEX CONCURRENTLY IF EXISTS before the build"),
    );
}
