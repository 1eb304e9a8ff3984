//! Directives to the SQL that Alembic sends for them.

use crate::migration::Target;
use crate::migration::python::{Call, DirectiveCall, Kind, Text, Value};
use crate::source::{MappedText, SourceFile};
use std::sync::Arc;

/// What rendering needs beside the directives.
#[derive(Debug, Clone, Copy)]
pub struct RenderContext<'a> {
    /// Dialect and server version.
    pub target: &'a Target,
    /// The migration's file.
    pub file: &'a SourceFile,
}

/// What one directive sends.
#[derive(Debug, Clone)]
pub enum Rendered {
    /// These statements.
    Statements(Vec<RenderedStatement>),
    /// Something that is not known, and why.
    Opaque(String),
}

/// One statement that a directive sends.
#[derive(Debug, Clone)]
pub struct RenderedStatement {
    /// Its text; every byte leads back to the directive, or to the literal that holds the SQL.
    pub sql: MappedText,
    /// Whether the author did not write it: the index of `index=True`, the type of an enum.
    pub implied: bool,
}

/// What each of the directives of a script sends.
pub fn render(calls: &[Arc<DirectiveCall>], _context: &RenderContext<'_>) -> Vec<Rendered> {
    calls.iter().map(|call| directive(call)).collect()
}

fn directive(call: &DirectiveCall) -> Rendered {
    let table = call.batch.as_ref().map(|batch| &batch.table).or_else(|| call.args.first());
    match call.name.as_str() {
        "execute" => match call.args.first().and_then(sql_text) {
            Some(text) => Rendered::Statements(vec![RenderedStatement {
                sql: text.to_mapped(call.span),
                implied: false,
            }]),
            None => Rendered::Opaque("what it executes is not known".to_owned()),
        },
        "create_table" => {
            let columns = call.args.iter().skip(1).filter_map(Value::as_call).filter_map(column);
            written(call, table, |table| {
                let columns: Vec<String> = columns.collect();
                format!("CREATE TABLE {table} ({})", columns.join(", "))
            })
        }
        "add_column" => {
            let at = usize::from(call.batch.is_none());
            let column = call.args.get(at).and_then(Value::as_call).and_then(column);
            written(call, table, |table| {
                format!("ALTER TABLE {table} ADD COLUMN {}", column.unwrap_or_default())
            })
        }
        name => Rendered::Opaque(format!("the directive {name} is not understood")),
    }
}

fn written(
    call: &DirectiveCall,
    table: Option<&Value>,
    sql: impl FnOnce(&str) -> String,
) -> Rendered {
    let Some(table) = table.and_then(Value::as_str) else {
        return Rendered::Opaque("its table is not known".to_owned());
    };
    let mut mapped = MappedText::default();
    mapped.push(&sql(table), call.span);
    Rendered::Statements(vec![RenderedStatement { sql: mapped, implied: false }])
}

fn column(call: &Call) -> Option<String> {
    if call.path() != Some("sqlalchemy.Column") {
        return None;
    }
    let name = call.args.first()?.as_str()?;
    let data_type = call.args.get(1)?.path()?.rsplit('.').next()?.to_uppercase();
    Some(format!("{name} {data_type}"))
}

/// The SQL of a string, or of `sa.text("…")`.
fn sql_text(value: &Value) -> Option<&Text> {
    match &value.kind {
        Kind::Str(text) => Some(text),
        Kind::Call(call) if call.path() == Some("sqlalchemy.text") => call.args.first()?.as_text(),
        _ => None,
    }
}
