//! `not-idempotent`: a statement cannot be run twice.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, Dialect};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement cannot be run twice",
    severity: None,
    category: Category::Convention,
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
        let first = context.actions().first()?;
        if !std::ptr::eq(first, action) || context.is_repeatable() {
            return None;
        }
        let place = context.place(context.statement().span)?;
        Some(
            Draft::at(place, Hazard::Other, "a second run of this fails")
                .label("fails where it was done already")
                .help("write IF NOT EXISTS, IF EXISTS or OR REPLACE, or drop what may be there before"),
        )
    }
}
