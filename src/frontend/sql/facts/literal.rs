//! Literals and the form of whole expressions.

use super::names;
use crate::frontend::sql::types;
use crate::migration::{Dialect, ExprShape, FunctionCall};
use sqlparser::ast::{self, Expr, UnaryOperator, Value};

/// The expression without the parentheses around it.
pub fn bare(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

/// The expression without parentheses and casts.
pub fn uncast(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => inner,
            other => return other,
        }
    }
}

/// The literal's text without quotes, where the expression is one, also signed or cast. `NULL` is
/// none.
pub fn literal(expr: &Expr) -> Option<String> {
    match uncast(expr) {
        Expr::Value(value) => value_text(&value.value),
        Expr::TypedString(typed) => value_text(&typed.value.value),
        Expr::Interval(interval)
            if interval.leading_field.is_none() && interval.leading_precision.is_none() =>
        {
            literal(&interval.value)
        }
        Expr::Prefixed { value, .. } => literal(value),
        Expr::UnaryOp { op, expr } => signed(*op, expr),
        _ => None,
    }
}

fn signed(op: UnaryOperator, expr: &Expr) -> Option<String> {
    let Expr::Value(value) = uncast(expr) else { return None };
    let Value::Number(number, _) = &value.value else { return None };
    match op {
        UnaryOperator::Minus => Some(format!("-{number}")),
        UnaryOperator::Plus => Some(number.clone()),
        _ => None,
    }
}

/// The text of a value, where it is a literal and not `NULL` or a placeholder.
pub fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Placeholder(_) => None,
        Value::Boolean(value) => Some(value.to_string()),
        Value::Number(number, _) => Some(number.clone()),
        other => other.clone().into_string(),
    }
}

/// Whether the literal is written as a number or as a string; comparing texts of literals is
/// sound only within one kind.
pub fn is_number(expr: &Expr) -> bool {
    match uncast(expr) {
        Expr::Value(value) => matches!(value.value, Value::Number(..)),
        Expr::UnaryOp { expr, .. } => is_number(expr),
        _ => false,
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(uncast(expr), Expr::Value(value) if value.value == Value::Null)
}

/// The form of the whole expression.
pub fn shape(expr: &Expr, dialect: Dialect) -> ExprShape {
    let expr = bare(expr);
    if is_null(expr) {
        return ExprShape::Null;
    }
    if let Some(text) = literal(expr) {
        return ExprShape::Literal(text);
    }
    match expr {
        Expr::Function(function) => {
            call(function, dialect).map_or(ExprShape::Other, ExprShape::Call)
        }
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            simple_shape(expr, dialect).unwrap_or_default()
        }
        Expr::Cast { expr: inner, data_type, .. } => match simple_shape(bare(inner), dialect) {
            Some(ExprShape::Column(column)) => {
                ExprShape::ColumnCast(column, types::from_ast(data_type, dialect))
            }
            _ => ExprShape::Other,
        },
        _ => ExprShape::Other,
    }
}

fn simple_shape(expr: &Expr, dialect: Dialect) -> Option<ExprShape> {
    match expr {
        Expr::Identifier(name) => Some(match niladic(name) {
            Some(call) => ExprShape::Call(call),
            None => ExprShape::Column(names::ident(name, dialect)),
        }),
        Expr::CompoundIdentifier(parts) => {
            parts.last().map(|name| ExprShape::Column(names::ident(name, dialect)))
        }
        _ => None,
    }
}

/// Words that call a function without parentheses and that the parser takes for columns.
pub fn niladic(name: &ast::Ident) -> Option<FunctionCall> {
    const WORDS: [&str; 7] = [
        "current_role",
        "current_schema",
        "current_catalog",
        "current_user",
        "session_user",
        "localtime",
        "localtimestamp",
    ];
    if name.quote_style.is_some() {
        return None;
    }
    let word = WORDS.iter().find(|word| name.value.eq_ignore_ascii_case(word))?;
    Some(named(word, Vec::new()))
}

/// A call of a function of the server.
pub fn named(name: &str, arguments: Vec<Option<String>>) -> FunctionCall {
    FunctionCall::new(crate::migration::ObjectName::bare(name), arguments)
}

/// Syntax that looks like a call but is no function of the server: it has no volatility of its own.
const NO_FUNCTIONS: [&str; 13] = [
    "coalesce", "nullif", "greatest", "least", "row", "array", "grouping", "values", "any", "all",
    "some", "rollup", "cube",
];

/// The call; `None` for syntax that only looks like one (`COALESCE`, `ROW`).
pub fn call(function: &ast::Function, dialect: Dialect) -> Option<FunctionCall> {
    let name = names::function_name(&function.name, dialect);
    let bare_name = name.name.as_str();
    if name.schema.is_none() && NO_FUNCTIONS.contains(&bare_name) {
        return None;
    }
    let arguments = match &function.args {
        ast::FunctionArguments::List(list) => list.args.iter().map(argument).collect(),
        _ => Vec::new(),
    };
    Some(FunctionCall::new(name, arguments))
}

/// The literal text of an argument.
pub fn argument(argument: &ast::FunctionArg) -> Option<String> {
    use ast::{FunctionArg, FunctionArgExpr};
    let (FunctionArg::Named { arg, .. }
    | FunctionArg::ExprNamed { arg, .. }
    | FunctionArg::Unnamed(arg)) = argument;
    match arg {
        FunctionArgExpr::Expr(expr) => literal(expr),
        _ => None,
    }
}
