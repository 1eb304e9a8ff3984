//! Directives to steps: rendered as SQL, then read by the SQL front end.

use super::marks;
use super::render::{RenderContext, Rendered, render};
use crate::frontend::sql;
use crate::migration::python::DirectiveCall;
use crate::migration::{Action, ActionKind, Forms, Makes, Origin, Statement, Step};
use crate::source::Span;
use std::sync::Arc;

/// The steps of a script's directives, in their order.
pub fn lower(calls: Vec<DirectiveCall>, context: &RenderContext<'_>) -> Vec<Step> {
    let calls: Vec<Arc<DirectiveCall>> = calls.into_iter().map(Arc::new).collect();
    let rendered = render(&calls, context);
    calls.into_iter().zip(rendered).map(|(call, one)| step(call, one, context)).collect()
}

fn step(call: Arc<DirectiveCall>, rendered: Rendered, context: &RenderContext<'_>) -> Step {
    if let Some(statements) = marks::statements(&call, context.target.dialect) {
        return Step { span: call.span, statements, directive: Some(call), sql: None };
    }
    let mut statements: Vec<Statement> = rendered
        .statements
        .into_iter()
        .flat_map(|one| {
            let origin = if one.implied { Origin::Implied } else { Origin::TopLevel };
            sql::statements(&one.sql, *context.target, &call.guard, origin)
        })
        .collect();
    statements.extend(rendered.stop.map(|stop| opaque(&call, stop.to_string(), context)));
    Step { span: call.span, sql: rendered.text, statements, directive: Some(call) }
}

/// A directive of which is not known what it sends.
fn opaque(call: &DirectiveCall, reason: String, context: &RenderContext<'_>) -> Statement {
    let span: Span = call.span;
    Statement {
        span,
        sql: Arc::from(context.file.slice(span)),
        actions: vec![Action { span, kind: ActionKind::Opaque { reason, makes: Makes::Anything } }],
        guard: call.guard.clone(),
        origin: Origin::TopLevel,
        forms: Forms::default(),
    }
}
