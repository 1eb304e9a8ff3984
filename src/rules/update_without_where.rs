//! `update-without-where`: all rows of a table are rewritten at once.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Update};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, quoted};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an UPDATE without WHERE locks and rewrites every row of a table",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &Dialect::ALL,
    directions: BOTH,
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
            let ActionKind::Update(update) = &action.kind else { continue };
            let table = context.resolve(&update.table);
            // A join in FROM chooses rows as a WHERE does only together with one.
            if !update.rows.takes_all() || context.is_short(&table) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let message = format!("every row of `{table}` is locked and rewritten at once");
            sink.add(
                Draft::at(place, Hazard::MassChange, message)
                    .label("updates and deletes of any row wait until the transaction ends")
                    .help(help(context, &table, update))
                    .relation(&table),
            );
        }
    }
}

fn help(context: &StatementContext<'_>, table: &RelationName, update: &Update) -> String {
    let assignments: Vec<String> = update
        .assignments
        .iter()
        .map(|(column, value)| format!("{column} = {}", value.sql))
        .collect();
    let key = context.key_column(table).map_or_else(|| "id".to_owned(), quoted);
    format!(
        "run it in batches by key, each committed, in a migration of its own or a job:\n  UPDATE {table} SET {} WHERE {};",
        assignments.join(", "),
        context.batch_by(&key)
    )
}
