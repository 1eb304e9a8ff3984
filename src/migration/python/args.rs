//! Arguments of calls, by position and by name.

use super::{Call, Kind, Value};

/// The argument at a position, or the keyword of that name; `None` counts as not given.
pub fn given<'v>(call: &'v Call, position: usize, name: &str) -> Option<&'v Value> {
    written(call, position, name).filter(|value| !value.is_none())
}

/// The argument at a position, or the keyword of that name, `None` included.
pub fn written<'v>(call: &'v Call, position: usize, name: &str) -> Option<&'v Value> {
    call.args.get(position).or_else(|| call.keyword(name))
}

/// The keyword argument of that name; `None` counts as not given.
pub fn keyword<'v>(call: &'v Call, name: &str) -> Option<&'v Value> {
    call.keyword(name).filter(|value| !value.is_none())
}

/// The last part of a dotted path.
pub fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Whether a path leads into SQLAlchemy itself.
pub fn is_sqlalchemy(path: &str) -> bool {
    path == "sqlalchemy" || path.starts_with("sqlalchemy.")
}

/// The last part of the path of what a call into SQLAlchemy calls.
pub fn called(value: &Value) -> Option<(&str, &Call)> {
    let call = value.as_call()?;
    let path = call.path()?;
    is_sqlalchemy(path).then(|| (last(path), call))
}

/// Whether a value is true, as far as it is known: flags that are not known count as false.
pub fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(truth)
}

fn truth(value: &Value) -> bool {
    match &value.kind {
        Kind::Bool(value) => *value,
        Kind::Int(value) => *value != 0,
        Kind::Str(text) => !text.as_str().is_empty(),
        _ => false,
    }
}
