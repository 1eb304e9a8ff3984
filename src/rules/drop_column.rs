//! `drop-column`: a column's values are gone, and running releases that name it fail.

use crate::deployed::BreakKind;
use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Ident};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column is dropped that running releases may still name",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for loss in &context.effects().losses {
            let Loss::Column(table, column) = loss else { continue };
            if is_harmless(context, table, column) {
                continue;
            }
            let span = context.action_dropping(column).map_or(context.statement().span, |a| a.span);
            let Some(place) = context.place(span) else { continue };
            let message =
                format!("queries of running releases that name `{table}.{column}` fail; its values are gone");
            let proof = context.proof_of(table, BreakKind::ColumnDropped(column.clone()));
            let draft = Draft::at(place, Hazard::Breaking, message)
                .label(format!("{table}.{column} is dropped with its values"))
                    .help(format!(
                        "stop reading, writing and declaring {column} in the application, deploy that, and drop it in a later release (an ORM names every column it declares)"
                    ))
                    .relation(table);
            let unused = format!("the values of `{table}.{column}` are gone");
            draft.proven(&proof, unused).into_iter().for_each(|draft| sink.add(draft));
        }
    }
}

/// A column that no deployed release can know, or whose values are computed from others.
fn is_harmless(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    if context.is_new(table) {
        return true;
    }
    let known = context.before().table(table).any().and_then(|table| table.column(column));
    let Some(column) = known else { return false };
    let is_new = column.certain && column.born >= context.transaction.batch_start;
    let is_virtual = column.generated.as_ref().is_some_and(|generated| !generated.stored);
    is_new || is_virtual
}
