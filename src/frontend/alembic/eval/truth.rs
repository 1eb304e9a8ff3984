//! Whether a value counts as true: known, or by a condition that the replay resolves.

use super::state::Machine;
use crate::frontend::sql;
use crate::migration::Guard;
use crate::migration::python::{Handle, Kind, Value};
use ruff_python_ast::Expr;
use std::sync::Arc;

/// A truth value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Truth {
    Known(bool),
    When(Guard),
}

impl Truth {
    /// The opposite.
    pub fn negate(self) -> Self {
        match self {
            Self::Known(value) => Self::Known(!value),
            Self::When(guard) => Self::When(guard.negate()),
        }
    }

    /// As a value's kind.
    pub fn kind(self) -> Kind {
        match self {
            Self::Known(value) => Kind::Bool(value),
            Self::When(guard) => Kind::Condition(Arc::new(guard)),
        }
    }

    /// As a guard; a known truth holds always or never.
    pub fn guard(self) -> Guard {
        match self {
            Self::Known(true) => Guard::Always,
            Self::Known(false) => Guard::Always.negate(),
            Self::When(guard) => guard,
        }
    }
}

impl<'a> Machine<'a> {
    /// Whether an expression counts as true.
    pub(super) fn truth_of(&mut self, expr: &'a Expr) -> Truth {
        let value = self.expression(expr);
        self.truth(&value, expr)
    }

    /// Whether a value counts as true; `expr` is where it is asked.
    pub(super) fn truth(&self, value: &Value, expr: &'a Expr) -> Truth {
        match known(value) {
            Some(truth) => truth,
            None => Truth::When(self.as_written(expr)),
        }
    }
}

/// Whether a value counts as true, where anything can be said of it.
pub(super) fn known(value: &Value) -> Option<Truth> {
    Some(Truth::Known(match &value.kind {
        Kind::None => false,
        Kind::Bool(value) => *value,
        Kind::Int(value) => *value != 0,
        Kind::Float(value) => value.parse::<f64>() != Ok(0.0),
        Kind::Str(text) if text.is_assumed() => return None,
        Kind::Str(text) => !text.as_str().is_empty(),
        Kind::Bytes(bytes) => !bytes.is_empty(),
        Kind::List(all) | Kind::Tuple(all) | Kind::Set(all) => !all.is_empty(),
        Kind::Dict(items) => !items.is_empty(),
        Kind::Condition(guard) => return Some(Truth::When(Guard::clone(guard))),
        Kind::Handle(Handle::Result(sql)) => {
            let sql = sql.as_ref().filter(|sql| sql.is_known())?;
            return sql::finds_row(sql.as_str()).map(Truth::When);
        }
        Kind::Handle(Handle::Listing(_)) | Kind::Unknown(_) => return None,
        Kind::Attribute(_) | Kind::Index(_) | Kind::Operation(..) => return None,
        // An object of SQLAlchemy is one; what other calls give may be empty.
        Kind::Call(call) if call.path().is_none_or(|path| !path.starts_with("sqlalchemy.")) => {
            return None;
        }
        Kind::Name(_) | Kind::Call(_) | Kind::Handle(_) => true,
    }))
}
