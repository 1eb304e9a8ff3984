//! Effects of one statement behind a history.

use lockgate::effects::{self, Effects};
use lockgate::frontend::sql;
use lockgate::migration::{Dialect, Direction, ScriptSource, Statement, Target, TransactionMode};
use lockgate::schema::{ApplyContext, Schema};
use lockgate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

/// The statements of a script.
pub fn statements(text: &str, dialect: Dialect) -> Vec<Statement> {
    let file = Arc::new(SourceFile::new("shop.sql", text));
    let text = MappedText::verbatim(&file, Span::new(0, text.len()));
    let source = ScriptSource {
        file,
        text,
        direction: Direction::Up,
        transaction: TransactionMode::PerScript,
    };
    sql::parse(source, dialect).statements().cloned().collect()
}

/// The schema behind a history that begins on an empty database.
pub fn replayed(history: &str, target: &Target) -> Schema {
    let mut schema = Schema::empty();
    for statement in statements(history, target.dialect) {
        schema.apply(&statement, &ApplyContext { migration: "1", target });
    }
    schema
}

/// What the first statement of a script does on a schema.
pub fn effects_on(schema: &Schema, sql: &str, target: &Target) -> Effects {
    let statement = statements(sql, target.dialect).into_iter().next().unwrap();
    effects::of(&statement, schema, target)
}
