//! `foreign-key-type-mismatch`: the columns of a foreign key have another type than those they reference.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Direction, SqlType};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP,
};
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
    let (Some(child), Some(known)) = (schema.table(table).known(), schema.table(parent).known())
    else {
        return;
    };
    for (column, target) in columns.iter().zip(referenced) {
        let own = child.column(column).and_then(|column| column.data_type.as_ref());
        let theirs = known.column(target).and_then(|column| column.data_type.as_ref());
        let (Some(own), Some(theirs)) = (own, theirs) else { continue };
        let Some(place) = context.place(context.statement().span) else { continue };
        let help = format!("declare {column} as {theirs}");
        let draft = if is_refused(context, own, theirs) {
            let message = format!(
                "the migration fails here: `{table}.{column}` is {own}, and `{parent}.{target}` is \
                 {theirs}"
            );
            Draft::at(place, Hazard::Fails, message)
                .label("a foreign key joins integers of one size and one sign alone")
        } else if overflows(own, theirs) {
            let message = format!(
                "`{table}.{column}` ({own}) cannot hold every value of `{parent}.{target}` ({theirs})"
            );
            Draft::at(place, Hazard::Other, message)
                .label("inserts fail once the referenced key has outgrown the narrower type")
        } else {
            continue;
        };
        sink.add_at(context, draft.help(help).relation(table));
    }
}

/// Whether InnoDB refuses the pair: both are integers, and not of one size and one sign.
fn is_refused(context: &StatementContext<'_>, own: &SqlType, theirs: &SqlType) -> bool {
    let unchecked = matches!(context.before().variable("foreign_key_checks"), Some("0" | "off"));
    let is_checked = context.target().dialect.is_mysql() && !unchecked;
    let kind = |data_type: &SqlType| Some((width(data_type)?, data_type.is_unsigned()));
    is_checked && matches!((kind(own), kind(theirs)), (Some(own), Some(theirs)) if own != theirs)
}

/// Whether the referenced type is a wider integer. Other pairs the server refuses, or compares
/// without loss.
fn overflows(own: &SqlType, theirs: &SqlType) -> bool {
    matches!((width(own), width(theirs)), (Some(own), Some(theirs)) if own < theirs)
}

fn width(data_type: &SqlType) -> Option<u8> {
    const BYTES: [(&str, u8); 6] = [
        ("tinyint", 1),
        ("smallint", 2),
        ("mediumint", 3),
        ("integer", 4),
        ("int", 4),
        ("bigint", 8),
    ];
    let (_, bytes) = BYTES.into_iter().find(|(name, _)| data_type.base_name() == *name)?;
    Some(bytes)
}
