//! `cached-plan-changes`: prepared queries of every column fail until their sessions connect anew.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, Dialect, TableChange};
use crate::rule::{Draft, FixKind, Once, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "prepared queries of every column fail until their sessions connect anew",
    severity: None,
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
        let (table, change) = context.change_of(action)?;
        let changes = matches!(
            change,
            TableChange::AddColumn { .. }
                | TableChange::DropColumn { .. }
                | TableChange::AlterColumn { change: ColumnChange::Type { .. }, .. }
        );
        if !changes || context.is_new(&table) {
            return None;
        }
        let message = format!("prepared `SELECT *` of `{table}` fail until their sessions connect anew");
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .severity(Severity::Note)
                .label("cached plan must not change result type")
                .help("name the columns in queries, and let the pool of connections be made anew after the migration")
                .once(Once::PerScript)
                .relation(&table),
        )
    }
}
