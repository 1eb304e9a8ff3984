//! `foreign-key-type-mismatch`: the columns of a foreign key have another type than those they reference.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Direction, SqlType};
use crate::rule::{
    SERVERS,Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP};
use crate::schema::{Constraint, ConstraintBody, RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a foreign key joins columns of different types",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: SERVERS,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            let after = &statement.entry.after;
            for action in statement.actions() {
                let table = match &action.kind {
                    ActionKind::CreateTable(table) => &table.name,
                    ActionKind::AlterTable { table, .. } => &table.name,
                    _ => continue,
                };
                let table = after.resolve(table);
                let Some(known) = after.table(&table).known() else { continue };
                let born = statement.before().clock();
                for key in known.constraints.iter().filter(|key| key.certain && key.born == born) {
                    judge(&statement, after, &table, key, sink);
                }
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    schema: &Schema,
    table: &RelationName,
    key: &Constraint,
    sink: &mut Sink<'_>,
) {
    let ConstraintBody::ForeignKey { columns, table: parent, referenced, .. } = &key.body else {
        return;
    };
    let (Some(child), Some(known)) = (schema.table(table).known(), schema.table(parent).known()) else {
        return;
    };
    for (column, target) in columns.iter().zip(referenced) {
        let own = child.column(column).and_then(|column| column.data_type.as_ref());
        let theirs = known.column(target).and_then(|column| column.data_type.as_ref());
        let (Some(own), Some(theirs)) = (own, theirs) else { continue };
        if !overflows(own, theirs) {
            continue;
        }
        let Some(place) = context.place(context.statement().span) else { continue };
        let message = format!(
            "`{table}.{column}` ({own}) cannot hold every value of `{parent}.{target}` ({theirs})"
        );
        sink.add_at(
            context,
            Draft::at(place, Hazard::Other, message)
                .label("inserts fail once the referenced key has outgrown the narrower type")
                .help(format!("declare {column} as {theirs}"))
                .relation(table),
        );
    }
}

/// Whether the referenced type is a wider integer. Other pairs the server refuses, or compares
/// without loss.
fn overflows(own: &SqlType, theirs: &SqlType) -> bool {
    matches!((width(own), width(theirs)), (Some(own), Some(theirs)) if own < theirs)
}

fn width(data_type: &SqlType) -> Option<u8> {
    [("smallint", 2), ("integer", 4), ("int", 4), ("bigint", 8)]
        .into_iter()
        .find_map(|(name, width)| data_type.is(name).then_some(width))
}
