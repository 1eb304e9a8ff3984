//! Tests of the front end: text to actions, with their places.

mod alter;
mod create;
mod mysql;
mod others;
mod robust;
mod script;
mod sqlite;

use super::parse;
use crate::migration::{
    Action, ActionKind, Dialect, Direction, ObjectName, Script, ScriptSource, TransactionMode,
};
use crate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

/// Parses text as a PostgreSQL script.
fn script(text: &str) -> Script {
    script_of(text, Dialect::Postgres)
}

fn script_of(text: &str, dialect: Dialect) -> Script {
    let file = Arc::new(SourceFile::new("001.sql", text));
    let span = Span::new(file.content_start(), text.len());
    let text = MappedText::verbatim(&file, span);
    let (direction, transaction) = (Direction::Up, TransactionMode::PerScript);
    parse(ScriptSource { file, text, direction, transaction }, dialect)
}

/// All actions of a script.
fn actions(text: &str) -> Vec<Action> {
    script(text).statements().flat_map(|statement| statement.actions.clone()).collect()
}

/// The only action of a script.
fn action(text: &str) -> ActionKind {
    let mut actions = actions(text);
    assert_eq!(actions.len(), 1, "{text}: {actions:?}");
    actions.remove(0).kind
}

/// A name as it is written without quotes: `orders`, `shop.orders`.
fn name(text: &str) -> ObjectName {
    match text.split_once('.') {
        Some((schema, name)) => ObjectName::qualified(schema, name),
        None => ObjectName::bare(text),
    }
}

/// Texts of all statements, taken from the file at their spans.
fn slices(script: &Script) -> Vec<&str> {
    script.statements().map(|statement| script.source.file.slice(statement.span)).collect()
}
