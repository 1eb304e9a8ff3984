//! Comparisons: between known values at once, with what the database has by the replay, between
//! expressions of SQLAlchemy not at all.

use super::state::Machine;
use super::truth::{Truth, known};
use crate::migration::Guard;
use crate::migration::python::{Handle, Kind, Text, Value};
use ruff_python_ast::{CmpOp, ExprCompare};
use std::cmp::Ordering;

impl<'a> Machine<'a> {
    pub(super) fn compare(&mut self, compare: &'a ExprCompare) -> Value {
        let mut left = self.expression(&compare.left);
        let mut all = Truth::Known(true);
        let single = compare.ops.len() == 1;
        for (op, expr) in compare.ops.iter().zip(&compare.comparators) {
            let right = self.expression(expr);
            if single && is_sql(&left, &right, *op) {
                let operation = Kind::Operation(op.as_str(), [left, right].into());
                return self.value(operation, compare);
            }
            let one = self
                .compared(*op, &left, &right)
                .unwrap_or_else(|| Truth::When(self.not_decided(&left, &right, compare)));
            all = match (all, one) {
                (Truth::Known(true), one) => one,
                (Truth::Known(false), _) | (_, Truth::Known(false)) => Truth::Known(false),
                (all, Truth::Known(true)) => all,
                (Truth::When(a), Truth::When(b)) => Truth::When(a.and(b)),
            };
            left = right;
        }
        self.value(all.kind(), compare)
    }

    /// The condition of a comparison that is decided when the revision runs.
    fn not_decided(&self, left: &Value, right: &Value, compare: &'a ExprCompare) -> Guard {
        let is_assumed = |value: &Value| value.as_text().is_some_and(Text::is_assumed);
        if is_assumed(left) || is_assumed(right) {
            return Guard::Unknown(format!("{}, as the environment says", self.slice(compare)));
        }
        self.as_written(compare)
    }

    fn compared(&self, op: CmpOp, left: &Value, right: &Value) -> Option<Truth> {
        match op {
            CmpOp::Eq => self.equals(left, right),
            CmpOp::NotEq => self.equals(left, right).map(Truth::negate),
            CmpOp::Is => self.is(left, right),
            CmpOp::IsNot => self.is(left, right).map(Truth::negate),
            CmpOp::In => self.contains(right, left),
            CmpOp::NotIn => self.contains(right, left).map(Truth::negate),
            CmpOp::Lt => ordering(left, right).map(|order| Truth::Known(order == Ordering::Less)),
            CmpOp::LtE => {
                ordering(left, right).map(|order| Truth::Known(order != Ordering::Greater))
            }
            CmpOp::Gt => {
                ordering(left, right).map(|order| Truth::Known(order == Ordering::Greater))
            }
            CmpOp::GtE => ordering(left, right).map(|order| Truth::Known(order != Ordering::Less)),
        }
    }

    fn equals(&self, left: &Value, right: &Value) -> Option<Truth> {
        if let Some(same) = equal(left, right) {
            return Some(Truth::Known(same));
        }
        if let Some(exists) = super::inspect::names(left, right) {
            return Some(Truth::When(exists));
        }
        // `exists == False`, `result == []`.
        match (&left.kind, right.as_bool()) {
            (Kind::Condition(guard), Some(value)) => {
                let truth = Truth::When(Guard::clone(guard));
                Some(if value { truth } else { truth.negate() })
            }
            _ => None,
        }
    }

    fn is(&self, left: &Value, right: &Value) -> Option<Truth> {
        match (&left.kind, &right.kind) {
            (Kind::None, Kind::None) => Some(Truth::Known(true)),
            (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => None,
            (Kind::Handle(Handle::Connection), Kind::None) => {
                // Offline there is no connection.
                Some(Truth::When(Guard::Offline))
            }
            (Kind::Handle(Handle::Result(_)), Kind::None) => known(left).map(Truth::negate),
            (Kind::Condition(guard), Kind::Bool(value)) => {
                let truth = Truth::When(Guard::clone(guard));
                Some(if *value { truth } else { truth.negate() })
            }
            (Kind::Condition(_) | Kind::Index(_) | Kind::Attribute(_), _) => None,
            (_, Kind::None) | (Kind::None, _) => Some(Truth::Known(false)),
            _ => equal(left, right).map(Truth::Known),
        }
    }

    /// `value in container`.
    fn contains(&self, container: &Value, value: &Value) -> Option<Truth> {
        match &container.kind {
            Kind::Handle(Handle::Listing(listing)) => {
                super::inspect::has(listing, value).map(Truth::When)
            }
            Kind::Str(text) if text.is_certain() => {
                let part = value.as_text().filter(|part| part.is_certain())?;
                Some(Truth::Known(text.as_str().contains(part.as_str())))
            }
            Kind::List(all) | Kind::Tuple(all) | Kind::Set(all) => among(all.iter(), value),
            Kind::Dict(items) => among(items.iter().map(|(key, _)| key), value),
            _ => None,
        }
    }
}

fn among<'v>(all: impl Iterator<Item = &'v Value>, value: &Value) -> Option<Truth> {
    let mut guards = Vec::new();
    let mut open = false;
    for one in all {
        match equal(one, value) {
            Some(true) => return Some(Truth::Known(true)),
            Some(false) => {}
            None => match super::inspect::names(value, one) {
                Some(guard) => guards.push(guard),
                None => open = true,
            },
        }
    }
    match (open, guards.len()) {
        (true, _) => None,
        (false, 0) => Some(Truth::Known(false)),
        (false, _) => Some(Truth::When(Guard::Any(guards))),
    }
}

/// Whether two values are equal, where both are known.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    let all = |a: &[Value], b: &[Value]| {
        if a.len() != b.len() {
            return Some(false);
        }
        let mut same = true;
        for (a, b) in a.iter().zip(b) {
            same &= equal(a, b)?;
        }
        Some(same)
    };
    match (&left.kind, &right.kind) {
        (Kind::Str(a), Kind::Str(b)) => {
            (a.is_certain() && b.is_certain()).then(|| a.as_str() == b.as_str())
        }
        (Kind::Int(a), Kind::Int(b)) => Some(a == b),
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::None, Kind::None) => Some(true),
        (Kind::Float(a), Kind::Float(b)) => Some(a == b),
        (Kind::Bytes(a), Kind::Bytes(b)) => Some(a == b),
        (Kind::List(a), Kind::List(b)) | (Kind::Tuple(a), Kind::Tuple(b)) => all(a, b),
        (Kind::Name(a), Kind::Name(b)) => Some(a == b),
        (a, b) if is_plain(a) && is_plain(b) => Some(false),
        _ => None,
    }
}

fn is_plain(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::None
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Float(_)
            | Kind::Bytes(_)
            | Kind::List(_)
            | Kind::Tuple(_)
            | Kind::Dict(_)
            | Kind::Set(_)
    ) || matches!(kind, Kind::Str(text) if text.is_certain())
}

fn ordering(left: &Value, right: &Value) -> Option<Ordering> {
    match (&left.kind, &right.kind) {
        (Kind::Int(a), Kind::Int(b)) => Some(a.cmp(b)),
        (Kind::Str(a), Kind::Str(b)) => {
            (a.is_certain() && b.is_certain()).then(|| a.as_str().cmp(b.as_str()))
        }
        (Kind::Tuple(a), Kind::Tuple(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                match ordering(a, b)? {
                    Ordering::Equal => {}
                    other => return Some(other),
                }
            }
            Some(a.len().cmp(&b.len()))
        }
        _ => None,
    }
}

/// Whether a comparison stands for SQL: one side is an expression of SQLAlchemy.
fn is_sql(left: &Value, right: &Value, op: CmpOp) -> bool {
    let is_expression = |value: &Value| match &value.kind {
        Kind::Attribute(_) | Kind::Operation(..) => true,
        Kind::Index(inner) => !matches!(inner.0.kind, Kind::Handle(_)),
        Kind::Call(call) => call.path().is_none_or(|path| {
            path.starts_with("sqlalchemy.") && !path.starts_with("sqlalchemy.inspect")
        }),
        _ => false,
    };
    let identity = matches!(op, CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn);
    !identity && (is_expression(left) || is_expression(right))
}
