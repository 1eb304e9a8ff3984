//! `delete-without-where`: all rows of a table are deleted at once.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a DELETE without WHERE empties a table",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
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
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::Delete(delete) = &action.kind else { continue };
            let table = context.resolve(&delete.table);
            if !delete.rows.takes_all() || context.is_short(&table) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let message = format!("every row of `{table}` is deleted");
            sink.add(
                Draft::at(place, Hazard::MassChange, message)
                    .label("the rows are gone; each stays locked until the transaction ends")
                    .help(format!(
                        "name the rows that have to go in a WHERE, or delete them in batches by key, each committed, after a backup of {table}"
                    ))
                    .relation(&table),
            );
        }
    }
}
