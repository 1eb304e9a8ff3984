//! `drop-column-drops-indexes`: with a column go the indexes that begin with other columns.

use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Expr, Ident, IndexedColumn, ObjectKind};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, column_list, first_key,
};
use crate::schema::{Index, RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a dropped column takes indexes along that other queries use",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
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
        let lost = context.effects().losses.iter().filter_map(|loss| match loss {
            Loss::Column(table, column) => Some((table, column)),
            _ => None,
        });
        for (table, column) in lost.filter(|(table, _)| !context.is_short(table)) {
            let gone = context.effects().dropped.iter().filter(|it| it.kind == ObjectKind::Index);
            for index in gone {
                let Some(known) = context.before().index(&index.name).any() else { continue };
                let last = context.transaction.entries.last();
                let stays = last.is_some_and(|last| is_replaced(&last.after, known));
                if known.table == *table && serves_others(context, known, column) && !stays {
                    report(context, table, column, (&index.name, known), sink);
                }
            }
        }
    }
}

/// Whether queries are answered by it that do not name the dropped column.
fn serves_others(context: &StatementContext<'_>, index: &Index, column: &Ident) -> bool {
    let reads = |expr: &Expr| expr.columns().contains(column);
    let has = |key: &IndexedColumn| {
        key.column.as_ref() == Some(column) || key.expr.as_ref().is_some_and(reads)
    };
    let names_it = index.columns.iter().any(has)
        || index.include.contains(column)
        || index.predicate.as_ref().is_some_and(reads);
    let first_goes = first_key(index).is_some_and(|first| context.action_dropping(first).is_some());
    names_it && !first_goes && first_key(index).is_some_and(|first| first != column)
}

/// Whether another index begins as this one does.
fn is_replaced(schema: &Schema, gone: &Index) -> bool {
    schema.indexes_of(&gone.table).any(|(_, other)| {
        other.valid && first_key(other) == first_key(gone) && (other.unique || !gone.unique)
    })
}

fn report(
    context: &StatementContext<'_>,
    table: &RelationName,
    column: &Ident,
    (name, index): (&RelationName, &Index),
    sink: &mut Sink<'_>,
) {
    let span = context.action_dropping(column).map_or(context.statement().span, |a| a.span);
    let Some(place) = context.place(span) else { return };
    let others = index.columns.iter().filter_map(|key| key.column.as_ref());
    let others = column_list(others.filter(|other| *other != column));
    let message = match index.unique {
        true => format!("`{name}` goes too: nothing keeps {others} of `{table}` unique any more"),
        false => format!("`{name}` goes too: queries of `{table}` by {others} read all of it"),
    };
    sink.add(
        Draft::at(place, Hazard::Other, message)
            .label(format!("{column} is part of {name}, which is dropped with it"))
            .help(format!("build an index over {others} before {column} is dropped"))
            .relation(table),
    );
}
