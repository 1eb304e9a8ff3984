//! Server defaults for columns that a revision adds.

use super::literal;
use crate::migration::python::{Column, Kind, Value, last};

/// The default that only Python knows, as the server takes it, where it is a plain value.
pub fn server_default(default: &Value) -> Option<String> {
    match &default.kind {
        Kind::Bool(true) => Some("sa.true()".to_owned()),
        Kind::Bool(false) => Some("sa.false()".to_owned()),
        Kind::Int(number) => Some(format!("\"{number}\"")),
        Kind::Float(number) => Some(format!("\"{number}\"")),
        Kind::Str(text) if text.is_known() && !text.as_str().contains('\n') => {
            Some(literal::string(text.as_str()))
        }
        _ => None,
    }
}

/// A default for rows that are there: the one that Python knows, else the empty value of the
/// column's type. `None` where an empty value would break a key, or the type has none.
pub fn server_default_for_rows(column: &Column<'_>) -> Option<String> {
    if column.has_foreign_key() || column.is_unique() || column.is_primary_key() {
        return None;
    }
    if let Some(default) = column.keyword("default") {
        return server_default(default);
    }
    let path = column.data_type?.path()?;
    let empty = match last(path).to_ascii_lowercase().as_str() {
        "boolean" => "sa.false()",
        "integer" | "biginteger" | "smallinteger" | "bigint" | "smallint" | "numeric"
        | "decimal" | "float" | "double" | "real" => "\"0\"",
        "string" | "text" | "unicode" | "unicodetext" | "varchar" => "\"\"",
        _ => return None,
    };
    Some(empty.to_owned())
}
