//! Arguments as SQL writes them.

use super::quote;
use super::stop::Part;
use crate::migration::python::{Kind, Value};

pub use crate::migration::python::{called, given, is_sqlalchemy, is_true, keyword, last};

/// A number as SQL writes it; a placeholder where it is not known.
pub fn number(value: &Value) -> String {
    match &value.kind {
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Bool(value) => i64::from(*value).to_string(),
        Kind::Str(text) => text.as_str().to_owned(),
        _ => quote::placeholder("number"),
    }
}

/// Names of columns: a list of strings, or a single one.
pub fn names(value: &Value) -> Part<Vec<String>> {
    match value.elements() {
        Some(elements) => elements.iter().map(quote::text).collect(),
        None => Ok(vec![quote::text(value)?]),
    }
}
