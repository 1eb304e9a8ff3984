//! `security-definer-search-path`: a SECURITY DEFINER function takes the search path of its caller.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Expr, FunctionBody, Ident, QueryFacts,
};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, column_list};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a SECURITY DEFINER function runs on its caller's search path",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::CreateFunction(function) = &action.kind else { return None };
        let is_safe = !function.security_definer
            || function.settings.iter().any(|setting| setting == "search_path")
            || sets_later(context, &function.name.name)
            || is_bound(context, &function.body);
        if is_safe {
            return None;
        }
        let place = context.place(action.span)?;
        let message = format!("callers of `{}` can make it run functions of theirs with its owner's rights", function.name);
        let draft = Draft::at(place, Hazard::Other, message)
            .help("add SET search_path = '' (and write names with their schema), or SET search_path = pg_catalog, public, pg_temp");
        let draft = if context.project.layout == "supabase" {
            draft
                .severity(Severity::Note)
                .label("SECURITY DEFINER without SET search_path: callers of the API cannot set a search path, but whoever connects with SQL directly can")
        } else if names_schemas(&function.body) {
            draft
                .severity(Severity::Note)
                .label("SECURITY DEFINER without SET search_path: whoever may create objects in a schema can put functions and operators before the system's")
        } else {
            draft.label("SECURITY DEFINER without SET search_path: names in it mean what the caller wants")
        };
        let path = context.before().search_path();
        let setting = format!(" SET search_path = pg_catalog, {}, pg_temp", column_list(path));
        let edit = context.insert_behind_words("security definer", &setting);
        Some(match edit {
            Some(edit) => draft.fix(Applicability::Unsafe, "keep the search path of the migration", edit),
            None => draft,
        })
    }
}

/// Whether all names in the body were settled when it was made, and it calls nothing of the history
/// that looks for names when it runs.
fn is_bound(context: &StatementContext<'_>, body: &FunctionBody) -> bool {
    let actions = body.statements.iter().flat_map(|statement| &statement.actions);
    let queries = actions.filter_map(|action| action.kind.query()?.facts.as_ref().ok());
    let in_queries = queries.flat_map(|facts| &facts.functions);
    let mut calls = body.expression.iter().flat_map(Expr::functions).chain(in_queries);
    body.bound && calls.all(|call| context.before().routines(&call.name).is_empty())
}

/// Whether every relation in the body stands with its schema. A temporary table, which anyone can
/// make, then takes the place of none.
fn names_schemas(body: &FunctionBody) -> bool {
    let mut actions = body.statements.iter().flat_map(|statement| &statement.actions);
    let in_expression = body.expression.as_ref().is_none_or(expression_names_schemas);
    !body.opaque && in_expression && actions.all(|action| action_names_schemas(&action.kind))
}

fn action_names_schemas(kind: &ActionKind) -> bool {
    if let ActionKind::Evaluate(expr) = kind {
        return expression_names_schemas(expr);
    }
    let Some(query) = kind.query() else { return false };
    let is_known = query.facts.as_ref().is_ok_and(|facts| query_names_schemas(facts));
    is_known && kind.written_relation().is_none_or(|table| table.schema.is_some())
}

fn expression_names_schemas(expr: &Expr) -> bool {
    expr.facts.as_ref().is_some_and(|facts| query_names_schemas(&facts.queries))
}

fn query_names_schemas(facts: &QueryFacts) -> bool {
    facts.reads.iter().chain(&facts.writes).all(|name| name.schema.is_some())
}

/// Whether a later statement of the script gives it a search path.
fn sets_later(context: &StatementContext<'_>, name: &Ident) -> bool {
    let here = context.statement().span.start;
    let statements = context.script().into_iter().flat_map(|script| script.statements());
    statements.filter(|statement| statement.span.start > here).any(|statement| {
        let sql = statement.sql.to_ascii_lowercase();
        statement.actions.iter().any(|action| match &action.kind {
            ActionKind::AlterObject(object) => {
                object.name.as_ref().is_some_and(|altered| altered.name == *name)
                    && sql.contains("search_path")
            }
            _ => false,
        })
    })
}
