//! `add-serial-column`: everyone waits while each row gets a number.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnConstraint, ColumnDef, Ident};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, locks_label, quoted,
    relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a serial or identity column numbers every row while everyone waits",
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
            if context.target().dialect.is_mysql() {
                numbered_in_mysql(context, action, &table, column, sink);
                continue;
            }
            let Some(integer) = numbered(column) else { continue };
            if !context.caused_by(action, WorkKind::Rewrite).is_empty() {
                judge(context, action, &table, (column, &integer), sink);
            }
        }
    }
}

/// The integer type of a column that takes its values from a sequence of its own.
fn numbered(column: &ColumnDef) -> Option<String> {
    let data_type = column.data_type.as_ref()?;
    if let Some(integer) = data_type.serial_base() {
        return Some(integer.to_string());
    }
    let identity = column.constraints.iter().any(|it| matches!(it, ColumnConstraint::Identity(_)));
    identity.then(|| data_type.written.clone())
}

/// `AUTO_INCREMENT` rebuilds the table while writers wait.
fn numbered_in_mysql(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    column: &ColumnDef,
    sink: &mut Sink<'_>,
) {
    let numbers = column.constraints.iter().any(|it| matches!(it, ColumnConstraint::AutoIncrement));
    let Some(alteration) = context.blocking_alterations().next().filter(|_| numbers) else {
        return;
    };
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "writes to `{table}` wait until every row is rewritten with a number in `{}`",
        column.name
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(context.alteration_label(alteration))
            .why(format!(
                "{}; replicas number the rows by themselves, and may number them otherwise",
                context.since(table)
            ))
            .help(format!(
                "make a new table with {}, fill it in batches ordered by a key of {table}, and let the two change names",
                column.name
            ))
            .relation(table),
    );
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    (column, integer): (&ColumnDef, &str),
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "{} `{table}` wait until every row is rewritten with a number in `{}`",
        waiters(lock.mode),
        column.name
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(context.since(table))
            .help(help(context, table, &column.name, integer))
            .relation(table),
    );
}

fn help(
    context: &StatementContext<'_>,
    name: &RelationName,
    column: &Ident,
    integer: &str,
) -> String {
    let sequence = Ident::new(format!("{}_{column}_seq", name.name));
    let sequence = relation_sql(&RelationName { schema: name.schema.clone(), name: sequence });
    let (table, column) = (relation_sql(name), quoted(column));
    let key = context.key_column(name).map_or_else(|| "id".to_owned(), quoted);
    let literal = sequence.replace('\'', "''");
    format!(
        "add the column and its sequence apart, which rewrites nothing:\n  \
         CREATE SEQUENCE {sequence};\n  \
         ALTER TABLE {table} ADD COLUMN {column} {integer};\n  \
         ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{literal}');\n\
         then number the rows that are there in batches by key, each committed:\n  \
         UPDATE {table} SET {column} = DEFAULT WHERE {column} IS NULL AND {key} > $1 AND {key} <= $1 + 10000;"
    )
}
