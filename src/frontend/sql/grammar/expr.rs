//! Expressions and queries: their extent is found here, their facts in [`super::super::facts`].

use super::super::cursor::{Cursor, Parsed};
use super::super::facts;
use super::super::scanner::TokenKind;
use crate::migration::{Expr, Query};
use std::sync::Arc;

/// All tokens of `part` as one expression.
pub(in super::super) fn expr(part: &Cursor<'_>) -> Parsed<Expr> {
    if part.is_done() {
        return Err(part.error("expected an expression"));
    }
    let span = part.rest();
    let mut expr = facts::expr(part.text(span), part.dialect());
    if expr.facts.is_none() {
        refuse_next_statement(part)?;
    }
    if part.is_masked(span) {
        expr.sql = Arc::from(part.written(span).trim());
    }
    Ok(expr)
}

/// A forgotten semicolon must not hide the next statement in an expression of which nothing is
/// known.
fn refuse_next_statement(part: &Cursor<'_>) -> Parsed<()> {
    let mut ahead = *part;
    ahead.bump();
    ahead.until(begins_statement);
    if ahead.is_done() { Ok(()) } else { Err(ahead.error("expected ';'")) }
}

fn begins_statement(cursor: &Cursor<'_>) -> bool {
    const HEADS: [&str; 10] = [
        "alter table",
        "alter type",
        "alter index",
        "create table",
        "create index",
        "create unique index",
        "drop table",
        "drop index",
        "insert into",
        "delete from",
    ];
    HEADS.iter().any(|head| cursor.sees(head))
}

/// The expression in the parentheses that come next.
pub(in super::super) fn in_parens(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    expr(&cursor.parens("'(' before an expression")?)
}

/// All tokens of `part` as one query.
pub(in super::super) fn query(part: &Cursor<'_>) -> Parsed<Query> {
    if part.is_done() {
        return Err(part.error("expected a query"));
    }
    let span = part.rest();
    let mut query = facts::query(part.text(span), part.dialect());
    if query.facts.is_err() {
        refuse_next_statement(part)?;
    }
    if part.is_masked(span) {
        query.sql = Arc::from(part.written(span).trim());
    }
    Ok(query)
}

/// The expression of a column's `DEFAULT`, which other constraints may follow.
pub(in super::super) fn default(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    expr(&cursor.until(ends_default))
}

/// Whether the expression before the cursor cannot go on: PostgreSQL's `b_expr` knows neither
/// `AND` nor `NOT`, so these words begin the next constraint.
fn ends_default(cursor: &Cursor<'_>) -> bool {
    if cursor.is_kind(TokenKind::Comma) {
        return true;
    }
    let Some(before) = cursor.previous() else { return false };
    if matches!(before.kind, TokenKind::Operator | TokenKind::Dot) {
        return false;
    }
    if cursor.is("default") || cursor.is("distinct") {
        return false;
    }
    let starts = before.kind == TokenKind::Word
        && cursor.text(before.span()).eq_ignore_ascii_case("default");
    !starts && (cursor.is_any(&FOLLOWERS) || is_negated_attribute(cursor))
}

const FOLLOWERS: [&str; 14] = [
    "constraint",
    "null",
    "check",
    "unique",
    "primary",
    "references",
    "generated",
    "collate",
    "deferrable",
    "initially",
    "autoincrement",
    "on",
    "storage",
    "compression",
];

fn is_negated_attribute(cursor: &Cursor<'_>) -> bool {
    ["not null", "not deferrable", "not valid", "not enforced"]
        .iter()
        .any(|words| cursor.sees(words))
}
