//! Operators between values.

use super::super::limits;
use super::state::Machine;
use crate::migration::python::{Kind, Source, Value};
use ruff_python_ast::Operator;
use smol_str::format_smolstr;
use std::sync::Arc;

impl Machine<'_> {
    /// `left op right`.
    pub(super) fn operate(
        &mut self,
        op: Operator,
        left: Value,
        right: Value,
        place: Source,
    ) -> Value {
        let known = match op {
            Operator::Add => add(&left, &right),
            Operator::Mod => modulo(&left, &right),
            Operator::Mult => multiply(&left, &right),
            Operator::BitOr => union(&left, &right),
            Operator::Sub => subtract(&left, &right),
            Operator::FloorDiv | Operator::Div | Operator::Pow => numbers(op, &left, &right),
            _ => None,
        };
        if let Some(kind) = known {
            return Value::new(kind, place);
        }
        for side in [&left, &right] {
            if let Kind::Unknown(why) = &side.kind {
                return Value::unknown(why, place);
            }
        }
        let sql = |value: &Value| {
            matches!(
                value.kind,
                Kind::Call(_)
                    | Kind::Attribute(_)
                    | Kind::Index(_)
                    | Kind::Operation(..)
                    | Kind::Name(_)
            )
        };
        if sql(&left) || sql(&right) {
            return Value::new(Kind::Operation(op.as_str(), [left, right].into()), place);
        }
        Value::unknown("an operator on something not known", place)
    }
}

fn add(left: &Value, right: &Value) -> Option<Kind> {
    Some(match (&left.kind, &right.kind) {
        (Kind::Str(a), Kind::Str(b)) if a.as_str().len() + b.as_str().len() <= limits::TEXT => {
            let mut text = (**a).clone();
            text.append(b);
            Kind::Str(Arc::new(text))
        }
        // A part that is not known leaves the rest of the text readable.
        (Kind::Str(a), Kind::Unknown(_) | Kind::Condition(_)) => {
            let mut text = (**a).clone();
            text.push_hole("value", right.source);
            Kind::Str(Arc::new(text))
        }
        (Kind::Unknown(_), Kind::Str(b)) => {
            let mut text = crate::migration::python::Text::default();
            text.push_hole("value", left.source);
            text.append(b);
            Kind::Str(Arc::new(text))
        }
        (Kind::List(a), Kind::List(b)) if a.len() + b.len() <= limits::ELEMENTS => {
            Kind::List(a.iter().chain(b.iter()).cloned().collect())
        }
        (Kind::Tuple(a), Kind::Tuple(b)) if a.len() + b.len() <= limits::ELEMENTS => {
            Kind::Tuple(a.iter().chain(b.iter()).cloned().collect())
        }
        _ => return numbers(Operator::Add, left, right),
    })
}

fn subtract(left: &Value, right: &Value) -> Option<Kind> {
    match (&left.kind, &right.kind) {
        (Kind::Set(a), Kind::Set(b)) => {
            let kept = a.iter().filter(|one| {
                !b.iter().any(|other| super::compare::equal(one, other) == Some(true))
            });
            Some(Kind::Set(kept.cloned().collect()))
        }
        _ => numbers(Operator::Sub, left, right),
    }
}

fn modulo(left: &Value, right: &Value) -> Option<Kind> {
    match &left.kind {
        Kind::Str(template) => {
            super::format::percent(template, right).map(|text| Kind::Str(Arc::new(text)))
        }
        _ => numbers(Operator::Mod, left, right),
    }
}

fn multiply(left: &Value, right: &Value) -> Option<Kind> {
    let (many, count) = match (&left.kind, &right.kind) {
        (_, Kind::Int(count)) => (left, usize::try_from(*count).unwrap_or(0)),
        (Kind::Int(count), _) => (right, usize::try_from(*count).unwrap_or(0)),
        _ => return None,
    };
    match &many.kind {
        Kind::Str(text) if text.as_str().len().checked_mul(count)? <= limits::TEXT / 16 => {
            let mut out = crate::migration::python::Text::default();
            for _ in 0..count {
                out.append(text);
            }
            Some(Kind::Str(Arc::new(out)))
        }
        Kind::List(all) if all.len().checked_mul(count)? <= limits::ELEMENTS => {
            let total = all.len() * count;
            Some(Kind::List(all.iter().cycle().take(total).cloned().collect()))
        }
        _ => numbers(Operator::Mult, left, right),
    }
}

fn union(left: &Value, right: &Value) -> Option<Kind> {
    match (&left.kind, &right.kind) {
        (Kind::Set(a), Kind::Set(b)) => {
            let mut all = a.to_vec();
            for value in b.iter() {
                if !all.iter().any(|other| super::compare::equal(value, other) == Some(true)) {
                    all.push(value.clone());
                }
            }
            Some(Kind::Set(all.into()))
        }
        (Kind::Dict(a), Kind::Dict(b)) => Some(Kind::Dict(super::container::merged(a, b).into())),
        _ => None,
    }
}

fn numbers(op: Operator, left: &Value, right: &Value) -> Option<Kind> {
    if let (Kind::Int(a), Kind::Int(b)) = (&left.kind, &right.kind) {
        return match op {
            Operator::Add => a.checked_add(*b),
            Operator::Sub => a.checked_sub(*b),
            Operator::Mult => a.checked_mul(*b),
            Operator::Mod => a.checked_rem_euclid(*b),
            Operator::FloorDiv => a.checked_div_euclid(*b),
            Operator::Pow => u32::try_from(*b).ok().and_then(|b| a.checked_pow(b)),
            _ => None,
        }
        .map(Kind::Int);
    }
    let float = |value: &Value| match &value.kind {
        Kind::Int(number) => number.to_string().parse::<f64>().ok(),
        Kind::Float(number) => number.parse::<f64>().ok(),
        _ => None,
    };
    let (a, b) = (float(left)?, float(right)?);
    let result = match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => a * b,
        Operator::Div if b != 0.0 => a / b,
        _ => return None,
    };
    Some(Kind::Float(format_smolstr!("{result:?}")))
}
