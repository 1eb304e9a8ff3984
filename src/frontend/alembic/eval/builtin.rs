//! Python's own functions, as far as migrations use them.

use super::super::limits;
use super::function::Arguments;
use super::state::Machine;
use super::truth::{Truth, known};
use crate::migration::Guard;
use crate::migration::python::{Handle, Kind, Source, Value};
use ruff_python_ast::ExprCall;
use std::sync::Arc;

const BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "callable",
    "chr",
    "dict",
    "dir",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "locals",
    "map",
    "max",
    "min",
    "next",
    "object",
    "open",
    "ord",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
    "Exception",
    "ValueError",
    "RuntimeError",
    "KeyError",
    "NotImplementedError",
    "NotImplemented",
    "TypeError",
    "AssertionError",
    "ImportError",
    "AttributeError",
    "StopIteration",
    "LookupError",
    "IndexError",
    "OSError",
    "property",
    "staticmethod",
    "classmethod",
    "memoryview",
    "bytearray",
    "input",
    "exit",
    "__name__",
    "__file__",
];

/// Whether Python itself knows the name.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

impl<'a> Machine<'a> {
    /// A call of one of Python's own functions.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        arguments: &Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let place = self.source(call);
        let first = arguments.args.first();
        let kind = match name {
            "str" => first.and_then(|value| super::format::str_of(value, place)).map(|v| v.kind),
            "repr" => {
                first.and_then(super::python_str::repr).map(|shown| Value::text(&shown, place).kind)
            }
            "len" => first.and_then(|value| self.length(value)),
            "range" => range(arguments, place),
            "bool" => first.and_then(known).map(Truth::kind),
            "int" => first.and_then(int),
            "float" => first.and_then(|value| match &value.kind {
                Kind::Float(_) | Kind::Int(_) => Some(value.kind.clone()),
                _ => None,
            }),
            "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter" => {
                self.sequence(name, arguments)
            }
            "dict" => self.dict_of(arguments, place),
            "enumerate" | "zip" => self.pairs(name, arguments, place),
            "any" | "all" => first.and_then(|value| self.quantified(name, value)),
            "next" => first.and_then(|value| self.next_of(value, arguments.args.get(1))),
            "min" | "max" | "sum" => self.number_of(name, arguments),
            "isinstance" => self.is_instance(arguments),
            "hasattr" => None,
            "getattr" => return self.get_attribute(arguments, place),
            "globals" => Some(Kind::Handle(Handle::Globals(self.module_number()))),
            "locals" | "vars" => None,
            "map" => return self.mapped(arguments, call),
            "filter" => None,
            "print" | "setattr" | "super" => Some(Kind::None),
            "object" | "type" => None,
            _ => None,
        };
        match kind {
            Some(kind) => Value::new(kind, place),
            None => self.unknown(format!("what `{name}()` gives"), call),
        }
    }

    fn length(&self, value: &Value) -> Option<Kind> {
        let length = match &value.kind {
            Kind::List(all) | Kind::Tuple(all) | Kind::Set(all) => all.len(),
            Kind::Dict(items) => items.len(),
            Kind::Str(text) if text.is_certain() => text.as_str().chars().count(),
            // `len(…) > 0` and `== 0` ask whether there is one.
            Kind::Condition(_) => return Some(value.kind.clone()),
            _ => return None,
        };
        i64::try_from(length).ok().map(Kind::Int)
    }

    fn sequence(&mut self, name: &str, arguments: &Arguments) -> Option<Kind> {
        let Some(first) = arguments.args.first() else {
            return Some(match name {
                "tuple" => Kind::Tuple([].into()),
                "set" | "frozenset" => Kind::Set([].into()),
                _ => Kind::List([].into()),
            });
        };
        if matches!(
            first.kind,
            Kind::Handle(Handle::Listing(_) | Handle::Result(_)) | Kind::Condition(_)
        ) {
            return Some(first.kind.clone());
        }
        let mut all = self.iterated(first)?;
        match name {
            "sorted" => {
                if arguments.keyword("key").is_some() {
                    return None;
                }
                let keys: Option<Vec<String>> =
                    all.iter().map(|value| value.as_str().map(str::to_owned)).collect();
                let mut keyed: Vec<(String, Value)> = keys?.into_iter().zip(all).collect();
                keyed.sort_by(|a, b| a.0.cmp(&b.0));
                if arguments.keyword("reverse").and_then(Value::as_bool) == Some(true) {
                    keyed.reverse();
                }
                all = keyed.into_iter().map(|(_, value)| value).collect();
            }
            "reversed" => all.reverse(),
            _ => {}
        }
        Some(match name {
            "tuple" => Kind::Tuple(all.into()),
            "set" | "frozenset" => Kind::Set(super::container::distinct(&all)),
            _ => Kind::List(all.into()),
        })
    }

    fn dict_of(&mut self, arguments: &Arguments, place: Source) -> Option<Kind> {
        let mut items = match arguments.args.first() {
            None => Vec::new(),
            Some(value) => match &value.kind {
                Kind::Dict(items) => items.to_vec(),
                _ => {
                    let pair = |value: &Value| match value.elements() {
                        Some([key, value]) => Some((key.clone(), value.clone())),
                        _ => None,
                    };
                    let all = self.iterated(value)?;
                    all.iter().map(pair).collect::<Option<Vec<_>>>()?
                }
            },
        };
        items = super::container::merged(&items, &arguments.pairs(place));
        Some(Kind::Dict(items.into()))
    }

    fn pairs(&mut self, name: &str, arguments: &Arguments, place: Source) -> Option<Kind> {
        let columns: Option<Vec<Vec<Value>>> = if name == "enumerate" {
            let all = self.iterated(arguments.args.first()?)?;
            let start = match arguments.argument(1, "start").map(|value| &value.kind) {
                Some(Kind::Int(start)) => *start,
                None => 0,
                _ => return None,
            };
            let numbers = (start..).take(all.len());
            let numbers = numbers.map(|number| Value::new(Kind::Int(number), place)).collect();
            Some(vec![numbers, all])
        } else {
            arguments.args.iter().map(|value| self.iterated(value)).collect()
        };
        let columns = columns?;
        let length = columns.iter().map(Vec::len).min().unwrap_or(0);
        let row = |at: usize| {
            let row = columns.iter().filter_map(|column| column.get(at).cloned());
            Value::new(Kind::Tuple(row.collect()), place)
        };
        Some(Kind::List((0..length).map(row).collect()))
    }

    fn quantified(&mut self, name: &str, value: &Value) -> Option<Kind> {
        if let Kind::Condition(_) = value.kind {
            return Some(value.kind.clone());
        }
        let mut guards = Vec::new();
        for one in self.iterated(value)? {
            match known(&one)? {
                Truth::Known(truth) if truth == (name == "any") => return Some(Kind::Bool(truth)),
                Truth::Known(_) => {}
                Truth::When(guard) => guards.push(guard),
            }
        }
        let guard = match (guards.len(), name) {
            (0, _) => return Some(Kind::Bool(name == "all")),
            (_, "any") => Guard::Any(guards),
            _ => guards.into_iter().fold(Guard::Always, Guard::and),
        };
        Some(Kind::Condition(Arc::new(guard)))
    }

    fn next_of(&mut self, value: &Value, otherwise: Option<&Value>) -> Option<Kind> {
        match &value.kind {
            Kind::Condition(_) => Some(value.kind.clone()),
            _ => {
                let all = self.iterated(value)?;
                all.first().or(otherwise).map(|value| value.kind.clone())
            }
        }
    }

    fn number_of(&mut self, name: &str, arguments: &Arguments) -> Option<Kind> {
        let all = match arguments.args.as_slice() {
            [one] => self.iterated(one)?,
            many => many.to_vec(),
        };
        let numbers: Option<Vec<i64>> = all
            .iter()
            .map(|value| match value.kind {
                Kind::Int(number) => Some(number),
                _ => None,
            })
            .collect();
        let numbers = numbers?;
        match name {
            "min" => numbers.into_iter().min(),
            "max" => numbers.into_iter().max(),
            _ => numbers.into_iter().try_fold(0_i64, i64::checked_add),
        }
        .map(Kind::Int)
    }

    /// `isinstance(bind.dialect, PGDialect)` is known; other questions of types mostly are not.
    fn is_instance(&mut self, arguments: &Arguments) -> Option<Kind> {
        let [value, class] = arguments.args.as_slice() else { return None };
        let classes = class.elements().unwrap_or(std::slice::from_ref(class));
        let mut any = false;
        for class in classes {
            let path = class.path()?;
            any |= match &value.kind {
                Kind::Handle(Handle::Dialect) => {
                    path.to_ascii_lowercase().contains(self.dialect_name())
                        || (self.dialect_name() == "postgresql" && path.contains("PGDialect"))
                }
                Kind::Str(_) => path == "builtins.str",
                Kind::Int(_) => path == "builtins.int",
                Kind::List(_) => path == "builtins.list",
                Kind::Tuple(_) => path == "builtins.tuple",
                Kind::Dict(_) => path == "builtins.dict",
                _ => return None,
            };
        }
        Some(Kind::Bool(any))
    }

    fn get_attribute(&mut self, arguments: &Arguments, place: Source) -> Value {
        match (arguments.args.first(), arguments.args.get(1).and_then(Value::as_str)) {
            (Some(owner), Some(name)) => {
                let name = name.to_owned();
                self.attribute(owner.clone(), &name, place)
            }
            _ => Value::unknown("what `getattr()` gives", place),
        }
    }

    fn mapped(&mut self, arguments: &Arguments, call: &'a ExprCall) -> Value {
        let place = self.source(call);
        let [function, over] = arguments.args.as_slice() else {
            return self.unknown("what `map()` gives", call);
        };
        let Some(all) = self.iterated(over) else {
            return self.unknown("what `map()` gives", call);
        };
        let mut results = Vec::with_capacity(all.len());
        for value in all {
            let arguments = Arguments { args: vec![value], ..Arguments::default() };
            results.push(self.apply(function.clone(), arguments, call));
        }
        Value::new(Kind::List(results.into()), place)
    }
}

fn range(arguments: &Arguments, place: Source) -> Option<Kind> {
    let bounds: Option<Vec<i64>> = arguments
        .args
        .iter()
        .map(|value| match value.kind {
            Kind::Int(number) => Some(number),
            _ => None,
        })
        .collect();
    let (from, to, step) = match bounds?.as_slice() {
        [to] => (0, *to, 1),
        [from, to] => (*from, *to, 1),
        [from, to, step] if *step != 0 => (*from, *to, *step),
        _ => return None,
    };
    let step_by = usize::try_from(step.unsigned_abs()).ok()?;
    let count = usize::try_from((to.checked_sub(from)?.checked_mul(step.signum())?).max(0)).ok()?;
    if count.div_ceil(step_by) > limits::ELEMENTS {
        return None;
    }
    let numbers = (0..count)
        .step_by(step_by)
        .filter_map(|at| from.checked_add(i64::try_from(at).ok()?.checked_mul(step.signum())?));
    Some(Kind::List(numbers.map(|number| Value::new(Kind::Int(number), place)).collect()))
}

fn int(value: &Value) -> Option<Kind> {
    match &value.kind {
        Kind::Int(number) => Some(Kind::Int(*number)),
        Kind::Bool(value) => Some(Kind::Int(i64::from(*value))),
        Kind::Str(text) if text.is_certain() => text.as_str().trim().parse().ok().map(Kind::Int),
        _ => None,
    }
}
