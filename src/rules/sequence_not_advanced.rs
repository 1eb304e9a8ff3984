//! `sequence-not-advanced`: rows get ids by hand that the sequence of the column gives again.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Direction, Insert, InsertSource, InsertValue, OutputColumn, Script,
    Statement,
};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, relation_sql,
};
use crate::schema::{Column, ConstraintBody, RelationName, Table};
use std::collections::BTreeSet;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "rows get ids by hand that the sequence of the column gives again",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let mut told: BTreeSet<RelationName> = BTreeSet::new();
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                let ActionKind::Insert(insert) = &action.kind else { continue };
                let table = statement.resolve(&insert.table);
                if told.contains(&table) {
                    continue;
                }
                if let Some(draft) = judge(context, &statement, action, insert) {
                    told.insert(table);
                    sink.add_at(&statement, draft);
                }
            }
        }
    }
}

fn judge(
    context: &MigrationContext<'_>,
    statement: &StatementContext<'_>,
    action: &Action,
    insert: &Insert,
) -> Option<Draft> {
    let table = statement.resolve(&insert.table);
    let known = statement.before().table(&table).known()?;
    let (at, column) = counted(known, insert)?;
    let is_there = context.after.table(&table).any().is_some();
    if !is_there
        || !is_by_hand(insert, at)
        || is_advanced(context, statement, &table, column)
        || was_given_before(context, insert, column)
    {
        return None;
    }
    let message = format!(
        "inserts into `{table}` that leave `{}` to its sequence fail on ids that are given here",
        column.name
    );
    let name = &column.name;
    let sql = format!(
        "SELECT setval(pg_get_serial_sequence('{}', '{name}'), (SELECT max({name}) FROM {}))",
        relation_sql(&table).replace('\'', "''"),
        relation_sql(&table)
    );
    let draft = Draft::at(statement.place(action.span)?, Hazard::Other, message)
        .label("values that are written do not move the sequence")
        .help(format!("leave the ids to the sequence, or move it behind them:\n  {sql};"))
        .relation(&table);
    Some(match statement.insert_line_behind(&sql) {
        Some(edit) => draft.fix(Applicability::Unsafe, "move the sequence behind the highest id", edit),
        None => draft,
    })
}

/// The column that a sequence numbers and the statement gives values, and its place among them.
fn counted<'t>(table: &'t Table, insert: &Insert) -> Option<(usize, &'t Column)> {
    let is_counted = |column: &Column| {
        let is_next = |call: &crate::migration::FunctionCall| call.name.name == "nextval";
        let by_default =
            column.default.as_ref().is_some_and(|expr| expr.functions().iter().any(is_next));
        // A sequence that is owned by the column alone gives it nothing, and nobody leaves it to a
        // sequence which row of another table is meant.
        column.certain && (column.identity.is_some() || by_default) && !refers(table, column)
    };
    if insert.columns.is_empty() {
        let at = table.columns.iter().position(is_counted).filter(|_| table.columns_known)?;
        return Some((at, table.columns.get(at)?));
    }
    let mut named = insert.columns.iter().enumerate();
    named.find_map(|(at, name)| {
        table.column(name).filter(|column| is_counted(column)).map(|column| (at, column))
    })
}

/// Whether the column is part of a foreign key.
fn refers(table: &Table, column: &Column) -> bool {
    table.constraints.iter().any(|constraint| {
        matches!(constraint.body, ConstraintBody::ForeignKey { .. })
            && constraint.columns().contains(&column.name)
    })
}

/// Whether a value of the column is one that the sequence comes to: a positive number, or one that
/// is copied.
fn is_by_hand(insert: &Insert, at: usize) -> bool {
    match insert.source {
        InsertSource::Defaults => false,
        InsertSource::Values(_) => insert.values.iter().any(|row| match row.get(at) {
            Some(InsertValue::Literal(text)) => text.parse::<i64>().is_ok_and(|id| id > 0),
            _ => false,
        }),
        InsertSource::Query => {
            let given = insert.selected.as_ref().and_then(|columns| columns.get(at));
            matches!(given, Some(OutputColumn::Named { source: Some(_), .. }))
        }
    }
}

/// Whether an earlier migration gives the table ids, too: it was told then, or they always come so.
fn was_given_before(context: &MigrationContext<'_>, insert: &Insert, column: &Column) -> bool {
    let at = context.project.position(&context.migration.id).unwrap_or(0);
    let earlier = context.project.migrations.iter().take(at).filter_map(|one| one.up.as_ref());
    earlier.flat_map(Script::statements).flat_map(|statement| &statement.actions).any(|action| {
        matches!(&action.kind, ActionKind::Insert(other)
            if other.table.name == insert.table.name && other.columns.contains(&column.name))
    })
}

/// Whether the statement or something behind it moves a sequence: in this migration any does, for
/// loops over all tables name none; in another one it speaks of the table or its sequence.
fn is_advanced(
    context: &MigrationContext<'_>,
    statement: &StatementContext<'_>,
    table: &RelationName,
    column: &Column,
) -> bool {
    let here = statement.statement().span.start;
    let behind = context.migration.up.iter().flat_map(Script::statements);
    let mut behind = behind.filter(|other| other.span.start >= here);
    let sequence = column.sequence.as_ref().map_or("", |sequence| sequence.name.as_str());
    let about = |sql: &str| {
        sql.contains(table.name.as_str()) || (!sequence.is_empty() && sql.contains(sequence))
    };
    behind.any(moves)
        || all_statements(context)
            .any(|other| about(&other.sql) && (moves(other) || starts_later(&other.sql)))
}

fn all_statements<'a>(context: &MigrationContext<'a>) -> impl Iterator<Item = &'a Statement> {
    let ups = context.project.migrations.iter().filter_map(|migration| migration.up.as_ref());
    ups.flat_map(Script::statements)
}

/// Whether it calls `setval`, or restarts a sequence: in an INSERT that word is a value.
fn moves(statement: &Statement) -> bool {
    let sql = statement.sql.to_ascii_lowercase();
    let inserts = statement.actions.iter().all(|it| matches!(it.kind, ActionKind::Insert(_)));
    sql.contains("setval") || (sql.contains("restart") && !inserts)
}

/// Whether a sequence is made that begins behind the ids that are kept for the history.
fn starts_later(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    let start = sql.split("start with ").nth(1).or_else(|| sql.split("start ").nth(1));
    let number = start.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or(""));
    number.and_then(|number| number.parse::<i64>().ok()).is_some_and(|number| number > 1)
}
