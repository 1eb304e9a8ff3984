//! `unnamed-concurrent-index`: a concurrent build without a name is built again by a retry.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a retry of a concurrent build makes a second index",
    severity: Some(Severity::Note),
    category: Category::Correctness,
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
        let ActionKind::CreateIndex(index) = &action.kind else { return None };
        if !index.concurrently || index.name.is_some() {
            return None;
        }
        let place = context.place(action.span)?;
        let table = context.resolve(&index.table);
        Some(
            Draft::at(place, Hazard::Other, format!("a retry after a failure leaves an invalid index on `{table}` and builds a second one"))
                .label("the server makes up a new name each time")
                .help("give the index a name")
                .relation(&table),
        )
    }
}
