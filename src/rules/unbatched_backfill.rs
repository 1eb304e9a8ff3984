//! `unbatched-backfill`: all rows that lack a value are filled by one statement.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Ident, Predicate, RowPredicate, Update,
};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, quoted, relation_sql,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a backfill changes very many rows at once",
    severity: Some(Severity::Note),
    category: Category::Availability,
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
        for action in context.actions() {
            let ActionKind::Update(update) = &action.kind else { continue };
            let table = context.resolve(&update.table);
            let Some(column) = empty_column(update) else { continue };
            if !context.is_short(&table) {
                judge(context, action, update, (&table, column), sink);
            }
        }
    }
}

/// The column whose being NULL is all that the statement asks for.
fn empty_column(update: &Update) -> Option<&Ident> {
    let RowPredicate::Where(condition) = &update.rows else { return None };
    match condition.conjuncts() {
        [Predicate::IsNull(column)] => Some(column),
        _ => None,
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    update: &Update,
    (table, column): (&RelationName, &Ident),
    sink: &mut Sink<'_>,
) {
    let known = context.before().table(table).any().and_then(|known| known.column(column));
    // A column that cannot be NULL finds nothing.
    if known.is_some_and(|known| known.certain && known.not_null) {
        return;
    }
    let is_new = known.is_some_and(|known| context.is_new_column(known) && known.default.is_none());
    let Some(place) = context.place(action.span) else { return };
    let (severity, message) = if is_new {
        let message = format!(
            "every row of `{table}` is locked and rewritten at once: {column} is new, so it is NULL in all of them"
        );
        (Severity::Warning, message)
    } else {
        let message =
            format!("all rows of `{table}` without {column} are locked and rewritten at once");
        (Severity::Note, message)
    };
    sink.add(
        Draft::at(place, Hazard::Other, message)
            .severity(severity)
            .label("updates and deletes of any of these rows wait until the transaction ends")
            .why(context.since(table))
            .help(help(context, update, table, column))
            .relation(table),
    );
}

fn help(
    context: &StatementContext<'_>,
    update: &Update,
    table: &RelationName,
    column: &Ident,
) -> String {
    let assignments: Vec<String> = update
        .assignments
        .iter()
        .map(|(column, value)| format!("{} = {}", quoted(column), value.sql))
        .collect();
    if context.target().dialect.is_mysql() {
        let (table, column) = (relation_sql(table), quoted(column));
        return format!(
            "run it in batches until it changes no row any more, each committed, in a migration of its own or a job:\n  UPDATE {table} SET {} WHERE {column} IS NULL LIMIT 10000;",
            assignments.join(", ")
        );
    }
    let key = context.key_column(table).map_or_else(|| "id".to_owned(), quoted);
    let (table, column) = (relation_sql(table), quoted(column));
    format!(
        "run it in batches by key, each committed, in a migration of its own or a job:\n  UPDATE {table} SET {} WHERE {column} IS NULL AND {};",
        assignments.join(", "),
        context.batch_by(&key)
    )
}
