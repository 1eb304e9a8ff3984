//! `drop-default`: a default is dropped that running releases rely on.

use crate::deployed::BreakKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, Ident, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "inserts of running releases rely on a default that is dropped",
    severity: Some(Severity::Warning),
    category: Category::Compatibility,
    dialects: SERVERS,
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
        for action in context.actions() {
            let Some((table, column)) = dropped(context, action) else { continue };
            if context.is_new(&table) || !is_needed(context, &table, column) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let message =
                format!("inserts of running releases that leave out `{table}.{column}` fail");
            let proof = context.proof_of(&table, BreakKind::ValueDemanded(column.clone()));
            let draft = Draft::at(place, Hazard::Other, message)
                    .label("NOT NULL without a default from here on")
                    .help(format!(
                        "keep the default until no running release relies on it, and drop it in a later one; with a nullable {column} it can go at once"
                    ))
                    .relation(&table);
            let unused = format!("`{table}.{column}` demands a value of its writers from here on");
            draft.proven(&proof, unused).into_iter().for_each(|draft| sink.add(draft));
        }
    }
}

fn dropped<'a>(
    context: &StatementContext<'_>,
    action: &'a Action,
) -> Option<(RelationName, &'a Ident)> {
    match context.change_of(action)? {
        (table, TableChange::AlterColumn { column, change: ColumnChange::DropDefault }) => {
            Some((table, column))
        }
        _ => None,
    }
}

/// Whether an older column has a default to lose, demands a value, and still does at the commit.
fn is_needed(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let Some(before) = context.known_column(table, column) else { return false };
    let has_default = before.default.as_ref().is_some_and(|default| !default.is_null());
    let last = context.transaction.entries.last();
    let after = last.and_then(|last| last.after.table(table).any()?.column(column));
    let still = after.is_some_and(|after| {
        after.not_null
            && after.default.is_none()
            && after.identity.is_none()
            && after.generated.is_none()
    });
    has_default && before.not_null && still && !context.is_new_column(before)
}
