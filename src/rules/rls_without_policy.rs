//! `rls-without-policy`: row security is switched on for a table that has no policy.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, Dialect, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "rows vanish: row security is on without a policy",
    severity: Some(Severity::Error),
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
        let (table, TableChange::RowSecurity { enable: true }) = context.change_of(action)? else {
            return None;
        };
        let last = context.transaction.entries.last()?;
        let known = last.after.table(&table).known().filter(|_| !context.is_new(&table))?;
        if !known.policies.is_empty() || !known.row_security {
            return None;
        }
        let place = context.place(action.span)?;
        let message = format!("everyone but the owner of `{table}` finds no rows in it any more");
        Some(
            Draft::at(place, Hazard::Other, message)
                .label("row security without a policy lets nothing through")
                .help("create the policies first, in the same transaction")
                .relation(&table),
        )
    }
}
