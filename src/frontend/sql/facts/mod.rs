//! Facts of expressions and queries: which functions, columns, relations and types they name, and
//! what a condition proves.
//!
//! [`expr`] and [`query`] take text as written; what the grammar refuses comes back without facts.
//! `tokens` and `rewrite` prepare the text for the parser, `walk_expr`, `walk_query` and
//! `walk_dml` walk its tree with the names in scope that `collect` keeps.

mod collect;
mod column_names;
mod conjunct;
mod literal;
mod names;
mod rewrite;
#[cfg(test)]
mod tests;
mod tokens;
mod walk_dml;
mod walk_expr;
mod walk_from;
mod walk_query;

pub(super) use collect::{Collector, CteName, Source};
pub(super) use literal::{bare, call, literal, uncast};
pub(super) use names::from_parts;
pub use names::{fold, ident, object_name};
pub(super) use tokens::{Refusal, Tokens};
pub(super) use walk_from::renamed;

use crate::migration::{Dialect, Expr, ExprFacts, Query, QueryFacts};
use sqlparser::ast;
use sqlparser::parser::Parser;
use std::sync::Arc;

/// Parses an expression and gathers its facts; a refused one has none.
pub fn expr(sql: &str, dialect: Dialect) -> Expr {
    let Ok(tokens) = Tokens::new(sql, dialect) else { return Expr::unknown(sql) };
    match tokens.parse(tokens.all(), Parser::parse_expr) {
        Ok(tree) => known_expr(sql, &tree, dialect),
        Err(_) => Expr::unknown(sql),
    }
}

/// Parses a query and gathers its facts; a refused one has none.
pub fn query(sql: &str, dialect: Dialect) -> Query {
    let tree = Tokens::new(sql, dialect)
        .and_then(|tokens| tokens.parse(tokens.all(), Parser::parse_query));
    match tree {
        Ok(tree) => {
            Query { sql: Arc::from(sql.trim()), facts: Ok(Arc::new(query_facts(&tree, dialect))) }
        }
        Err(refusal) => Query::refused(sql, refusal.message),
    }
}

/// The facts of a parsed expression under its text.
pub(super) fn known_expr(sql: &str, tree: &ast::Expr, dialect: Dialect) -> Expr {
    Expr { sql: Arc::from(sql.trim()), facts: Some(Arc::new(expr_facts(tree, dialect))) }
}

/// The facts of a parsed expression.
pub fn expr_facts(tree: &ast::Expr, dialect: Dialect) -> ExprFacts {
    let mut collector = Collector::expression(dialect);
    collector.expr(tree);
    let (mut functions, columns, casts) = collector.outer();
    let queries = collector.query_facts(None);
    let inner = queries.functions.iter().filter(|call| !functions.contains(call)).cloned();
    let inner: Vec<_> = inner.collect();
    functions.extend(inner);
    ExprFacts {
        functions,
        columns,
        casts,
        queries,
        shape: literal::shape(tree, dialect),
        conjuncts: conjunct::conjuncts(tree, dialect),
    }
}

/// The facts of a parsed query.
pub fn query_facts(tree: &ast::Query, dialect: Dialect) -> QueryFacts {
    let mut collector = Collector::statement(dialect);
    let output = collector.query(tree);
    collector.query_facts(output)
}

/// The expression of a function body `SELECT expr` or `RETURN expr`, where the body is that and
/// nothing more.
pub fn single_expression(sql: &str, dialect: Dialect) -> Option<Expr> {
    let sql = sql.trim().trim_end_matches(';');
    let tokens = Tokens::new(sql, dialect).ok()?;
    if !tokens.is_word(0, "select") && !tokens.is_word(0, "return") {
        return None;
    }
    let range = 1..tokens.len();
    let tree = tokens.parse(range.clone(), Parser::parse_expr).ok()?;
    Some(known_expr(tokens.text(range), &tree, dialect))
}
