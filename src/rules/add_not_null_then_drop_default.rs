//! `add-not-null-then-drop-default`: a NOT NULL column loses its default in the migration that adds it.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, Ident, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a new NOT NULL column loses its default at once",
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
            let Some((
                table,
                TableChange::AlterColumn { column, change: ColumnChange::DropDefault },
            )) = context.change_of(action)
            else {
                continue;
            };
            if !context.is_new(&table) && is_demanded(context, &table, column) {
                report(context, action, &table, column, sink);
            }
        }
    }
}

/// Whether the column is new and demands a value at the commit.
fn is_demanded(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let last = context.transaction.entries.last();
    let after = last.and_then(|last| last.after.table(table).known()?.column(column));
    after.is_some_and(|after| {
        after.not_null
            && after.default.is_none()
            && after.identity.is_none()
            && context.is_new_column(after)
    })
}

fn report(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    column: &Ident,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let message =
        format!("inserts of running releases, which do not know `{table}.{column}`, fail");
    sink.add(
        Draft::at(place, Hazard::Other, message)
            .label("new, NOT NULL, and without its default from here on")
            .help(format!(
                "keep the default of {column} for one release, and drop it when every release writes the column"
            ))
            .relation(table),
    );
}
