//! Conditions of branches as guards.

use super::variables::Variables;
use super::{Reader, catalog};
use crate::frontend::sql::facts::{self, Tokens};
use crate::migration::{Dialect, Guard, Ident, ObjectKind, ObjectName};
use sqlparser::ast::{self, BinaryOperator, Expr, SelectItem, SetExpr, UnaryOperator, Value};
use sqlparser::parser::Parser;

impl Reader<'_> {
    /// The guard that a condition is, and whether nothing in it stayed unknown.
    pub(super) fn condition(&self, from: usize, to: usize) -> (Guard, bool) {
        let text = self.slice(self.bytes(from, to));
        let tree = Tokens::new(text, Dialect::Postgres)
            .and_then(|tokens| tokens.parse(tokens.all(), Parser::parse_expr));
        let understood = tree.ok().and_then(|tree| guard(&tree, &self.variables));
        match understood {
            Some(guard) => {
                let known = is_known(&guard);
                (guard, known)
            }
            None => (Guard::Unknown(text.to_owned()), false),
        }
    }
}

/// The guard that a query gives a row: what `FOUND` says behind it.
pub fn finds_row(text: &str) -> Option<Guard> {
    let tokens = Tokens::new(text, Dialect::Postgres).ok()?;
    let query = tokens.parse(tokens.all(), Parser::parse_query).ok()?;
    catalog::exists(&query)
}

/// The guard that a condition of another dialect's block is; `None` where no part of it is
/// understood.
pub fn holds(text: &str, dialect: Dialect) -> Option<Guard> {
    let tokens = Tokens::new(text, dialect).ok()?;
    let tree = tokens.parse(tokens.all(), Parser::parse_expr).ok()?;
    let guard = guard(&tree, &Variables::default())?;
    Some(if dialect.is_mysql() { caseless(guard) } else { guard })
}

/// MySQL compares the names of columns, indexes and constraints without case.
fn caseless(guard: Guard) -> Guard {
    let all = |parts: Vec<Guard>| parts.into_iter().map(caseless).collect();
    match guard {
        Guard::Exists { kind, name, member } => {
            let member = member.map(|member| Ident::caseless(member.as_str()));
            Guard::Exists { kind, name, member }
        }
        Guard::Not(inner) => Guard::Not(Box::new(caseless(*inner))),
        Guard::All(parts) => Guard::All(all(parts)),
        Guard::Any(parts) => Guard::Any(all(parts)),
        other => other,
    }
}

fn is_known(guard: &Guard) -> bool {
    match guard {
        Guard::Unknown(_) => false,
        Guard::Not(inner) => is_known(inner),
        Guard::All(parts) | Guard::Any(parts) => parts.iter().all(is_known),
        _ => true,
    }
}

/// The guard of a condition; `None` where no part of it is understood.
fn guard(expr: &Expr, known: &Variables) -> Option<Guard> {
    match expr {
        Expr::Nested(inner) => guard(inner, known),
        Expr::Identifier(name) => known.answer(&name.value).cloned(),
        Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => guard(inner, known),
        Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => guard(inner, known).map(Guard::negate),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => guard(expr, known).map(Guard::negate),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let (left, right) = sides(left, right, known)?;
            Some(left.and(right))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            let (left, right) = sides(left, right, known)?;
            Some(Guard::Any(vec![left, right]))
        }
        Expr::BinaryOp { left, op, right } => count(left, op, right),
        Expr::Exists { subquery, negated } => {
            let exists = catalog::exists(subquery)?;
            Some(if *negated { exists.negate() } else { exists })
        }
        Expr::IsNull(inner) => to_regclass(inner).map(Guard::negate),
        Expr::IsNotNull(inner) => to_regclass(inner),
        Expr::Subquery(query) => guard(scalar(query)?, known),
        Expr::Value(value) if value.value == Value::Boolean(true) => Some(Guard::Always),
        Expr::Value(value) if value.value == Value::Boolean(false) => {
            Some(Guard::Not(Box::new(Guard::Always)))
        }
        _ => None,
    }
}

/// Both sides, of which one at least is understood; the other is kept as written.
fn sides(left: &Expr, right: &Expr, known: &Variables) -> Option<(Guard, Guard)> {
    let unknown = |expr: &Expr| Guard::Unknown(expr.to_string());
    match (guard(left, known), guard(right, known)) {
        (None, None) => None,
        (a, b) => Some((a.unwrap_or_else(|| unknown(left)), b.unwrap_or_else(|| unknown(right)))),
    }
}

/// `(SELECT count(*) FROM catalogue …) = 0`, `> 0`.
fn count(left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Guard> {
    let Expr::Subquery(query) = facts::bare(left) else { return None };
    let SetExpr::Select(select) = &*query.body else { return None };
    let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else {
        return None;
    };
    if facts::object_name(&function.name, Dialect::Postgres) != ObjectName::bare("count") {
        return None;
    }
    let number = facts::literal(right)?;
    let exists = catalog::matches(query)?;
    match (op, number.as_str()) {
        (BinaryOperator::Eq, "0") | (BinaryOperator::Lt, "1") => Some(exists.negate()),
        (BinaryOperator::Gt | BinaryOperator::NotEq, "0") | (BinaryOperator::GtEq, "1") => {
            Some(exists)
        }
        _ => None,
    }
}

/// `to_regclass('name')`, `to_regtype('name')`: whether it is not null.
fn to_regclass(expr: &Expr) -> Option<Guard> {
    let expr = match facts::uncast(expr) {
        Expr::Subquery(query) => facts::uncast(scalar(query)?),
        other => other,
    };
    let Expr::Function(function) = expr else { return None };
    let call = facts::call(function, Dialect::Postgres)?;
    let [Some(name)] = call.arguments.as_slice() else { return None };
    let name = catalog::regclass(name)?;
    match call.name.name.as_str() {
        "to_regclass" => Some(catalog::any_relation(&name)),
        "to_regtype" => Some(exists(ObjectKind::Type, name, None)),
        "to_regproc" => Some(exists(ObjectKind::Function, name, None)),
        "to_regnamespace" => Some(exists(ObjectKind::Schema, name, None)),
        _ => None,
    }
}

/// The expression of `(SELECT expression)` without `FROM`.
fn scalar(query: &ast::Query) -> Option<&Expr> {
    let SetExpr::Select(select) = &*query.body else { return None };
    if query.with.is_some() || !select.from.is_empty() || select.selection.is_some() {
        return None;
    }
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] => Some(expr),
        _ => None,
    }
}

/// The guard that an object exists.
pub(super) fn exists(kind: ObjectKind, name: ObjectName, member: Option<Ident>) -> Guard {
    Guard::Exists { kind, name, member }
}
