//! Directives: each call of `op`, of a batch, of a connection, as it was reached.

use super::super::limits;
use super::super::module::span;
use super::function::Arguments;
use super::state::{Flow, Machine};
use crate::migration::Guard;
use crate::migration::python::{Batch, DirectiveCall, Handle, Keyword, Kind, Sender, Text, Value};
use crate::source::{Place, Span};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};
use smol_str::SmolStr;
use std::sync::Arc;

/// How far back an opaque place is looked for before it is told again.
const REPEATED: usize = 64;

/// What is sent, and by what.
pub(super) struct Sent<'n> {
    pub name: &'n str,
    pub sender: Sender,
    pub batch: Option<Arc<Batch>>,
}

impl<'a> Machine<'a> {
    /// Notes a directive.
    pub(super) fn send(
        &mut self,
        sent: Sent<'_>,
        arguments: Arguments,
        call: &impl Ranged,
        name: TextRange,
    ) {
        if self.silent > 0 {
            return;
        }
        if self.calls.len() >= limits::DIRECTIVES {
            self.fuel = 0;
            return;
        }
        let args = arguments.args.into_iter().map(|value| self.face(value)).collect();
        let kwargs = arguments.kwargs.into_iter();
        let kwargs = kwargs.map(|keyword| Keyword { value: self.face(keyword.value), ..keyword });
        let kwargs: Vec<Keyword> = kwargs.collect();
        let (span, name_span, via) = self.places(call, name);
        let guard = self.guard();
        // Each round of a loop would say the same.
        let told = |one: &DirectiveCall| one.name == "opaque" && one.span == span;
        if sent.name == "opaque" && self.calls.iter().rev().take(REPEATED).any(told) {
            return;
        }
        self.calls.push(DirectiveCall {
            name: SmolStr::new(sent.name),
            args,
            kwargs,
            span,
            name_span,
            guard,
            commit: self.commit,
            sender: sent.sender,
            batch: sent.batch,
            via,
        });
    }

    /// Where a call is reported: itself, or the call in the migration that led to it.
    fn places(&self, call: &impl Ranged, name: TextRange) -> (Span, Span, Option<Place>) {
        let (here, name) = (span(call.range()), span(name));
        if self.module_number() == 0 {
            return (here, name, None);
        }
        let via = self.module().map(|module| Place { file: Arc::clone(&module.file), span: here });
        match self.site {
            Some(site) => (site.call, site.name, via),
            None => (Span::default(), Span::default(), via),
        }
    }

    /// Something that may do anything to the database.
    pub(super) fn opaque(&mut self, call: &impl Ranged, reason: &str) {
        let place = self.source(call);
        let args = vec![Value::text(reason, place)];
        let arguments = Arguments { args, ..Arguments::default() };
        let sent = Sent { name: "opaque", sender: Sender::Op, batch: None };
        self.send(sent, arguments, call, call.range());
    }

    /// The same, at a place in the migration.
    pub(super) fn opaque_at(&mut self, span: Span, reason: &str) {
        let place = crate::migration::python::Source::home(span);
        self.calls.push(DirectiveCall {
            name: SmolStr::new("opaque"),
            args: vec![Value::text(reason, place)],
            kwargs: Vec::new(),
            span,
            name_span: span,
            guard: Guard::Always,
            commit: self.commit,
            sender: Sender::Op,
            batch: None,
            via: None,
        });
    }

    /// The work for this file is used up: the rest of it is opaque, once.
    pub(super) fn out_of_fuel(&mut self, statement: &'a Stmt) -> Flow {
        let reason = "the revision does too much to be followed to its end";
        let told = self.calls.iter().rev().any(|call| {
            call.name == "opaque" && call.args.first().and_then(Value::as_str) == Some(reason)
        });
        if !told {
            self.opaque(statement, reason);
        }
        Flow::Raise
    }

    /// A call of Alembic's: a directive, or what it hands out.
    pub(super) fn alembic(
        &mut self,
        name: &str,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let handle = |handle| self.value(Kind::Handle(handle), call);
        match name {
            "op.get_bind" => handle(Handle::Connection),
            "op.get_context" | "context.get_context" | "context.get_impl" => {
                handle(Handle::Context)
            }
            "context.get_bind" => handle(Handle::Connection),
            "migration.MigrationContext.configure"
            | "runtime.migration.MigrationContext.configure" => handle(Handle::Context),
            "op.Operations" | "op.base.Operations" => {
                self.value(Kind::Name(SmolStr::new("alembic.op")), call)
            }
            "context.is_offline_mode" => {
                self.value(Kind::Condition(Arc::new(Guard::Offline)), call)
            }
            "op.f" => self.final_name(arguments, call),
            "op.inline_literal" => {
                let args = arguments.args;
                super::container::call_of("alembic.op.inline_literal", args, self.source(call))
            }
            "op.batch_alter_table" => self.open_batch(arguments, call),
            "op.run_async" => {
                let mut args = arguments.args.into_iter();
                let Some(function) = args.next() else {
                    return self.unknown("what a call gives", call);
                };
                let connection = self.value(Kind::Handle(Handle::Connection), call);
                let args = std::iter::once(connection).chain(args).collect();
                self.apply(function, Arguments { args, ..Arguments::default() }, call)
            }
            _ => match name.strip_prefix("op.") {
                Some(directive) => self.directive(directive, arguments, call),
                None => self.unknown("what Alembic says", call),
            },
        }
    }

    fn directive(&mut self, name: &str, arguments: Arguments, call: &'a ExprCall) -> Value {
        let result = match name {
            "create_table" => Some(super::container::call_of(
                "sqlalchemy.table",
                arguments.args.clone(),
                self.source(call),
            )),
            _ => None,
        };
        if arguments.is_open {
            self.opaque(call, "keyword arguments of it are not known");
            return self.value(Kind::None, call);
        }
        self.send(Sent { name, sender: Sender::Op, batch: None }, arguments, call, name_of(call));
        result.unwrap_or_else(|| self.value(Kind::None, call))
    }

    /// Methods of objects that make or drop themselves.
    pub(super) fn send_object(
        &mut self,
        name: &str,
        object: Value,
        mut arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        arguments.args.insert(0, object);
        self.send(
            Sent { name, sender: Sender::Connection, batch: None },
            arguments,
            call,
            name_of(call),
        );
        self.value(Kind::None, call)
    }

    fn open_batch(&mut self, arguments: Arguments, call: &'a ExprCall) -> Value {
        const NAMES: &[&str] =
            &["table_name", "schema", "recreate", "partial_reordering", "copy_from"];
        let mut table = None;
        let mut kwargs = Vec::new();
        for (value, name) in arguments.args.into_iter().zip(NAMES) {
            let span = value.source.span;
            kwargs.push(Keyword { name: SmolStr::new(name), value, span });
        }
        kwargs.extend(arguments.kwargs);
        if let Some(at) = kwargs.iter().position(|keyword| keyword.name == "table_name") {
            table = Some(kwargs.remove(at).value);
        }
        let number = self.batches.len();
        let (span, _, _) = self.places(call, call.range());
        let table = table.unwrap_or_else(|| self.unknown("no table is given", call));
        let table = self.face(table);
        self.batches.push(Arc::new(Batch { number, table, kwargs, span }));
        self.value(Kind::Handle(Handle::Batch(number)), call)
    }

    /// `op.f("…")`: a name as it is.
    fn final_name(&self, arguments: Arguments, call: &'a ExprCall) -> Value {
        match arguments.args.into_iter().next() {
            Some(Value { kind: Kind::Str(text), source }) => {
                Value::new(Kind::Str(Arc::new(text.finished())), source)
            }
            Some(other) => other,
            None => self.unknown("a name that is not given", call),
        }
    }

    pub(super) fn batch_method(
        &mut self,
        number: usize,
        name: &str,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        match name {
            "f" => self.final_name(arguments, call),
            "get_bind" => self.value(Kind::Handle(Handle::Connection), call),
            "get_context" => self.value(Kind::Handle(Handle::Context), call),
            _ => {
                let batch = self.batches.get(number).cloned();
                let sent = Sent { name, sender: Sender::Op, batch };
                self.send(sent, arguments, call, name_of(call));
                self.value(Kind::None, call)
            }
        }
    }
}

/// The name in a call.
pub(super) fn name_of(call: &ExprCall) -> TextRange {
    match &*call.func {
        Expr::Attribute(attribute) => attribute.attr.range(),
        other => other.range(),
    }
}

/// The SQL of a string, or of `sa.text("…")`.
pub(super) fn sql_text(value: &Value) -> Option<&Arc<Text>> {
    match &value.kind {
        Kind::Str(text) => Some(text),
        Kind::Call(call) if call.path() == Some("sqlalchemy.text") => sql_text(call.args.first()?),
        // `sa.text("…").bindparams(…)`.
        Kind::Call(call) => match &call.callee {
            crate::migration::python::Callee::Method(owner, _) => sql_text(owner),
            crate::migration::python::Callee::Path(_) => None,
        },
        _ => None,
    }
}
