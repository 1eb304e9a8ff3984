//! `unique-may-fail-on-duplicates`: a unique key over columns that may hold duplicates makes the migration fail.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction, Ident, ObjectKind};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, column_list,
    relation_sql,
};
use crate::schema::{Index, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a unique key fails where rows agree already",
    severity: Some(Severity::Note),
    category: Category::Correctness,
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
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            let created = statement.effects().created.iter();
            for made in created.filter(|made| made.kind == ObjectKind::Index) {
                let index = statement.entry.after.index(&made.name).known();
                if let Some(index) = index.filter(|index| index.unique) {
                    judge(&statement, &made.name, index, sink);
                }
            }
        }
    }
}

fn judge(context: &StatementContext<'_>, name: &RelationName, index: &Index, sink: &mut Sink<'_>) {
    let table = &index.table;
    let columns: Option<Vec<&Ident>> =
        index.columns.iter().map(|column| column.column.as_ref()).collect();
    let Some(columns) = columns.filter(|_| index.predicate.is_none()) else { return };
    if context.transaction.is_new(&context.entry.after, table)
        || context.effects().refused.is_some()
        || is_proved(context, name, table, &columns)
    {
        return;
    }
    let Some(place) = context.place(context.statement().span) else { return };
    let list = column_list(columns.iter().copied());
    let message = format!("the migration fails if two rows of `{table}` have the same {list}");
    let query = format!(
        "SELECT {list}, count(*) FROM {} GROUP BY {list} HAVING count(*) > 1",
        relation_sql(table)
    );
    sink.add_at(
        context,
        Draft::at(place, Hazard::Other, message)
            .label("nothing in the history keeps them apart")
            .why(context.since(table))
            .help(format!("look before, and mend what this finds:\n  {query};"))
            .relation(table),
    );
}

/// Whether no two rows can agree: a column is new and empty, or a unique index kept fewer of the
/// columns apart.
fn is_proved(
    context: &StatementContext<'_>,
    name: &RelationName,
    table: &RelationName,
    columns: &[&Ident],
) -> bool {
    let schema = context.before();
    let is_empty = columns.iter().any(|column| {
        let known = context.entry.after.table(table).any().and_then(|known| known.column(column));
        known.is_some_and(|known| {
            known.born >= context.transaction.start && known.default.is_none() && known.generated.is_none()
                || known.identity.is_some() && known.born >= context.transaction.start
        })
    });
    let is_kept = schema.indexes_of(table).any(|(relation, index)| {
        relation.name != *name
            && relation.certain
            && index.unique
            && index.valid
            && index.predicate.is_none()
            && index.columns.iter().all(|key| key.column.as_ref().is_some_and(|key| columns.contains(&key)))
    });
    // The index of the statement itself may be there already: USING INDEX.
    let is_there = schema.indexes_of(table).any(|(_, index)| {
        index.unique && index.columns.iter().map(|key| key.column.as_ref()).eq(columns.iter().map(|it| Some(*it)))
    });
    is_empty || is_kept || is_there
}
