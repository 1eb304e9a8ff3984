//! Members and methods of what sends statements: connections, sessions, contexts, batches.

use super::directive::Sent;
use super::function::Arguments;
use super::state::Machine;
use crate::migration::python::{Handle, Kind, Sender, Source, Value};
use crate::migration::{Dialect, Guard, ObjectKind};
use ruff_python_ast::ExprCall;
use std::sync::Arc;

impl<'a> Machine<'a> {
    /// The dialect as SQLAlchemy calls it.
    pub(super) fn dialect_name(&self) -> &'static str {
        match self.dialect {
            Dialect::Postgres => "postgresql",
            other => other.as_str(),
        }
    }

    pub(super) fn handle_attribute(
        &mut self,
        owner: Value,
        handle: &Handle,
        name: &str,
        place: Source,
    ) -> Value {
        let of = |handle| Value::new(Kind::Handle(handle), place);
        match (handle, name) {
            (
                Handle::Connection | Handle::Autocommit | Handle::Session | Handle::Context,
                "dialect",
            ) => of(Handle::Dialect),
            (Handle::Connection | Handle::Autocommit | Handle::Dialect, "name") => {
                Value::text(self.dialect_name(), place)
            }
            (Handle::Connection | Handle::Session | Handle::Context, "engine" | "bind") => {
                of(Handle::Connection)
            }
            (Handle::Connection | Handle::Context, "connection") => of(Handle::Connection),
            (Handle::Context, "as_sql") => {
                Value::new(Kind::Condition(Arc::new(Guard::Offline)), place)
            }
            // Without one the search path decides, and few environments name one.
            (Handle::Context, "version_table_schema") => Value::new(Kind::None, place),
            (Handle::Context, "impl" | "migration_context") => owner,
            (Handle::Batch(_), "impl" | "migration_context") => of(Handle::Context),
            (Handle::Module(number), _) => self.module_attribute(*number, name, place),
            (Handle::Class(number), _) => self.class_attribute(*number, name, place),
            (Handle::Inspector, "bind" | "engine") => of(Handle::Connection),
            (Handle::Inspector, "dialect") => of(Handle::Dialect),
            (Handle::Function(_), "__name__") => Value::unknown("a function's name", place),
            (Handle::Result(_), "rowcount") => Value::unknown("how many rows it changed", place),
            (Handle::Result(_), _) => {
                Value::unknown("a row's value is only known when it runs", place)
            }
            _ => Value::new(Kind::Attribute(Arc::new((owner, name.into()))), place),
        }
    }

    pub(super) fn handle_method(
        &mut self,
        handle: &Handle,
        name: &str,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let of = |machine: &Self, handle| machine.value(Kind::Handle(handle), call);
        match handle {
            Handle::Connection => self.connection(Sender::Connection, name, arguments, call),
            Handle::Autocommit => self.own_connection(name, arguments, call),
            Handle::Session => self.session(name, arguments, call),
            Handle::Context => match name {
                "autocommit_block" => {
                    super::container::call_of("alembic.autocommit_block", vec![], self.source(call))
                }
                "execute" => self.connection(Sender::Op, name, arguments, call),
                "is_transactional_ddl" => self.unknown("what the context says", call),
                "static_output" => self.value(Kind::None, call),
                _ => of(self, Handle::Context),
            },
            Handle::Dialect => self.dialect_method(name, arguments, call),
            Handle::Inspector => self.inspector_method(name, &arguments, call),
            Handle::Result(sql) => of(self, Handle::Result(sql.clone())),
            Handle::Listing(listing) => match name {
                // Keys and copies of what is listed are what is listed.
                "keys" | "values" | "items" | "copy" => of(self, Handle::Listing(listing.clone())),
                _ => of(self, Handle::Listed(listing.clone())),
            },
            Handle::Listed(listing) => match name {
                "get" => {
                    let element = of(self, Handle::Listed(listing.clone()));
                    match arguments.args.into_iter().next() {
                        Some(key) => {
                            let place = self.source(call);
                            self.item(element, &key, place)
                        }
                        None => self.unknown("what is listed", call),
                    }
                }
                _ => self.unknown("what is listed", call),
            },
            Handle::Batch(number) => self.batch_method(*number, name, arguments, call),
            Handle::Globals(number) => self.globals_method(*number, name, &arguments, call),
            Handle::Function(_) | Handle::Class(_) | Handle::Module(_) => {
                self.unknown("what a call gives", call)
            }
        }
    }

    fn dialect_method(&mut self, name: &str, arguments: Arguments, call: &'a ExprCall) -> Value {
        match name {
            "type_descriptor" => {
                let given = arguments.args.into_iter().next();
                given.unwrap_or_else(|| self.unknown("a type that is not given", call))
            }
            "has_table" => {
                let table = arguments.argument(1, "table_name");
                let schema = arguments.argument(2, "schema");
                self.existence(ObjectKind::Table, table, schema, call)
            }
            "has_index" => {
                let index = arguments.argument(2, "index_name");
                self.existence(ObjectKind::Index, index, None, call)
            }
            _ => self.unknown("what the dialect says", call),
        }
    }

    fn existence(
        &self,
        kind: ObjectKind,
        name: Option<&Value>,
        schema: Option<&Value>,
        call: &'a ExprCall,
    ) -> Value {
        let guard = name.and_then(|name| super::inspect::object(kind, name, schema));
        let guard = guard.unwrap_or_else(|| self.as_written(call));
        self.value(Kind::Condition(Arc::new(guard)), call)
    }

    fn connection(
        &mut self,
        sender: Sender,
        name: &str,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        match name {
            "execute" | "exec_driver_sql" | "scalar" | "scalars" | "executemany" => {
                self.execute(sender, arguments, call)
            }
            "has_table" => {
                let (table, schema) = (arguments.args.first(), arguments.argument(1, "schema"));
                self.existence(ObjectKind::Table, table, schema, call)
            }
            "run_callable" | "run_sync" => {
                let mut args = arguments.args.into_iter();
                let connection = self.value(Kind::Handle(Handle::Connection), call);
                match args.next() {
                    Some(function) => {
                        let rest = std::iter::once(connection).chain(args).collect();
                        let arguments = Arguments { args: rest, ..Arguments::default() };
                        self.apply(function, arguments, call)
                    }
                    None => self.unknown("what a call gives", call),
                }
            }
            "in_transaction" | "get_isolation_level" | "closed" => {
                self.unknown("what the connection says", call)
            }
            "commit" | "rollback" | "close" | "detach" | "invalidate" => {
                self.value(Kind::None, call)
            }
            "execution_options" if commits_each(&arguments) => {
                self.value(Kind::Handle(Handle::Autocommit), call)
            }
            _ => self.value(Kind::Handle(Handle::Connection), call),
        }
    }

    /// A method of a connection of which each statement commits by itself.
    fn own_connection(&mut self, name: &str, arguments: Arguments, call: &'a ExprCall) -> Value {
        let of = |machine: &mut Self| machine.connection(Sender::Connection, name, arguments, call);
        let value = match name {
            "execute" | "exec_driver_sql" | "scalar" | "scalars" | "executemany" => {
                self.autocommit(call, of)
            }
            _ => of(self),
        };
        match value.kind {
            Kind::Handle(Handle::Connection) => self.value(Kind::Handle(Handle::Autocommit), call),
            _ => value,
        }
    }

    fn session(&mut self, name: &str, arguments: Arguments, call: &'a ExprCall) -> Value {
        match name {
            "execute" | "scalar" | "scalars" => self.execute(Sender::Session, arguments, call),
            "connection" | "get_bind" | "bind" => {
                self.value(Kind::Handle(Handle::Connection), call)
            }
            "commit" | "rollback" | "close" | "flush" | "refresh" | "expunge" | "expunge_all"
            | "expire" | "expire_all" | "remove" | "configure" => self.value(Kind::None, call),
            "begin" | "begin_nested" => self.value(Kind::Handle(Handle::Session), call),
            "query" | "get" => self.query(name, arguments, call),
            _ => {
                self.opaque(call, &format!("rows are written through the ORM (`{name}`)"));
                self.unknown("what the session gives", call)
            }
        }
    }

    /// Sends a statement; gives its result.
    fn execute(&mut self, sender: Sender, mut arguments: Arguments, call: &'a ExprCall) -> Value {
        // A string that is no `text()` goes to the driver, whose marks stand for parameters.
        if let (Sender::Connection, Some(first)) = (sender, arguments.args.first_mut())
            && let Kind::Str(text) = &first.kind
        {
            first.kind = Kind::Str(Arc::new(super::format::without_marks(text)));
        }
        let text = arguments.args.first().and_then(super::directive::sql_text).cloned();
        let sent = Sent { name: "execute", sender, batch: None };
        self.send(sent, arguments, call, super::directive::name_of(call));
        self.value(Kind::Handle(Handle::Result(text)), call)
    }
}

/// `isolation_level="AUTOCOMMIT"`.
fn commits_each(arguments: &Arguments) -> bool {
    let level = arguments.keyword("isolation_level").and_then(Value::as_str);
    level.is_some_and(|level| level.eq_ignore_ascii_case("autocommit"))
}
