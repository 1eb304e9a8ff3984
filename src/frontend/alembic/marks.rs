//! Steps that Alembic takes besides directives: leaving its transaction and coming back, and places
//! that are not understood.

use crate::frontend::sql;
use crate::migration::python::{DirectiveCall, Value};
use crate::migration::{Action, ActionKind, Dialect, Forms, Makes, Origin, Statement};
use crate::source::MappedText;
use std::sync::Arc;

/// The statements of a mark; `None` where the call is a directive.
pub(super) fn statements(call: &DirectiveCall, dialect: Dialect) -> Option<Vec<Statement>> {
    let control = |sql: &str| {
        let mut text = MappedText::default();
        text.push(sql, call.span);
        sql::statements(&text, dialect, &call.guard, Origin::Implied)
    };
    match call.name.as_str() {
        // Where DDL commits by itself, Alembic has no transaction to leave.
        "begin_autocommit" | "end_autocommit" if dialect != Dialect::Postgres => Some(Vec::new()),
        "begin_autocommit" => Some(control("COMMIT")),
        "end_autocommit" => Some(control("BEGIN")),
        "opaque" => {
            let reason = call.args.first().and_then(Value::as_str).unwrap_or("not understood");
            Some(vec![Statement {
                span: call.span,
                sql: Arc::from(""),
                actions: vec![Action {
                    span: call.span,
                    kind: ActionKind::Opaque { reason: reason.to_owned(), makes: Makes::Anything },
                }],
                guard: call.guard.clone(),
                origin: Origin::TopLevel,
                forms: Forms::default(),
            }])
        }
        _ => None,
    }
}
