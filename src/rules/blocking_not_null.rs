//! `blocking-not-null`: everyone waits while every row is checked for NULL.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, ColumnChange, Dialect, Ident, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, PROVE_LATER, Rule, RuleMeta, Sink, StatementContext, Step, in_steps, locks_label,
    not_null_steps, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "SET NOT NULL checks every row while everyone waits",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::AlterTable { table, change } = &action.kind else { continue };
            let TableChange::AlterColumn { column, change: ColumnChange::SetNotNull } =
                change.as_ref()
            else {
                continue;
            };
            let table = context.resolve(&table.name);
            if context.caused_by(action, WorkKind::Scan).is_empty() {
                continue;
            }
            let Some(lock) = context.effects().lock_on(&table) else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let message = format!(
                "{} `{table}` wait until every row is checked for NULL in `{column}`",
                waiters(lock.mode)
            );
            let draft = Draft::at(place, Hazard::LongBlock, message)
                .label(locks_label(context.strong_locks()))
                .why(context.since(&table))
                .help(help(context, &table, column))
                .relation(&table);
            let later = context.prove_not_null_later(action, &table, column);
            sink.add(match later.filter(|_| context.target().at_least(12)) {
                Some(remedy) => draft.fix(Applicability::Unsafe, PROVE_LATER, remedy),
                None => draft,
            });
        }
    }
}

/// From 12 on a validated CHECK spares the scan.
fn help(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> String {
    let [add, validate, set] = not_null_steps(table, column).map(Step::new);
    if context.target().at_least(12) {
        return in_steps(context, &[add, validate, set]);
    }
    let steps = in_steps(context, &[add, validate]);
    format!("{steps}\nand keep the CHECK instead of NOT NULL")
}
