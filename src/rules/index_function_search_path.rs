//! `index-function-search-path`: an index calls a function that does not find what it names while the index is built.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Expr, FunctionCall, ObjectName, QueryFacts,
};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::{Routine, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index calls a function that does not find what it names while the index is built",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::CreateIndex(index) = &action.kind else { return None };
        if !context.target().at_least(17) {
            return None;
        }
        let table = context.resolve(&index.table);
        let keys = index.columns.iter().filter_map(|column| column.expr.as_ref());
        let calls = keys.chain(&index.predicate).flat_map(Expr::functions);
        let (function, named) = calls.into_iter().find_map(|call| lost(context, call))?;
        // A body in PL/pgSQL looks for names when it runs: for the first row.
        if function.language != "sql" && context.is_new(&table) {
            return None;
        }
        let message = format!("the migration fails here: function `{}` does not find `{named}`", function.name);
        Some(
            Draft::at(context.place(action.span)?, Hazard::Fails, message)
                .label("from PostgreSQL 17 on, indexes are built on a search_path of pg_catalog alone")
                .why("VACUUM, ANALYZE, REINDEX and REFRESH do the same, so that the index would break later")
                .help(format!("name it with its schema in the function's body, or give the function a path of its own:\n  ALTER FUNCTION {} SET search_path = public;", function.name))
                .relation(&table),
        )
    }
}

/// The function of the history that is called, and what it names without a schema.
fn lost<'a>(context: &StatementContext<'a>, call: &FunctionCall) -> Option<(&'a Routine, String)> {
    let schema = context.before();
    let mut found = schema.routines(&call.name).iter().filter(|routine| routine.certain);
    let routine = found.find(|routine| routine.arguments.len() == call.arguments.len())?;
    let has_path = routine.settings.iter().any(|setting| setting == "search_path");
    if routine.body.bound || has_path || !matches!(routine.language.as_str(), "sql" | "plpgsql") {
        return None;
    }
    let actions = routine.body.statements.iter().flat_map(|statement| &statement.actions);
    let in_statements = actions.filter_map(|action| match &action.kind {
        ActionKind::Evaluate(expr) => in_expression(schema, expr),
        kind => in_query(schema, kind.query()?.facts.as_ref().ok()?),
    });
    let in_own = routine.body.expression.iter().filter_map(|expr| in_expression(schema, expr));
    let named = in_own.chain(in_statements).next()?;
    Some((routine, named))
}

fn in_expression(schema: &Schema, expr: &Expr) -> Option<String> {
    let facts = expr.facts.as_ref()?;
    called(schema, &facts.functions).or_else(|| in_query(schema, &facts.queries))
}

fn in_query(schema: &Schema, facts: &QueryFacts) -> Option<String> {
    let read = facts.reads.iter().find(|name| is_relation(schema, name));
    read.map(ToString::to_string).or_else(|| called(schema, &facts.functions))
}

fn is_relation(schema: &Schema, name: &ObjectName) -> bool {
    name.schema.is_none() && schema.relation(&schema.resolve(name)).known().is_some()
}

/// A function of the history, or the one that gives its extension the name.
fn called(schema: &Schema, calls: &[FunctionCall]) -> Option<String> {
    let lost = |call: &&FunctionCall| {
        let name = &call.name;
        name.schema.is_none()
            && (!schema.routines(name).is_empty() || schema.has_extension(&name.name))
    };
    calls.iter().find(lost).map(|call| call.name.to_string())
}
