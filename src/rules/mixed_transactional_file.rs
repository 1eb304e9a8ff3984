//! `mixed-transactional-file`: a script without a transaction also holds statements that belong into one.

use crate::effects::TransactionBlock;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction};
use crate::rule::{
    BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, changes_something,
    statement_head,
};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a script outside a transaction holds ordinary changes too",
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

fn judge(alone: &[StatementContext<'_>], sink: &mut Sink<'_>) {
    let refuses = |one: &StatementContext<'_>| {
        one.effects().transaction_block == TransactionBlock::Forbidden
    };
    let Some(concurrent) = alone.iter().find(|one| refuses(one)) else { return };
    let Some(ordinary) = alone.iter().find(|one| !refuses(one) && !one.is_repeatable()) else {
        return;
    };
    let Some(place) = ordinary.place(ordinary.statement().span) else { return };
    let head = statement_head(concurrent.statement());
    sink.add_at(
        ordinary,
        Draft::at(place, Hazard::Other, "after a failure in this script half of it stays, and a second run fails here")
            .label("commits by itself, and cannot be run twice")
            .related(concurrent.place(concurrent.statement().span), format!("because of this the script has no transaction: {head}"))
            .help("move it into a migration of its own, which runs in a transaction"),
    );
}
