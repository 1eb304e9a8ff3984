//! Calls of the project's own functions, evaluated with their arguments.

use super::super::limits;
use super::state::{Body, Flow, Frame, Function, Machine, Site, Until, Yield};
use super::truth::{Truth, known};
use crate::migration::Guard;
use crate::migration::python::{Keyword, Kind, Source, Value};
use crate::source::Span;
use ruff_python_ast::{Expr, ExprCall, Parameters};
use ruff_text_size::Ranged;
use smol_str::SmolStr;
use std::sync::Arc;

/// Arguments of a call, evaluated.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    pub args: Vec<Value>,
    pub kwargs: Vec<Keyword>,
    /// Whether `**` brings in some that are not known.
    pub is_open: bool,
}

/// How often one function may stand on the stack.
const SELF_CALLS: usize = 3;

impl Arguments {
    pub fn add(&mut self, name: &str, value: Value, span: Span) {
        self.kwargs.push(Keyword { name: SmolStr::new(name), value, span });
    }

    pub fn keyword(&self, name: &str) -> Option<&Value> {
        self.kwargs.iter().find(|keyword| keyword.name == name).map(|keyword| &keyword.value)
    }

    /// The argument at a position, or of a name.
    pub fn argument(&self, position: usize, name: &str) -> Option<&Value> {
        self.args.get(position).or_else(|| self.keyword(name))
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.args.iter().chain(self.kwargs.iter().map(|keyword| &keyword.value))
    }

    /// Keyword arguments as items of a dictionary.
    pub fn pairs(&self, place: Source) -> Vec<(Value, Value)> {
        let pair = |keyword: &Keyword| (Value::text(&keyword.name, place), keyword.value.clone());
        self.kwargs.iter().map(pair).collect()
    }
}

impl<'a> Machine<'a> {
    /// Runs `upgrade` or `downgrade`.
    pub(super) fn run(&mut self, name: &str) {
        let Some(value) = self.global(0, name) else { return };
        let Kind::Handle(super::Handle::Function(number)) = value.kind else {
            self.opaque_at(value.source.span, "it is no function of this file");
            return;
        };
        let Some(function) = self.functions.get(number).copied() else { return };
        let mut arguments = Arguments::default();
        let parameters = function.parameters.into_iter();
        for parameter in parameters.flat_map(|all| all.iter_non_variadic_params()) {
            let place = self.source(parameter);
            let name = parameter.name().as_str();
            let value = match name {
                "op" | "operations" => Value::new(Kind::Name("alembic.op".into()), place),
                _ if parameter.default.is_some() => continue,
                _ => {
                    self.is_per_database = true;
                    Value::unknown(format!("`{name}` is given by the environment"), place)
                }
            };
            arguments.add(name, value, place.span);
        }
        self.enter(number, function, arguments, None, place_of(function));
    }

    /// Calls a function of the project.
    pub(super) fn call_function(
        &mut self,
        number: usize,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let place = self.source(call);
        let Some(function) = self.functions.get(number).copied() else {
            return Value::unknown("a function that is not known", place);
        };
        let standing = self.frames.iter().filter(|frame| frame.function == Some(number)).count();
        if self.called >= limits::CALLS || standing >= SELF_CALLS {
            // What has no database in hand gives a value, and nothing else.
            if arguments.values().any(super::call::is_database) {
                self.opaque(call, "it calls itself, or others too deep");
            }
            return Value::unknown("what a function that calls itself gives", place);
        }
        if function.is_generator {
            return Value::unknown("what a generator gives", place);
        }
        let site = self.site_of(function, call);
        let outer = std::mem::replace(&mut self.site, site);
        let (value, _) = self.enter(number, function, arguments, None, place);
        self.site = outer;
        value
    }

    /// Runs a generator around the body of a `with`; `None` where it never yielded.
    pub(super) fn call_serving(
        &mut self,
        number: usize,
        arguments: Arguments,
        call: &'a ExprCall,
        served: Yield<'a>,
    ) -> Option<Flow> {
        let function = self.functions.get(number).copied()?;
        let site = self.site_of(function, call);
        let outer = std::mem::replace(&mut self.site, site);
        let place = self.source(call);
        let (_, served) = self.enter(number, function, arguments, Some(served), place);
        self.site = outer;
        served.and_then(|served| served.flow)
    }

    /// Where the migration itself calls into another file.
    fn site_of(&self, function: Function<'a>, call: &'a ExprCall) -> Option<Site> {
        if self.site.is_some() || function.module == 0 || self.module_number() != 0 {
            return self.site;
        }
        let span = super::super::module::span;
        let name = match &*call.func {
            Expr::Attribute(attribute) => attribute.attr.range(),
            other => other.range(),
        };
        Some(Site { call: span(call.range()), name: span(name) })
    }

    pub(super) fn enter(
        &mut self,
        number: usize,
        function: Function<'a>,
        arguments: Arguments,
        yields: Option<Yield<'a>>,
        place: Source,
    ) -> (Value, Option<Yield<'a>>) {
        let outer = self.current;
        self.current = self.frames.len();
        let path_base = self.path.len();
        self.frames.push(Frame {
            module: function.module,
            function: Some(number),
            path_base,
            yields,
            ..Frame::default()
        });
        self.called += 1;
        let depth = std::mem::take(&mut self.depth);
        if let Some(parameters) = function.parameters {
            self.take_arguments(parameters, arguments, place);
        }
        let (flow, result) = match function.body {
            Body::Statements(body) => (self.block(body), None),
            Body::Lambda(expr) => (Flow::Return, Some(self.expression(expr))),
        };
        let left = self.guard_since(path_base);
        self.end_conditions(path_base, Until::Function);
        self.called -= 1;
        self.depth = depth;
        let frame = self.frames.pop().unwrap_or_default();
        self.current = outer;
        if let Some(value) = result {
            return (value, frame.yields);
        }
        let mut returns = frame.returns;
        if flow == Flow::Next {
            returns.push((left, Value::new(Kind::None, place)));
        }
        (combined(returns, place), frame.yields)
    }

    fn take_arguments(&mut self, parameters: &'a Parameters, arguments: Arguments, place: Source) {
        let Arguments { args, mut kwargs, is_open } = arguments;
        let mut args = args.into_iter();
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        for parameter in positional {
            let name = parameter.name().as_str();
            let value = args.next().or_else(|| taken(&mut kwargs, name));
            self.parameter(parameter, value, is_open);
        }
        if let Some(rest) = &parameters.vararg {
            let value = Value::new(Kind::Tuple(args.collect()), place);
            self.bind(&rest.name, value);
        }
        for parameter in &parameters.kwonlyargs {
            let value = taken(&mut kwargs, parameter.name().as_str());
            self.parameter(parameter, value, is_open);
        }
        if let Some(rest) = &parameters.kwarg {
            let items = kwargs.into_iter();
            let items = items.map(|keyword| (Value::text(&keyword.name, place), keyword.value));
            let value = if is_open {
                Value::unknown("keyword arguments that are not known", place)
            } else {
                Value::new(Kind::Dict(items.collect()), place)
            };
            self.bind(&rest.name, value);
        }
    }

    fn parameter(
        &mut self,
        parameter: &'a ruff_python_ast::ParameterWithDefault,
        value: Option<Value>,
        is_open: bool,
    ) {
        let name = parameter.name();
        let value = match (value, &parameter.default) {
            (Some(value), _) => value,
            (None, Some(default)) if !is_open => self.expression(default),
            _ => self.unknown(format!("`{name}` is not given"), parameter),
        };
        self.bind(name, value);
    }
}

fn place_of(function: Function<'_>) -> Source {
    let span = function.parameters.map(|all| super::super::module::span(all.range()));
    Source { module: function.module, span: span.unwrap_or_default() }
}

fn taken(kwargs: &mut Vec<Keyword>, name: &str) -> Option<Value> {
    let at = kwargs.iter().position(|keyword| keyword.name == name)?;
    Some(kwargs.remove(at).value)
}

/// What a function gives that returns in several places, each under a condition.
fn combined(mut returns: Vec<(Guard, Value)>, place: Source) -> Value {
    let Some((_, first)) = returns.first() else { return Value::new(Kind::None, place) };
    if returns.iter().all(|(_, value)| value.kind == first.kind) {
        return returns.swap_remove(0).1;
    }
    let is_truth = |value: &Value| {
        matches!(value.kind, Kind::Bool(_) | Kind::Condition(_) | Kind::None)
            || matches!(value.kind, Kind::Handle(super::Handle::Result(_)))
    };
    if !returns.iter().all(|(_, value)| is_truth(value)) {
        return Value::unknown("it depends on a condition", place);
    }
    let mut ways = Vec::new();
    for (guard, value) in returns {
        match known(&value) {
            Some(Truth::Known(true)) => ways.push(guard),
            Some(Truth::Known(false)) => {}
            Some(Truth::When(truth)) => ways.push(guard.and(truth)),
            None => return Value::unknown("it depends on a condition", place),
        }
    }
    let guard = match ways.len() {
        0 => return Value::new(Kind::Bool(false), place),
        1 => ways.pop().unwrap_or_default(),
        _ => Guard::Any(ways),
    };
    match guard {
        Guard::Always => Value::new(Kind::Bool(true), place),
        guard => Value::new(Kind::Condition(Arc::new(guard)), place),
    }
}
