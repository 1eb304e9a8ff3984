//! What calls do: directives, statements, values of SQLAlchemy, Python's and the project's
//! functions.

use super::super::paths::is_foreign;
use super::function::Arguments;
use super::state::Machine;
use crate::migration::Guard;
use crate::migration::python::{Call, Callee, Handle, Kind, Value};
use ruff_python_ast::{Expr, ExprCall};
use smol_str::SmolStr;
use std::sync::Arc;

impl<'a> Machine<'a> {
    pub(super) fn call(&mut self, call: &'a ExprCall) -> Value {
        let is_effect = std::mem::take(&mut self.is_effect);
        if let Expr::Attribute(attribute) = &*call.func {
            let owner = self.expression(&attribute.value);
            let arguments = self.arguments(&call.arguments);
            if let Kind::List(_) | Kind::Set(_) | Kind::Dict(_) = owner.kind {
                let place = self.source(call);
                let (value, changed) =
                    self.container_method(&owner, &attribute.attr, &arguments, place);
                if let Some(new) = changed {
                    self.assign(&attribute.value, new);
                }
                return value;
            }
            let value = self.method(owner, &attribute.attr, arguments, call, is_effect);
            // Options of a connection stay with it, whether or not what the call gives is used.
            if let (Kind::Handle(Handle::Autocommit), Expr::Name(_)) =
                (&value.kind, &*attribute.value)
                && attribute.attr.as_str() == "execution_options"
            {
                self.assign(&attribute.value, value.clone());
            }
            return value;
        }
        let callee = self.expression(&call.func);
        let arguments = self.arguments(&call.arguments);
        self.is_effect = is_effect;
        let value = self.apply(callee, arguments, call);
        self.is_effect = false;
        value
    }

    /// `owner.name(…)`.
    fn method(
        &mut self,
        owner: Value,
        name: &str,
        arguments: Arguments,
        call: &'a ExprCall,
        is_effect: bool,
    ) -> Value {
        let place = self.source(call);
        if matches!(name, "create_all" | "drop_all") {
            return self.send_object(name, owner, arguments, call);
        }
        match &owner.kind {
            Kind::Str(text) => {
                let text = Arc::clone(text);
                self.string_method(&text, name, &arguments, place)
            }
            Kind::Tuple(_) => self.container_method(&owner, name, &arguments, place).0,
            Kind::Name(_) => {
                let member = self.attribute(owner, name, place);
                self.is_effect = is_effect;
                let value = self.apply(member, arguments, call);
                self.is_effect = false;
                value
            }
            Kind::Handle(Handle::Module(_) | Handle::Class(_)) => {
                let member = self.attribute(owner, name, place);
                self.is_effect = is_effect;
                let value = self.apply(member, arguments, call);
                self.is_effect = false;
                value
            }
            Kind::Handle(handle) => {
                let handle = handle.clone();
                self.handle_method(&handle, name, arguments, call)
            }
            Kind::Condition(guard) => self.listing_like(Arc::clone(guard), &owner, call),
            Kind::Unknown(why) => {
                let why = why.clone();
                self.not_known(call, &arguments, is_effect);
                Value::unknown(why, place)
            }
            _ => match self.object_method(&owner, name, &arguments, call, is_effect) {
                Some(value) => value,
                None => self.value_method(owner, name, arguments, call),
            },
        }
    }

    /// Methods of what a condition stands for: `[c for c in columns if …].pop()`.
    fn listing_like(&self, guard: Arc<Guard>, owner: &Value, call: &'a ExprCall) -> Value {
        let _ = owner;
        self.value(Kind::Condition(guard), call)
    }

    /// Methods of values that stand for SQL or objects of it.
    fn value_method(
        &mut self,
        owner: Value,
        name: &str,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let on_database = arguments.values().any(is_database);
        match name {
            "create" | "drop" if on_database || is_object(&owner) => {
                let name = if name == "create" { "create_object" } else { "drop_object" };
                return self.send_object(name, owner, arguments, call);
            }
            _ => {}
        }
        if let Some(value) = self.orm_method(&owner, name, &arguments, call) {
            return value;
        }
        if on_database && !is_sqlalchemy(&owner) {
            self.opaque(call, "it is given the connection");
        }
        self.made(Callee::Method(owner, SmolStr::new(name)), arguments, call)
    }

    /// Calls a value.
    pub(super) fn apply(
        &mut self,
        callee: Value,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let is_effect = std::mem::take(&mut self.is_effect);
        match callee.kind {
            Kind::Name(path) => self.call_path(path, arguments, call, is_effect),
            Kind::Handle(Handle::Function(number)) => self.call_function(number, arguments, call),
            Kind::Handle(Handle::Class(number)) => self.instance(number, arguments, call),
            Kind::Handle(Handle::Session) => callee,
            Kind::Attribute(member) => {
                let (owner, name) = (member.0.clone(), member.1.clone());
                self.method(owner, &name, arguments, call, is_effect)
            }
            Kind::Call(inner) if inner.path() == Some("functools.partial") => {
                let Some((function, first)) = inner.args.split_first() else {
                    return self.unknown("what a call gives", call);
                };
                let mut all = Arguments { args: first.to_vec(), ..Arguments::default() };
                for (name, value) in &inner.kwargs {
                    if arguments.keyword(name).is_none() {
                        all.add(name, value.clone(), value.source.span);
                    }
                }
                all.args.extend(arguments.args);
                all.kwargs.extend(arguments.kwargs);
                self.apply(function.clone(), all, call)
            }
            Kind::Call(inner) => {
                let callee = Value::new(Kind::Call(inner), callee.source);
                self.made(Callee::Method(callee, SmolStr::new("__call__")), arguments, call)
            }
            Kind::Unknown(why) => {
                self.not_known(call, &arguments, is_effect);
                self.unknown(why, call)
            }
            kind => {
                let several = match &kind {
                    Kind::Index(inner) => match inner.0.kind {
                        Kind::Handle(Handle::Globals(number)) => {
                            self.call_each(number, &inner.1, &arguments, call)
                        }
                        _ => None,
                    },
                    _ => None,
                };
                several.unwrap_or_else(|| {
                    self.not_known(call, &arguments, is_effect);
                    self.unknown("what a call gives", call)
                })
            }
        }
    }

    fn call_path(
        &mut self,
        path: SmolStr,
        arguments: Arguments,
        call: &'a ExprCall,
        is_effect: bool,
    ) -> Value {
        if let Some(name) = path.strip_prefix("builtins.") {
            return self.builtin(name, &arguments, call);
        }
        if let Some(name) = path.strip_prefix("alembic.") {
            return self.alembic(name, arguments, call);
        }
        if let Some(value) = self.known_path(&path, &arguments, call) {
            return value;
        }
        if !path.starts_with("sqlalchemy.") {
            // A wrapper of `op` that the environment brings along: what it wraps does the work.
            let wrapped = arguments.args.first().filter(|one| one.path() == Some("alembic.op"));
            let last = path.rsplit('.').next();
            let is_class = last.is_some_and(|name| name.starts_with(char::is_uppercase));
            if let (Some(value), true) = (wrapped, is_class) {
                return value.clone();
            }
            if !is_harmless(&path) {
                self.not_known(call, &arguments, is_effect);
            }
        }
        self.made(Callee::Path(path), arguments, call)
    }

    /// Calls of libraries whose results are known.
    fn known_path(
        &mut self,
        path: &str,
        arguments: &Arguments,
        call: &'a ExprCall,
    ) -> Option<Value> {
        let first = arguments.args.first();
        let handle = |handle| self.value(Kind::Handle(handle), call);
        match path {
            "sqlalchemy.inspect" if first.is_some_and(is_database) => {
                return Some(handle(Handle::Inspector));
            }
            "sqlalchemy.Inspector" | "sqlalchemy.Inspector.from_engine" => {
                return Some(handle(Handle::Inspector));
            }
            "sqlalchemy.orm.Session"
            | "sqlalchemy.orm.session.Session"
            | "sqlalchemy.orm.sessionmaker"
            | "sqlalchemy.orm.session.sessionmaker"
            | "sqlalchemy.orm.scoped_session"
            | "sqlmodel.Session" => return Some(handle(Handle::Session)),
            "textwrap.dedent" | "inspect.cleandoc" => {
                if let Some(Kind::Str(text)) = first.map(|value| &value.kind) {
                    let text = Arc::new(super::string::dedent(text));
                    return Some(self.value(Kind::Str(text), call));
                }
            }
            "json.dumps" if arguments.kwargs.is_empty() => {
                let text = super::json::dumps(first?)?;
                return Some(Value::text(&text, self.source(call)));
            }
            "collections.OrderedDict" => return Some(self.builtin("dict", arguments, call)),
            "itertools.chain" => {
                let parts: Option<Vec<Vec<Value>>> =
                    arguments.args.iter().map(|value| self.iterated(value)).collect();
                if let Some(parts) = parts {
                    return Some(self.value(Kind::List(parts.concat().into()), call));
                }
            }
            _ => {}
        }
        self.variable(path, arguments, self.source(call))
    }

    /// A call that stays one.
    fn made(&mut self, callee: Callee, arguments: Arguments, call: &'a ExprCall) -> Value {
        let args = arguments.args.into_iter().map(|value| self.face(value)).collect();
        let kwargs = arguments.kwargs.into_iter();
        let kwargs = kwargs.map(|keyword| (keyword.name, self.face(keyword.value))).collect();
        self.value(Kind::Call(Arc::new(Call { callee, args, kwargs })), call)
    }

    /// A call of which is not known what it does: opaque where it has the database in hand, or is
    /// called for nothing but what it does.
    fn not_known(&mut self, call: &'a ExprCall, arguments: &Arguments, is_effect: bool) {
        let written = self.slice(&*call.func);
        let is_told = is_effect && !is_harmless(written) && !changes_a_local(call);
        if arguments.values().any(is_database) || is_told {
            let written: String = written.chars().take(80).collect();
            self.opaque(call, &format!("`{written}` is not known"));
        }
    }
}

/// `rows.append(…)`, `seen[key].add(…)`: a container that is not known, and nothing else, changes.
fn changes_a_local(call: &ExprCall) -> bool {
    const CHANGES: &[&str] = &[
        "append",
        "extend",
        "add",
        "update",
        "pop",
        "setdefault",
        "remove",
        "insert",
        "discard",
        "clear",
        "sort",
        "close",
        "popitem",
        "reverse",
    ];
    match &*call.func {
        Expr::Attribute(attribute) => {
            CHANGES.contains(&attribute.attr.as_str())
                && matches!(&*attribute.value, Expr::Name(_) | Expr::Subscript(_) | Expr::Call(_))
        }
        _ => false,
    }
}

/// Whether a value gives access to the migrated database.
pub(super) fn is_database(value: &Value) -> bool {
    match &value.kind {
        Kind::Handle(handle) => matches!(
            handle,
            Handle::Connection
                | Handle::Autocommit
                | Handle::Session
                | Handle::Context
                | Handle::Batch(_)
        ),
        Kind::Name(path) => path == "alembic.op",
        Kind::Call(call) => match &call.callee {
            Callee::Method(owner, _) => is_database(owner),
            Callee::Path(_) => false,
        },
        _ => false,
    }
}

/// Whether a value is one of SQLAlchemy, so that its methods do nothing by themselves.
fn is_sqlalchemy(value: &Value) -> bool {
    match &value.kind {
        Kind::Call(call) => match &call.callee {
            Callee::Path(path) => path.starts_with("sqlalchemy."),
            Callee::Method(owner, _) => is_sqlalchemy(owner),
        },
        Kind::Attribute(member) => is_sqlalchemy(&member.0),
        _ => false,
    }
}

/// Whether a value is something that has `create` and `drop`.
fn is_object(value: &Value) -> bool {
    let last = value.path().and_then(|path| path.rsplit('.').next());
    matches!(last, Some("Enum" | "ENUM" | "Table" | "Index" | "Sequence" | "DOMAIN"))
}

/// Calls that only tell, wait or ask Python itself.
fn is_harmless(path: &str) -> bool {
    const TELLING: &[&str] = &[
        "info",
        "debug",
        "warning",
        "warn",
        "error",
        "exception",
        "log",
        "echo",
        "print",
        "write",
        "flush",
        "critical",
        "getLogger",
        "secho",
        "sleep",
    ];
    let last = path.rsplit('.').next().unwrap_or(path);
    is_foreign(path) || TELLING.contains(&last) || path.to_ascii_lowercase().contains("logger")
}
