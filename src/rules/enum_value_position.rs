//! `enum-value-position`: a new enum value has no place among the others.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, Dialect, EnumChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a new enum value is put last without saying so",
    severity: None,
    category: Category::Convention,
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
        let ActionKind::AlterEnum(alter) = &action.kind else { return None };
        let EnumChange::AddValue { value, before: None, after: None, .. } = &alter.change else {
            return None;
        };
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Other, format!("'{value}' sorts behind every other value of `{}`", alter.name))
                .label("no BEFORE or AFTER is written")
                .help("write BEFORE or AFTER with the value next to it"),
        )
    }
}
