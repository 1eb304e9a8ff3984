//! Queries of the ORM, as far as they change rows: `session.query(Order).filter(…).update(…)`.

use super::container::call_of;
use super::directive::Sent;
use super::function::Arguments;
use super::state::Machine;
use crate::migration::python::{Call, Callee, Handle, Kind, Sender, Source, Value};
use ruff_python_ast::ExprCall;
use smol_str::SmolStr;
use std::sync::Arc;

impl<'a> Machine<'a> {
    /// `session.query(…)`.
    pub(super) fn query(&mut self, name: &str, arguments: Arguments, call: &'a ExprCall) -> Value {
        if name == "get" {
            return self.value(Kind::Handle(Handle::Result(None)), call);
        }
        let session = self.value(Kind::Handle(Handle::Session), call);
        let args = arguments.args.into_iter().map(|value| self.face(value)).collect();
        let callee = Callee::Method(session, SmolStr::new("query"));
        self.value(Kind::Call(Arc::new(Call { callee, args, kwargs: Vec::new() })), call)
    }

    /// A method of a query; `None` where the value is no query.
    pub(super) fn orm_method(
        &mut self,
        owner: &Value,
        name: &str,
        arguments: &Arguments,
        call: &'a ExprCall,
    ) -> Option<Value> {
        let chain = Chain::of(owner)?;
        let place = self.source(call);
        match name {
            "update" | "delete" => {
                let Some(table) = chain.table() else {
                    self.opaque(call, "rows of a model that is not known are changed");
                    return Some(Value::unknown("how many rows it changed", place));
                };
                let statement = chain.statement(name, table, arguments, place);
                let sent = Sent { name: "execute", sender: Sender::Session, batch: None };
                let arguments = Arguments { args: vec![statement], ..Arguments::default() };
                self.send(sent, arguments, call, super::directive::name_of(call));
                Some(Value::unknown("how many rows it changed", place))
            }
            "all" | "first" | "one" | "one_or_none" | "scalar" | "count" | "get" | "yield_per"
            | "scalar_one" | "scalar_one_or_none" | "exists" => {
                Some(Value::new(Kind::Handle(Handle::Result(None)), place))
            }
            _ => None,
        }
    }
}

/// `name=value` of `filter_by(…)`: a column that is equal to it.
fn equals(name: &str, value: &Value) -> Value {
    let column = call_of("sqlalchemy.column", vec![Value::text(name, value.source)], value.source);
    Value::new(Kind::Operation("==", [column, value.clone()].into()), value.source)
}

/// A query put together by calls, outermost last.
struct Chain<'v> {
    query: &'v Call,
    conditions: Vec<Value>,
}

impl<'v> Chain<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        let mut conditions = Vec::new();
        let mut at = value;
        loop {
            let call = at.as_call()?;
            let Callee::Method(owner, name) = &call.callee else { return None };
            if name == "query" && matches!(owner.kind, Kind::Handle(Handle::Session)) {
                return Some(Self { query: call, conditions });
            }
            if matches!(name.as_str(), "filter" | "where" | "filter_by" | "join") {
                conditions.extend(call.args.iter().cloned());
                conditions.extend(call.kwargs.iter().map(|(name, value)| equals(name, value)));
            }
            at = owner;
        }
    }

    /// The table of the model that is asked for.
    fn table(&self) -> Option<&'v Value> {
        let first = self.query.args.first()?;
        match &first.kind {
            Kind::Call(call)
                if matches!(call.path(), Some("sqlalchemy.table" | "sqlalchemy.Table")) =>
            {
                Some(first)
            }
            _ => None,
        }
    }

    /// The same as an expression of SQLAlchemy's core.
    fn statement(&self, name: &str, table: &Value, arguments: &Arguments, place: Source) -> Value {
        let method = |owner: Value, name: &str, args: Vec<Value>| {
            let callee = Callee::Method(owner, SmolStr::new(name));
            Value::new(Kind::Call(Arc::new(Call { callee, args, kwargs: Vec::new() })), place)
        };
        let path = if name == "update" { "sqlalchemy.update" } else { "sqlalchemy.delete" };
        let mut statement = call_of(path, vec![table.clone()], place);
        if !self.conditions.is_empty() {
            let conditions = self.conditions.iter().rev().cloned().collect();
            statement = method(statement, "where", conditions);
        }
        if name == "update" {
            let values = arguments.args.first().cloned().into_iter().collect();
            statement = method(statement, "values", values);
        }
        statement
    }
}
