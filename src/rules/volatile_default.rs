//! `volatile-default`: everyone waits while each row gets a default of its own.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, Dialect, Expr, Ident, TableChange,
};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, column_sql, locks_label, quoted,
    relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column's default differs from row to row, so that the table is rewritten",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
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
            let ActionKind::AlterTable { table, change } = &action.kind else { continue };
            let TableChange::AddColumn { column, .. } = change.as_ref() else { continue };
            let Some(default) = default(column) else { continue };
            let rewrites = !context.caused_by(action, WorkKind::Rewrite).is_empty();
            if rewrites && needs_the_default(context, action) {
                judge(context, action, &context.resolve(&table.name), (column, default), sink);
            }
        }
    }
}

fn default(column: &ColumnDef) -> Option<&Expr> {
    column.constraints.iter().find_map(|constraint| match constraint {
        ColumnConstraint::Default(expr) => Some(expr),
        _ => None,
    })
}

/// Whether the rewrite is the default's doing: without it there is none. Otherwise it is the
/// column's type that demands it.
fn needs_the_default(context: &StatementContext<'_>, action: &Action) -> bool {
    let mut without = action.clone();
    if let ActionKind::AlterTable { change, .. } = &mut without.kind
        && let TableChange::AddColumn { column, .. } = change.as_mut()
    {
        column.constraints.retain(|constraint| !matches!(constraint, ColumnConstraint::Default(_)));
    }
    !context.effects_of(&without).work.iter().any(|work| work.what == WorkKind::Rewrite)
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    (column, default): (&ColumnDef, &Expr),
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "{} `{table}` wait until every row is rewritten with its own `{}`",
        waiters(lock.mode),
        column.name
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(format!(
                "{} is evaluated for each row, since it may differ; {}",
                default.sql,
                context.since(table)
            ))
            .help(help(context, table, column, default))
            .relation(table),
    );
}

fn help(
    context: &StatementContext<'_>,
    name: &RelationName,
    column: &ColumnDef,
    default: &Expr,
) -> String {
    let bare = column_sql(column, |kept| {
        !matches!(kept, ColumnConstraint::Default(_) | ColumnConstraint::NotNull { .. })
    });
    let (table, column) = (relation_sql(name), quoted(&column.name));
    let key = context.key_column(name).cloned().unwrap_or_else(|| Ident::new("id"));
    let key = quoted(&key);
    format!(
        "add the column first, and the default after it, which rewrites nothing:\n  \
         ALTER TABLE {table} ADD COLUMN {bare};\n  \
         ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {};\n\
         then fill the rows that are there in batches by key, each committed:\n  \
         UPDATE {table} SET {column} = DEFAULT WHERE {column} IS NULL AND {key} > $1 AND {key} <= $1 + 10000;",
        default.sql
    )
}
