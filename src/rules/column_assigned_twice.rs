//! `column-assigned-twice`: a statement gives one column two values.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement gives one column two values",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let columns: Vec<&Ident> = match &action.kind {
            ActionKind::Update(update) => update.assignments.iter().map(|(column, _)| column).collect(),
            ActionKind::Insert(insert) => insert.columns.iter().collect(),
            _ => return None,
        };
        let twice = columns.iter().enumerate().find(|(at, column)| {
            columns.get(..*at).is_some_and(|before| before.contains(*column))
        });
        let (_, column) = twice?;
        let place = context.place(action.span)?;
        let message = format!("the migration fails here: {column} is given two values");
        Some(
            Draft::at(place, Hazard::Fails, message)
                .label("the server refuses to set a column twice")
                .help(format!("take one {column} out, or write the column that was meant")),
        )
    }
}
