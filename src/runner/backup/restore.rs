//! `restore.sql`: brings the rows of a backup back, by psql, into tables that are there again.

use super::postgres::Table;
use crate::database::{identifier, literal};
use crate::migration::{Dialect, Direction};
use crate::runner::gate::CheckedScript;

/// The script. Tables that others reference come first.
pub(super) fn script(script: &CheckedScript, tables: Vec<Table>) -> String {
    let way_back = match script.direction() {
        Direction::Up => format!("lockgate rollback {}", script.id()),
        Direction::Down => "lockgate lint --apply".to_owned(),
    };
    let mut text = format!(
        "-- Brings back what was copied before {} ran. First make again what it dropped ({way_back}),
-- then, in this folder: psql \"$DATABASE_URL\" -f restore.sql
\\set ON_ERROR_STOP on
BEGIN;
",
        script.id()
    );
    for (at, table) in parents_first(tables).iter().enumerate() {
        text.push_str(&one(&format!("lockgate_backup_{}", at + 1), table));
    }
    text.push_str("COMMIT;\n");
    text
}

fn one(staged: &str, table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|one| format!("{} {}", identifier(&one.name), one.data_type))
        .collect();
    let mut text = format!(
        "\n-- {}\nCREATE TEMPORARY TABLE {staged} ({}) ON COMMIT DROP;\n\\copy {staged} FROM '{}'\n",
        table.name,
        columns.join(", "),
        table.file
    );
    if table.lost.rows || table.lost.columns.is_empty() {
        text.push_str(&rows(staged, table));
    }
    text.push_str(&values(staged, table));
    text
}

/// Rows that are gone; those that are still there stay as they are.
fn rows(staged: &str, table: &Table) -> String {
    let (name, list) = (table.quoted(), table.list());
    let conflict = match table.key.is_empty() {
        true => "; -- without a primary key: what is still there is there twice",
        false => " ON CONFLICT DO NOTHING;",
    };
    let mut text = format!(
        "INSERT INTO {name} ({list}) OVERRIDING SYSTEM VALUE SELECT {list} FROM {staged}{conflict}\n"
    );
    for column in table.columns.iter().filter(|column| column.counted) {
        let (quoted, plain) =
            (literal(Dialect::Postgres, &name), literal(Dialect::Postgres, &column.name));
        text.push_str(&format!(
            "SELECT setval(pg_get_serial_sequence({quoted}, {plain}), max({})) FROM {name};\n",
            identifier(&column.name)
        ));
    }
    text
}

/// Values of columns that are gone, by the primary key.
fn values(staged: &str, table: &Table) -> String {
    let is_copied = |name: &str| table.columns.iter().any(|column| column.name == name);
    let lost = table.lost.columns.iter().map(|column| column.as_str());
    let (copied, other): (Vec<&str>, Vec<&str>) = lost.partition(|column| is_copied(column));
    let mut text = String::new();
    for column in other {
        text.push_str(&format!("-- column {column} had another name when the copy was made\n"));
    }
    if copied.is_empty() {
        return text;
    }
    if table.key.is_empty() {
        text.push_str(&format!(
            "-- without a primary key it is for you to say which row is which: UPDATE {} … FROM {staged} …\n",
            table.quoted()
        ));
        return text;
    }
    let set: Vec<String> =
        copied.iter().map(|column| format!("{0} = b.{0}", identifier(column))).collect();
    let same: Vec<String> =
        table.key.iter().map(|column| format!("t.{0} = b.{0}", identifier(column))).collect();
    text.push_str(&format!(
        "UPDATE {} AS t SET {} FROM {staged} AS b WHERE {};\n",
        table.quoted(),
        set.join(", "),
        same.join(" AND ")
    ));
    text
}

fn parents_first(mut tables: Vec<Table>) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let names = |table: &Table, other: &Table| {
            let mut parents = table.parents.iter();
            parents.any(|(schema, name)| {
                other.name.schema == schema.as_str() && other.name.name == name.as_str()
            })
        };
        let waits = |table: &Table| {
            tables.iter().any(|other| other.name != table.name && names(table, other))
        };
        // In a circle nobody is first.
        let next = tables.iter().position(|table| !waits(table)).unwrap_or(0);
        ordered.push(tables.remove(next));
    }
    ordered
}
