//! The parts of a conjunction that proofs can use.

use super::literal::{bare, is_number, literal, uncast};
use super::names;
use crate::migration::{Dialect, Ident, Predicate};
use sqlparser::ast::{self, BinaryOperator, DataType, Expr, UnaryOperator, Value};

/// Conditions nested deeper than this are left as one unknown part.
const DEEPEST: usize = 32;

/// The parts of the conjunction that `expr` is, in the order written.
pub fn conjuncts(expr: &Expr, dialect: Dialect) -> Vec<Predicate> {
    conjunction(expr, false, dialect, DEEPEST)
}

fn conjunction(expr: &Expr, negated: bool, dialect: Dialect, depth: usize) -> Vec<Predicate> {
    let mut parts = Vec::new();
    // Parts still to be taken apart, the next one last; the flag says "negated".
    let mut pending = vec![(expr, negated)];
    while let Some((expr, negated)) = pending.pop() {
        match bare(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::And, right } if !negated => {
                pending.extend([(&**right, false), (&**left, false)]);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } if negated => {
                pending.extend([(&**right, true), (&**left, true)]);
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => pending.push((expr, !negated)),
            whole @ Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. } => {
                parts.push(disjunction(whole, negated, dialect, depth));
            }
            other => predicate(other, negated, dialect, &mut parts),
        }
    }
    parts
}

/// `OR`, or a negated `AND`: its alternatives.
fn disjunction(expr: &Expr, negated: bool, dialect: Dialect, depth: usize) -> Predicate {
    if truth(expr, dialect) == Some(!negated) {
        return Predicate::True;
    }
    let Some(depth) = depth.checked_sub(1) else { return Predicate::Other };
    let mut alternatives = Vec::new();
    let mut pending = vec![(expr, negated)];
    while let Some((expr, negated)) = pending.pop() {
        match bare(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } if !negated => {
                pending.extend([(&**right, false), (&**left, false)]);
            }
            Expr::BinaryOp { left, op: BinaryOperator::And, right } if negated => {
                pending.extend([(&**right, true), (&**left, true)]);
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => pending.push((expr, !negated)),
            other => alternatives.push(conjunction(other, negated, dialect, depth)),
        }
    }
    Predicate::AnyPart(alternatives)
}

fn predicate(expr: &Expr, negated: bool, dialect: Dialect, parts: &mut Vec<Predicate>) {
    if truth(expr, dialect) == Some(!negated) {
        return parts.push(Predicate::True);
    }
    if let Expr::Between { expr, negated: not, low, high } = expr {
        if *not == negated {
            parts.push(compare(expr, ">=", low, dialect));
            return parts.push(compare(expr, "<=", high, dialect));
        }
        let below = compare(expr, "<", low, dialect);
        let above = compare(expr, ">", high, dialect);
        return parts.push(Predicate::AnyPart(vec![vec![below], vec![above]]));
    }
    parts.push(single(expr, negated, dialect).unwrap_or(Predicate::Other));
}

fn single(expr: &Expr, negated: bool, dialect: Dialect) -> Option<Predicate> {
    match expr {
        Expr::IsNull(inner) => null_test(inner, negated, dialect),
        Expr::IsNotNull(inner) => null_test(inner, !negated, dialect),
        Expr::IsDistinctFrom(left, right) if is_null(right) => null_test(left, !negated, dialect),
        Expr::IsNotDistinctFrom(left, right) if is_null(right) => null_test(left, negated, dialect),
        // A column that is a condition by itself; in other dialects a number may be one.
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) if dialect == Dialect::Postgres => {
            let literal = (!negated).to_string();
            Some(Predicate::Compare { column: column(expr, dialect)?, operator: "=", literal })
        }
        Expr::IsTrue(inner) if !negated => {
            let literal = "true".to_owned();
            Some(Predicate::Compare { column: column(inner, dialect)?, operator: "=", literal })
        }
        Expr::IsFalse(inner) if !negated => {
            let literal = "false".to_owned();
            Some(Predicate::Compare { column: column(inner, dialect)?, operator: "=", literal })
        }
        Expr::BinaryOp { left, op, right } => {
            let operator = operator(op)?;
            let operator = if negated { opposite(operator) } else { operator };
            Some(match compare(left, operator, right, dialect) {
                Predicate::Other => compare(right, turned(operator), left, dialect),
                found => found,
            })
        }
        Expr::InList { expr, list, negated: not } if *not == negated => any_of(expr, list, dialect),
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } if !negated => {
            any_element(left, right, dialect)
        }
        _ => None,
    }
}

fn null_test(expr: &Expr, not_null: bool, dialect: Dialect) -> Option<Predicate> {
    let column = column(expr, dialect)?;
    Some(if not_null { Predicate::IsNotNull(column) } else { Predicate::IsNull(column) })
}

fn is_null(expr: &Expr) -> bool {
    matches!(uncast(expr), Expr::Value(value) if value.value == Value::Null)
}

fn column(expr: &Expr, dialect: Dialect) -> Option<Ident> {
    match bare(expr) {
        Expr::Identifier(name) => Some(names::ident(name, dialect)),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| names::ident(name, dialect)),
        _ => None,
    }
}

/// The column, seen through the cast to text that the server prints around `varchar` columns. For
/// equality the cast changes nothing.
fn text_column(expr: &Expr, dialect: Dialect) -> Option<Ident> {
    match bare(expr) {
        Expr::Cast { expr, data_type: DataType::Text, .. } => column(expr, dialect),
        other => column(other, dialect),
    }
}

fn compare(left: &Expr, operator: &'static str, right: &Expr, dialect: Dialect) -> Predicate {
    let column = match operator {
        "=" | "<>" => text_column(left, dialect),
        _ => column(left, dialect),
    };
    match (column, literal(right)) {
        (Some(column), Some(literal)) => Predicate::Compare { column, operator, literal },
        _ => Predicate::Other,
    }
}

fn any_of(expr: &Expr, list: &[Expr], dialect: Dialect) -> Option<Predicate> {
    let column = text_column(expr, dialect)?;
    let literals = list.iter().map(literal).collect::<Option<Vec<_>>>()?;
    (!literals.is_empty()).then_some(Predicate::AnyOf { column, literals })
}

fn any_element(expr: &Expr, array: &Expr, dialect: Dialect) -> Option<Predicate> {
    match uncast(array) {
        Expr::Array(ast::Array { elem, .. }) => any_of(expr, elem, dialect),
        Expr::Value(_) => {
            let column = text_column(expr, dialect)?;
            let literals = plain_array(&literal(array)?)?;
            Some(Predicate::AnyOf { column, literals })
        }
        _ => None,
    }
}

/// The elements of an array literal without quotes, escapes, nesting and nulls.
fn plain_array(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let plain = |element: &str| {
        !element.is_empty()
            && !element.contains(['"', '\\', '{', '}'])
            && !element.eq_ignore_ascii_case("null")
    };
    let elements: Vec<&str> = inner.split(',').map(str::trim).collect();
    elements
        .iter()
        .all(|element| plain(element))
        .then(|| elements.into_iter().map(str::to_owned).collect())
}

fn operator(op: &BinaryOperator) -> Option<&'static str> {
    Some(match op {
        BinaryOperator::Eq => "=",
        BinaryOperator::NotEq => "<>",
        BinaryOperator::Lt => "<",
        BinaryOperator::LtEq => "<=",
        BinaryOperator::Gt => ">",
        BinaryOperator::GtEq => ">=",
        _ => return None,
    })
}

fn turned(operator: &'static str) -> &'static str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

fn opposite(operator: &'static str) -> &'static str {
    match operator {
        "=" => "<>",
        "<>" => "=",
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        _ => "<",
    }
}

/// Whether the expression is the same for every row, as far as literals tell.
fn truth(expr: &Expr, dialect: Dialect) -> Option<bool> {
    match bare(expr) {
        Expr::Value(value) => match &value.value {
            Value::Boolean(value) => Some(*value),
            Value::Number(number, _) if dialect == Dialect::Sqlite => Some(number != "0"),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => truth(expr, dialect).map(|value| !value),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            // Only the right side is looked into deeper: chains grow to the left.
            let right = truth_of_leaf(right, dialect);
            let mut left = bare(left);
            let mut parts = vec![right];
            while let Expr::BinaryOp { left: inner, op: BinaryOperator::Or, right } = left {
                parts.push(truth_of_leaf(right, dialect));
                left = bare(inner);
            }
            parts.push(truth_of_leaf(left, dialect));
            parts.contains(&Some(true)).then_some(true)
        }
        leaf => truth_of_leaf(leaf, dialect),
    }
}

fn truth_of_leaf(expr: &Expr, dialect: Dialect) -> Option<bool> {
    match bare(expr) {
        Expr::Value(value) => match &value.value {
            Value::Boolean(value) => Some(*value),
            Value::Number(number, _) if dialect == Dialect::Sqlite => Some(number != "0"),
            _ => None,
        },
        Expr::BinaryOp { left, op, right } => {
            let (a, b) = (literal(left)?, literal(right)?);
            if is_number(left) != is_number(right) {
                return None;
            }
            match op {
                BinaryOperator::Eq if a == b => Some(true),
                BinaryOperator::NotEq if a == b => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}
