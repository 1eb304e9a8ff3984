//! `stored-generated-column`: everyone waits while a generated column is computed for each row.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnConstraint, ColumnDef, Expr};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, column_sql, locks_label,
    relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a stored generated column is computed for every row while everyone waits",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: SERVERS,
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
            let Some((table, column)) = context.added_by(action) else { continue };
            let Some(expr) = stored(column) else { continue };
            if context.target().dialect.is_mysql() {
                copied_in_mysql(context, action, &table, (column, expr), sink);
                continue;
            }
            if !context.caused_by(action, WorkKind::Rewrite).is_empty() {
                judge(context, action, &table, (column, expr), sink);
            }
        }
    }
}

fn stored(column: &ColumnDef) -> Option<&Expr> {
    column.constraints.iter().find_map(|constraint| match constraint {
        ColumnConstraint::Generated { expr, stored: true } => Some(expr),
        _ => None,
    })
}

/// MySQL and MariaDB copy the table for it.
fn copied_in_mysql(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    (column, expr): (&ColumnDef, &Expr),
    sink: &mut Sink<'_>,
) {
    let Some(alteration) = context.blocking_alterations().next() else { return };
    let Some(place) = context.place(action.span) else { return };
    let bare = column_sql(column, |kept| {
        !matches!(kept, ColumnConstraint::Generated { .. } | ColumnConstraint::NotNull { .. })
    });
    let message =
        format!("writes to `{table}` wait until every row is copied with its `{}`", column.name);
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(context.alteration_label(alteration))
            .why(context.since(table))
            .help(format!(
                "compute it when it is read, which is instant:\n  ALTER TABLE {} ADD COLUMN {bare} GENERATED ALWAYS AS ({}) VIRTUAL;",
                relation_sql(table),
                expr.sql
            ))
            .relation(table),
    );
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    (column, expr): (&ColumnDef, &Expr),
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "{} `{table}` wait until every row is rewritten with its `{}`",
        waiters(lock.mode),
        column.name
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(context.since(table))
            .help(help(context, table, column, expr))
            .relation(table),
    );
}

fn help(
    context: &StatementContext<'_>,
    table: &RelationName,
    column: &ColumnDef,
    expr: &Expr,
) -> String {
    let bare = column_sql(column, |kept| {
        !matches!(kept, ColumnConstraint::Generated { .. } | ColumnConstraint::NotNull { .. })
    });
    let table = relation_sql(table);
    if context.target().at_least(18) {
        return format!(
            "compute it when it is read, which rewrites nothing:\n  ALTER TABLE {table} ADD COLUMN {bare} GENERATED ALWAYS AS ({}) VIRTUAL;",
            expr.sql
        );
    }
    format!(
        "add a plain column:\n  ALTER TABLE {table} ADD COLUMN {bare};\n\
         keep it in step with a trigger before INSERT and UPDATE, then fill the rows that are there in batches by key, each committed"
    )
}
