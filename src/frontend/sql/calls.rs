//! Calls of functions whose dynamic SQL names what they are given: read again with the arguments.
//!
//! `SELECT audit.track('orders')` creates a trigger on `orders` when the function says `EXECUTE
//! 'CREATE TRIGGER … ON ' || tbl`. The body alone does not tell; with the literals of the call it
//! does. Definitions stand earlier in the history than their calls, so this runs behind the
//! parsing of all migrations, in their order.

use super::block;
use super::plpgsql::Argument;
use crate::migration::{
    Action, ActionKind, CreateFunction, FunctionCall, Ident, Migration, ObjectName, Parameter,
    Script, Statement,
};
use crate::source::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// How deep calls in bodies are followed.
const DEEPEST: u8 = 4;

/// Reads the bodies of functions of the history with the literals that they are called with.
/// Migrations are in their order; a way back is read with what its own way forward leaves.
pub fn bind(migrations: &mut [Migration]) {
    let mut known = Known::default();
    for migration in migrations {
        for script in [&mut migration.up, &mut migration.down].into_iter().flatten() {
            known.script(script);
        }
    }
}

/// A function whose body does not tell by itself what it runs.
struct Definition {
    name: ObjectName,
    parameters: Vec<Parameter>,
    text: Arc<str>,
}

/// The functions so far, by their bare names.
#[derive(Default)]
struct Known(HashMap<Ident, Vec<Definition>>);

impl Known {
    fn script(&mut self, script: &mut Script) {
        for statement in script.steps.iter_mut().flat_map(|step| &mut step.statements) {
            self.statement(statement, 0);
            for action in &mut statement.actions {
                if let ActionKind::CreateFunction(function) = &mut action.kind {
                    self.define(function);
                }
            }
        }
    }

    fn define(&mut self, function: &mut CreateFunction) {
        if !self.0.is_empty() {
            for statement in &mut function.body.statements {
                self.statement(statement, 1);
            }
        }
        let known = self.0.entry(function.name.name.clone()).or_default();
        known.retain(|one| {
            one.parameters.len() != function.parameters.len() || !one.is_named(&function.name)
        });
        if function.language == "plpgsql" && function.body.opaque {
            known.push(Definition {
                name: function.name.clone(),
                parameters: function.parameters.clone(),
                text: Arc::from(function.body.text.as_str()),
            });
        }
        if known.is_empty() {
            self.0.remove(&function.name.name);
        }
    }

    fn statement(&self, statement: &mut Statement, depth: u8) {
        if self.0.is_empty() || depth > DEEPEST {
            return;
        }
        for Action { kind, span } in &mut statement.actions {
            self.action(kind, *span, depth);
        }
    }

    fn action(&self, kind: &mut ActionKind, span: Span, depth: u8) {
        match kind {
            ActionKind::Select(query) => {
                let Ok(facts) = &mut query.facts else { return };
                if facts.functions.iter().any(|call| self.has(call)) {
                    self.calls(&mut Arc::make_mut(facts).functions, span, depth);
                }
            }
            ActionKind::Evaluate(expr) => {
                let Some(facts) = &mut expr.facts else { return };
                let queried = &facts.queries.functions;
                if facts.functions.iter().chain(queried).any(|call| self.has(call)) {
                    let facts = Arc::make_mut(facts);
                    self.calls(&mut facts.functions, span, depth);
                    self.calls(&mut facts.queries.functions, span, depth);
                }
            }
            ActionKind::Call(call) => self.calls(std::slice::from_mut(call), span, depth),
            _ => {}
        }
    }

    fn has(&self, call: &FunctionCall) -> bool {
        self.0.contains_key(&call.name.name)
    }

    fn calls(&self, calls: &mut [FunctionCall], span: Span, depth: u8) {
        for call in calls {
            let Some(arguments) = self.arguments(call) else { continue };
            let (definition, arguments) = arguments;
            let mut body = block::called(&definition.text, &arguments, span);
            for statement in &mut body.statements {
                self.statement(statement, depth + 1);
            }
            call.body = Some(Arc::new(body));
        }
    }

    /// The one function that a call can mean, with what it is given.
    fn arguments(&self, call: &FunctionCall) -> Option<(&Definition, Vec<Argument>)> {
        let candidates = self.0.get(&call.name.name)?;
        let mut fitting = candidates.iter().filter(|one| {
            one.is_named(&call.name)
                && call.arguments.len() <= one.parameters.len()
                && one.rest(call).all(|parameter| parameter.default.is_some())
        });
        let (Some(definition), None) = (fitting.next(), fitting.next()) else { return None };
        let given = call.arguments.iter().cloned();
        let defaults = definition.rest(call).map(|parameter| parameter.default.clone().flatten());
        let values = given.chain(defaults);
        let name =
            |parameter: &Parameter| parameter.name.as_ref().map(|name| name.as_str().to_owned());
        let arguments = definition.parameters.iter().zip(values);
        let arguments =
            arguments.map(|(parameter, value)| Argument { name: name(parameter), value });
        Some((definition, arguments.collect()))
    }
}

impl Definition {
    /// Whether a written name can mean it; a bare one is looked up in a path that is not followed.
    fn is_named(&self, written: &ObjectName) -> bool {
        match (&self.name.schema, &written.schema) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        }
    }

    /// The parameters that a call leaves to their defaults.
    fn rest(&self, call: &FunctionCall) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().skip(call.arguments.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::sql::parse;
    use crate::migration::{Dialect, Direction, ScriptSource, TransactionMode};
    use crate::source::{MappedText, SourceFile};

    fn migration(text: &str) -> Migration {
        let file = Arc::new(SourceFile::new("shop.sql", text));
        let text = MappedText::verbatim(&file, Span::new(0, text.len()));
        let (direction, transaction) = (Direction::Up, TransactionMode::PerScript);
        let up = parse(ScriptSource { file, text, direction, transaction }, Dialect::Postgres);
        let (id, description) = (String::new(), String::new());
        let (up, down, revision) = (Some(up), None, None);
        Migration { id, description, parents: Vec::new(), unread: None, up, down, revision }
    }

    /// What the calls of the last script run.
    fn called(scripts: &[&str]) -> Vec<String> {
        let mut migrations: Vec<Migration> = scripts.iter().copied().map(migration).collect();
        bind(&mut migrations);
        let up = migrations.pop().and_then(|last| last.up).expect("a script");
        let calls =
            up.statements().flat_map(|statement| &statement.actions).flat_map(
                |action| match &action.kind {
                    ActionKind::Select(query) => {
                        query.facts.as_ref().expect("facts").functions.clone()
                    }
                    ActionKind::Call(call) => vec![call.clone()],
                    _ => Vec::new(),
                },
            );
        let bodies = calls.filter_map(|call| call.body);
        bodies.flat_map(|body| body.statements.clone()).map(|one| one.sql.to_string()).collect()
    }

    const WATCH: &str = "CREATE FUNCTION watch(tbl regclass, col text DEFAULT 'id') RETURNS void LANGUAGE plpgsql AS $$
        BEGIN EXECUTE format('CREATE INDEX ON %s (%I)', tbl, col); END $$;";

    #[test]
    fn what_a_function_is_called_with_names_what_it_changes() {
        for (call, expected) in [
            ("SELECT watch('orders')", "CREATE INDEX ON orders (id)"),
            (
                "SELECT public.watch('orders'::regclass, 'status')",
                "CREATE INDEX ON orders (status)",
            ),
            ("SELECT * FROM watch('orders', 'status')", "CREATE INDEX ON orders (status)"),
            ("DO $$ BEGIN PERFORM watch('orders'); END $$", "CREATE INDEX ON orders (id)"),
        ] {
            assert_eq!(called(&[WATCH, call]), [expected], "{call}");
        }
        let procedure = "CREATE PROCEDURE drop_old(y int) LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DROP TABLE orders_' || y; END $$";
        assert_eq!(called(&[procedure, "CALL drop_old(2019)"]), ["DROP TABLE orders_2019"]);
    }

    #[test]
    fn the_definition_that_holds_at_the_call_is_read() {
        let newer = WATCH.replace("CREATE INDEX", "CREATE UNIQUE INDEX");
        let call = "SELECT watch('orders')";
        assert_eq!(called(&[WATCH, &newer, call]), ["CREATE UNIQUE INDEX ON orders (id)"]);
        let silent = "CREATE OR REPLACE FUNCTION watch(tbl regclass, col text) RETURNS void LANGUAGE plpgsql AS 'BEGIN END'";
        assert_eq!(called(&[WATCH, silent, call]), Vec::<String>::new());
    }

    #[test]
    fn calls_that_could_mean_several_functions_are_left_alone() {
        let other = WATCH.replace("regclass,", "text, quiet boolean DEFAULT true,");
        assert_eq!(called(&[WATCH, &other, "SELECT watch('orders')"]), Vec::<String>::new());
        assert_eq!(called(&[WATCH, "SELECT audit.watch('orders'), other('x')"]).len(), 1);
        let elsewhere = WATCH.replace("watch(", "audit.watch(");
        assert_eq!(called(&[&elsewhere, "SELECT billing.watch('orders')"]), Vec::<String>::new());
    }

    #[test]
    fn calls_in_bodies_are_followed_so_far() {
        let all = "CREATE FUNCTION watch_all() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM watch('orders'); END $$";
        let mut migrations = vec![migration(WATCH), migration(all)];
        bind(&mut migrations);
        let up = migrations.pop().and_then(|last| last.up).expect("a script");
        let text = format!("{:?}", up.steps);
        assert!(text.contains("CREATE INDEX ON orders (id)"), "{text}");
        let endless = "CREATE FUNCTION again(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE t; PERFORM again('SELECT 1'); END $$";
        assert!(!called(&[endless, "SELECT again('SELECT 2')"]).is_empty());
    }
}
