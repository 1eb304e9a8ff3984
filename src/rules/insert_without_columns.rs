//! `insert-without-columns`: an INSERT relies on the order of columns.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, InsertSource};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an INSERT relies on the order of columns",
    severity: Some(Severity::Note),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
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
        let ActionKind::Insert(insert) = &action.kind else { return None };
        let table = context.resolve(&insert.table);
        let is_positional = insert.columns.is_empty() && insert.source != InsertSource::Defaults;
        if !is_positional || context.is_new(&table) {
            return None;
        }
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Other, format!("values land in whatever order `{table}` has its columns"))
                .label("no columns are named")
                .help("name the columns")
                .relation(&table),
        )
    }
}
