//! `globals()`: names of the module looked up by text, as environments of several databases do it
//! (`globals()[f"upgrade_{engine_name}"]()`).

use super::function::Arguments;
use super::state::{Flow, Machine};
use crate::migration::Guard;
use crate::migration::python::{Handle, Kind, Source, Value};
use ruff_python_ast::ExprCall;
use smol_str::SmolStr;
use std::sync::Arc;

/// How a placeholder of a text begins.
const HOLE: &str = "{{";

impl<'a> Machine<'a> {
    /// A name of the module, or what is given in its place; a name that is known in part stands
    /// for all that it may be.
    pub(super) fn global_named(
        &mut self,
        number: u16,
        key: &Value,
        default: Option<Value>,
        place: Source,
    ) -> Value {
        match key.as_str() {
            Some(name) => self
                .global(number, name)
                .or(default)
                .unwrap_or_else(|| Value::unknown(format!("`{name}` is not known"), place)),
            None => {
                let owner = Value::new(Kind::Handle(Handle::Globals(number)), place);
                Value::new(Kind::Index(Arc::new((owner, key.clone()))), place)
            }
        }
    }

    /// Methods of `globals()`.
    pub(super) fn globals_method(
        &mut self,
        number: u16,
        name: &str,
        arguments: &Arguments,
        call: &'a ExprCall,
    ) -> Value {
        match (name, arguments.args.first()) {
            ("get", Some(key)) => {
                let default = arguments.argument(1, "default").cloned();
                self.global_named(number, key, default, self.source(call))
            }
            _ => self.unknown("what the module's names are", call),
        }
    }

    /// Calls every function of the module that the name may be: for each of several databases its
    /// own where the environment hands over which it is, else each under its condition.
    pub(super) fn call_each(
        &mut self,
        number: u16,
        key: &Value,
        arguments: &Arguments,
        call: &'a ExprCall,
    ) -> Option<Value> {
        let prefix = key.as_text()?.as_str().split(HOLE).next()?.to_owned();
        let module = self.modules.get(usize::from(number))?.module;
        let names = module.names().into_iter().map(SmolStr::new);
        let names: Vec<SmolStr> = names.filter(|name| name.starts_with(&*prefix)).collect();
        if prefix.is_empty() || names.is_empty() {
            return None;
        }
        for name in names {
            let Some(function) = self.global(number, &name) else { continue };
            if self.is_per_database {
                self.apply(function, arguments.clone(), call);
                continue;
            }
            let guard = Guard::Unknown(format!("{name} is asked for"));
            self.fork(
                guard,
                |machine| {
                    machine.apply(function, arguments.clone(), call);
                    Flow::Next
                },
                |_| Flow::Next,
            );
        }
        Some(self.unknown("what one of several functions gives", call))
    }
}
