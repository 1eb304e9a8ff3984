//! `pending-trigger-events`: a table is altered while checks of its changed rows are still to come.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Deferral, Dialect, InsertSource, OnConflict};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::schema::{RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is altered while deferred checks of its rows are pending",
    severity: Some(Severity::Error),
    category: Category::Correctness,
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
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if !context.transaction.kind.is_block() {
            return;
        }
        let mut pending: Vec<(RelationName, StatementContext<'_>)> = Vec::new();
        for one in context.each_of_transaction() {
            for action in one.actions() {
                match &action.kind {
                    ActionKind::SetConstraints { immediate: true } => pending.clear(),
                    ActionKind::AlterTable { table, .. } => {
                        let table = one.resolve(&table.name);
                        let found = pending.iter().find(|(changed, _)| *changed == table);
                        if let Some((_, changed)) = found {
                            return report(&one, action, changed, &table, sink);
                        }
                    }
                    _ => pending.extend(changed(&one, action).map(|table| (table, one))),
                }
            }
        }
    }
}

/// The table in which the action surely changes a row that a deferred foreign key has to check.
fn changed(context: &StatementContext<'_>, action: &Action) -> Option<RelationName> {
    let ActionKind::Insert(insert) = &action.kind else { return None };
    let table = context.resolve(&insert.table);
    let is_sure = matches!(insert.source, InsertSource::Values(1..) | InsertSource::Defaults)
        && insert.on_conflict == OnConflict::Fail
        && !context.effects().conditional;
    (is_sure && is_deferred(context.before(), &table)).then_some(table)
}

fn is_deferred(schema: &Schema, table: &RelationName) -> bool {
    let known = schema.table(table).known();
    known.is_some_and(|known| {
        known.constraints.iter().any(|key| {
            key.certain && key.references().is_some() && key.deferral == Deferral::InitiallyDeferred
        })
    })
}

fn report(
    context: &StatementContext<'_>,
    action: &Action,
    changed: &StatementContext<'_>,
    table: &RelationName,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let message = format!("the migration fails here: rows of `{table}` still wait for their deferred check");
    sink.add_at(
        context,
        Draft::at(place, Hazard::Fails, message)
            .label("the server refuses to alter a table with pending trigger events (55006)")
            .related(changed.place(changed.statement().span), "these rows are checked at the commit")
            .help("let the checks run first:\n  SET CONSTRAINTS ALL IMMEDIATE;")
            .relation(table),
    );
}
