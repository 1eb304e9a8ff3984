//! Text that is SQL: `text("…")` with its binds.

use super::{Expressions, quote};
use crate::frontend::alembic::render::args::called;
use crate::frontend::alembic::render::flavor::Flavor;
use crate::migration::python::{Call, Callee, Kind, Text, Value};
use smol_str::SmolStr;

/// The SQL of a string that stands for SQL. Colons escaped with a backslash lose it.
pub fn text_sql(value: &Value) -> String {
    match &value.kind {
        Kind::Str(text) => unescaped(text.as_str()),
        Kind::Unknown(why) => quote::placeholder(why),
        Kind::Call(call) => call.args.first().map_or_else(|| quote::placeholder("text"), text_sql),
        _ => quote::placeholder("text"),
    }
}

/// A text as Alembic writes it offline: binds without a value are NULL.
pub fn offline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = ' ';
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let name = if c == ':' && !is_word(previous) && !matches!(previous, ':' | '\\') {
            bind_name(text.get(at + 1..).unwrap_or(""))
        } else {
            ""
        };
        previous = c;
        if name.is_empty() {
            out.push(c);
            continue;
        }
        out.push_str("NULL");
        while rest.peek().is_some_and(|(next, _)| *next <= at + name.len()) {
            previous = rest.next().map_or(previous, |(_, c)| c);
        }
    }
    unescaped(&out)
}

/// The name of the bind that a text begins with, unless a colon follows it.
fn bind_name(text: &str) -> &str {
    let end = text.find(|c: char| !is_word(c) && c != '$').unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    if after.starts_with(':') { "" } else { name }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Without the backslashes before colons.
fn unescaped(text: &str) -> String {
    text.replace("\\:", ":")
}

/// A text whose backslashes before colons are taken out, with its way back.
pub fn unescaped_text(text: &Text) -> Text {
    if text.as_str().contains("\\:") { text.map(unescaped) } else { text.clone() }
}

/// `text("… :name …").bindparams(name=value)`.
pub(super) fn bound(
    base: &Value,
    values: &[(SmolStr, Value)],
    expressions: Expressions,
) -> Option<String> {
    let call = base.as_call()?;
    let text = call.args.first()?.as_text()?.as_str();
    Some(with_values(text, values, expressions))
}

/// Binds replaced by literals; casts (`::`) and escaped colons are none.
pub fn with_values(text: &str, values: &[(SmolStr, Value)], expressions: Expressions) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = from.get(1..).unwrap_or("");
        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let bind = values.iter().find(|(key, _)| *key == name.as_str()).map(|(_, value)| value);
        let previous = before.chars().next_back().or_else(|| out.chars().next_back());
        match bind {
            Some(value) if !matches!(previous, Some(':' | '\\')) => {
                out.push_str(&expressions.sql(value));
                rest = after.get(name.len()..).unwrap_or("");
            }
            _ => {
                out.push(':');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    unescaped(&out)
}

/// `text("… :name …").bindparams(name=value)` as a statement.
pub fn bound_text(call: &Call, flavor: Flavor) -> Option<String> {
    let Callee::Method(base, method) = &call.callee else {
        return None;
    };
    match method.as_str() {
        "bindparams" => {
            let mut values = call.kwargs.clone();
            values.extend(call.args.iter().filter_map(parameter));
            bound(base, &values, Expressions::qualified(flavor))
        }
        "columns" | "execution_options" => {
            Some(base.as_call()?.args.first()?.as_text()?.as_str().to_owned())
                .map(|sql| unescaped(&sql))
        }
        _ => None,
    }
}

/// `sa.bindparam("name", value)`.
fn parameter(value: &Value) -> Option<(SmolStr, Value)> {
    let (name, call) = called(value)?;
    if name != "bindparam" {
        return None;
    }
    let given = call.args.get(1).or_else(|| call.keyword("value"))?;
    Some((SmolStr::new(call.args.first()?.as_str()?), given.clone()))
}
