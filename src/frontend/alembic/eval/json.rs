//! `json.dumps`, as Python writes it.

use crate::migration::python::{Kind, Value};

/// The text of a value; `None` where a part of it is not known.
pub(super) fn dumps(value: &Value) -> Option<String> {
    let listed = |all: &[Value]| {
        let parts: Option<Vec<String>> = all.iter().map(dumps).collect();
        parts.map(|parts| format!("[{}]", parts.join(", ")))
    };
    match &value.kind {
        Kind::None => Some("null".to_owned()),
        Kind::Bool(truth) => Some(truth.to_string()),
        Kind::Int(number) => Some(number.to_string()),
        Kind::Float(number) => Some(number.to_string()),
        Kind::Str(text) if text.is_known() => Some(quoted(text.as_str())),
        Kind::List(all) | Kind::Tuple(all) => listed(all),
        Kind::Dict(items) => {
            let item = |(key, value): &(Value, Value)| {
                let key = key.as_text().filter(|key| key.is_known())?;
                Some(format!("{}: {}", quoted(key.as_str()), dumps(value)?))
            };
            let parts: Option<Vec<String>> = items.iter().map(item).collect();
            parts.map(|parts| format!("{{{}}}", parts.join(", ")))
        }
        _ => None,
    }
}

/// A string with all that is not ASCII escaped.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
    out
}
