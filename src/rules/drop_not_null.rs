//! `drop-not-null`: readers meet NULL in a column that had none.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, Dialect, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "running releases meet NULL where there was none",
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
        let (table, TableChange::AlterColumn { column, change: ColumnChange::DropNotNull }) =
            context.change_of(action)?
        else {
            return None;
        };
        let known = context.known_column(&table, column);
        let is_new = known.is_some_and(|known| context.is_new_column(known) || !known.not_null);
        if is_new || context.is_new(&table) {
            return None;
        }
        let place = context.place(action.span)?;
        let message = format!("releases that read `{table}.{column}` meet NULL as soon as one writes it");
        Some(
            Draft::at(place, Hazard::Other, message)
                .label("takes NULL from here on")
                .help("deploy the release that reads NULL before the one that writes it")
                .relation(&table),
        )
    }
}
