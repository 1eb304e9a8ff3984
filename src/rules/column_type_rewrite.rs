//! `column-type-rewrite`: everyone waits while a table is rewritten for a new type.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ColumnChange, Dialect, Ident, SqlType, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, quoted,
    relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column's new type rewrites the table while everyone waits",
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
            let TableChange::AlterColumn { column, change: ColumnChange::Type { data_type, .. } } =
                change.as_ref()
            else {
                continue;
            };
            let table = context.resolve(&table.name);
            if !context.caused_by(action, WorkKind::Rewrite).is_empty() {
                judge(context, action, &table, column, data_type, sink);
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    column: &Ident,
    new: &SqlType,
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let known = context.before().table(table).known();
    let old = known.and_then(|table| table.column(column)).filter(|column| column.certain);
    let old = old.and_then(|column| column.data_type.as_ref());
    let waiting = waiters(lock.mode);
    let draft = match old {
        Some(old) => {
            let message =
                format!("{waiting} `{table}` wait until the table and its indexes are rewritten");
            Draft::at(place, Hazard::LongBlock, message)
                .why(format!("{old} and {new} are stored differently; {}", context.since(table)))
        }
        None => {
            let message = format!(
                "{waiting} `{table}` wait while the table is rewritten, unless the old type is stored like {new}"
            );
            Draft::at(place, Hazard::LongBlock, message)
                .why(format!("no migration here says which type `{column}` has"))
                .severity(Severity::Warning)
        }
    };
    sink.add(
        draft.label(locks_label(context.strong_locks())).help(help(table, column, new)).relation(table),
    );
}

fn help(table: &RelationName, column: &Ident, new: &SqlType) -> String {
    let beside = quoted(&Ident::new(format!("{column}_new")));
    format!(
        "add a column of the new type beside it:\n  ALTER TABLE {} ADD COLUMN {beside} {};\n\
         then write both columns, fill {beside} in batches by key, read it, and drop {column} in a later release",
        relation_sql(table),
        new.written
    )
}
