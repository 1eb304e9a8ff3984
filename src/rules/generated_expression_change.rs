//! `generated-expression-change`: a generated column gets another expression, or none.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, Dialect, Direction, Ident, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext, locks_label, relation_sql, quoted, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a generated column gets another expression, or none",
    severity: Some(Severity::Error),
    category: Category::Availability,
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
        let (table, TableChange::AlterColumn { column, change }) = context.change_of(action)? else {
            return None;
        };
        match change {
            ColumnChange::SetExpression(expr) => rewritten(context, action, (&table, column), &expr.sql),
            ColumnChange::DropExpression { .. } => no_longer_computed(context, action, &table, column),
            _ => None,
        }
    }
}

/// Each row gets the value of the new expression.
fn rewritten(
    context: &StatementContext<'_>,
    action: &Action,
    (table, column): (&RelationName, &Ident),
    expr: &str,
) -> Option<Draft> {
    if context.caused_by(action, WorkKind::Rewrite).is_empty() {
        return None;
    }
    let lock = context.effects().lock_on(table)?;
    let message =
        format!("{} `{table}` wait until every row is rewritten with its new `{column}`", waiters(lock.mode));
    let beside = quoted(&Ident::new(format!("{column}_new")));
    let help = format!(
        "add a plain column beside it, and keep it in step with a trigger before INSERT and UPDATE that computes {expr}:\n  ALTER TABLE {} ADD COLUMN {beside} {};\nthen fill it in batches by key, each committed, and read it",
        relation_sql(table),
        column_type(context, table, column)
    );
    Some(
        Draft::at(context.place(action.span)?, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(context.since(table))
            .help(help)
            .relation(table),
    )
}

fn column_type(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> String {
    let known = context.before().table(table).any().and_then(|table| table.column(column));
    let data_type = known.and_then(|column| column.data_type.as_ref());
    data_type.map_or_else(|| "text".to_owned(), ToString::to_string)
}

/// Rows that are written from here on have what the application says.
fn no_longer_computed(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    column: &Ident,
) -> Option<Draft> {
    let is_known_plain = context
        .known_column(table, column)
        .is_some_and(|known| known.generated.is_none() || context.is_new_column(known));
    let is_form = context.target().at_least(13);
    if context.direction() == Direction::Down || context.is_new(table) || is_known_plain || !is_form {
        return None;
    }
    let message = format!("rows that running releases write to `{table}` have no `{column}` from here on");
    Some(
        Draft::at(context.place(action.span)?, Hazard::Other, message)
            .severity(Severity::Warning)
            .label("the server computed it, and no release that runs now writes it")
            .help(format!("give {column} a trigger before INSERT and UPDATE that computes it as before, until every release writes it"))
            .relation(table),
    )
}
