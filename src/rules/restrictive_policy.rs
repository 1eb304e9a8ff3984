//! `restrictive-policy`: a restrictive policy hides rows from running releases.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a restrictive policy hides rows from running releases",
    severity: Some(Severity::Warning),
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
        let ActionKind::CreatePolicy(policy) = &action.kind else { return None };
        let table = context.resolve(&policy.table);
        if policy.permissive || context.is_new(&table) {
            return None;
        }
        let was_on = context.before().table(&table).any().is_some_and(|table| table.row_security);
        let place = context.place(action.span)?;
        let name = &policy.name;
        let (message, help) = match policy.using {
            Some(_) => (
                format!("running releases no longer find the rows of `{table}` that `{name}` does not let through"),
                "count the rows that it hides from each role before it is deployed",
            ),
            None => (
                format!("running releases fail where they write rows of `{table}` that `{name}` does not let through"),
                "deploy a release that writes no such rows first",
            ),
        };
        Some(
            Draft::at(place, Hazard::Other, message)
                .label(if was_on {
                    "every row has to pass it, whatever other policies say"
                } else {
                    "every row has to pass it as soon as row security is enabled"
                })
                .help(help)
                .relation(&table),
        )
    }
}
