//! `drop-primary-key`: a table loses its primary key.

use crate::effects::ObjectRef;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Ident, ObjectKind};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP, column_list, lock_label,
    relation_sql,
};
use crate::schema::{RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table loses its primary key",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: SERVERS,
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
        if context.target().dialect.is_mysql() {
            return lost_in_mysql(context, sink);
        }
        let dropped = context.effects().dropped.iter();
        for gone in dropped.filter(|gone| gone.kind == ObjectKind::Constraint) {
            if is_lost_key(context, gone) && !context.is_new(&gone.name) {
                report(context, &gone.name, sink);
            }
        }
    }
}

/// A key has no name of its own there: the table had one, and has none.
fn lost_in_mysql(context: &StatementContext<'_>, sink: &mut Sink<'_>) {
    let keyed = |schema: &Schema, name: &RelationName| {
        schema.table(name).known().map(|table| table.primary_key().is_some())
    };
    for alteration in &context.effects().alterations {
        let table = &alteration.table;
        let had = keyed(context.before(), table) == Some(true);
        if had && keyed(&context.entry.after, table) == Some(false) && !context.is_new(table) {
            report(context, table, sink);
        }
    }
}

/// Whether it is a primary key, and the table is there without one at the commit.
fn is_lost_key(context: &StatementContext<'_>, gone: &ObjectRef) -> bool {
    let table = &gone.name;
    let key = context.before().table(table).known().and_then(|before| before.primary_key());
    let is_key = key.map(|key| &key.name) == gone.member.as_ref().map(|name: &Ident| name);
    let last = context.transaction.entries.last();
    let after = last.and_then(|last| last.after.table(table).any());
    key.is_some() && is_key && after.is_some_and(|after| after.primary_key().is_none())
}

fn report(context: &StatementContext<'_>, table: &RelationName, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let label = context.effects().lock_on(table).map_or_else(String::new, lock_label);
    let message = format!("`{table}` is left without a primary key");
    let is_mysql = context.target().dialect.is_mysql();
    let (why, help) = match is_mysql {
        true => (
            "replicas search the whole table for each changed row, online schema-change tools refuse it, duplicates can come in",
            "drop the old key and add the new one in one ALTER TABLE, which rebuilds the table while others write:\n  ALTER TABLE {table} DROP PRIMARY KEY, ADD PRIMARY KEY ({key}), ALGORITHM=INPLACE, LOCK=NONE;",
        ),
        false => (
            "logical replication refuses updates and deletes without it, ORMs find rows by it, duplicates can come in",
            "build the new key first: CREATE UNIQUE INDEX CONCURRENTLY, then drop the old key and add the new one USING INDEX in one ALTER TABLE",
        ),
    };
    sink.add(
        Draft::at(place, Hazard::Other, message)
            .label(if label.is_empty() { "the key is dropped here".to_owned() } else { label })
            .why(why)
            .help(
                help.replace("{table}", &relation_sql(table))
                    .replace("{key}", &key_of(context, table)),
            )
            .relation(table),
    );
}

/// The columns of the key as it was.
fn key_of(context: &StatementContext<'_>, table: &RelationName) -> String {
    let key = context.before().table(table).any().and_then(|table| table.primary_key());
    key.map(|key| column_list(key.columns())).unwrap_or_default()
}
