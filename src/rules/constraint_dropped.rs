//! `constraint-dropped`: a check is dropped: what it kept out can come in.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, Dialect, Ident, TableChange, Validity};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::{Constraint, ConstraintBody};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a check is dropped: what it kept out can come in",
    severity: Some(Severity::Note),
    category: Category::Compatibility,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let (table, TableChange::DropConstraint { name, .. }) = context.change_of(action)? else {
            return None;
        };
        let known = context.before().table(&table).any()?;
        let dropped = known.constraint(name)?;
        let ConstraintBody::Check { expr, .. } = &dropped.body else { return None };
        let after = context.transaction.entries.last()?.after.table(&table).any()?;
        // NOT NULL in a column's own words, or its proof for SET NOT NULL, goes without a loss.
        let proves = |column: &Ident| after.column(column).is_some_and(|column| column.not_null);
        let is_proof = expr.sql.to_ascii_uppercase().contains("IS NOT NULL")
            && expr.columns().iter().all(proves);
        let is_kept = after.constraints.iter().any(|other| {
            matches!(other.body, ConstraintBody::Check { .. })
                && other.columns().iter().any(|column| expr.columns().contains(column))
        });
        let is_gone = expr.columns().iter().any(|column| after.column(column).is_none());
        let was_on = dropped.validity != Validity::NotEnforced;
        if context.is_new(&table) || is_new(context, dropped) || is_proof || is_kept || is_gone || !was_on {
            return None;
        }
        let place = context.place(action.span)?;
        let message = format!("rows that `{name}` kept out of `{table}` can come in, and running releases meet them");
        Some(
            Draft::at(place, Hazard::Other, message)
                .label("nothing checks this any more")
                .help("deploy the release that can read such rows before the one that writes them")
                .relation(&table),
        )
    }
}

/// Whether the batch made it itself.
fn is_new(context: &StatementContext<'_>, constraint: &Constraint) -> bool {
    constraint.born >= context.transaction.batch_start
}
