//! `recreate-table`: a table is dropped and made anew: its rows are gone.

use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Successor, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is dropped and made anew, without its rows",
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
        for loss in &context.effects().losses {
            let Loss::Table(table) = loss else { continue };
            let Some(Successor::Empty(action)) = context.successor(table) else { continue };
            if context.is_new(table) || context.is_filled_again(table) {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let message = format!("`{table}` is emptied: it is dropped with all its rows and made anew");
            sink.add(
                Draft::at(place, Hazard::DataLoss, message)
                    .label("the rows are gone, with grants, triggers and foreign keys to the table")
                    .related(context.place(action.span), "made anew here, without them")
                    .help(format!("change {table} with ALTER TABLE; its rows then stay"))
                    .relation(table),
            );
        }
    }
}
