//! Expressions to values.

use super::super::paths::canonical;
use super::super::{limits, literal};
use super::environ;
use super::function::Arguments;
use super::state::{Body, Function, Machine};
use super::truth::Truth;
use crate::migration::Guard;
use crate::migration::python::{Handle, Kind, Source, Text, Value};
use ruff_python_ast::{
    BoolOp, Expr, ExprAttribute, ExprBoolOp, ExprLambda, ExprNumberLiteral, ExprSubscript, Number,
    UnaryOp,
};
use ruff_text_size::Ranged;
use smol_str::{SmolStr, format_smolstr};
use std::sync::Arc;

impl<'a> Machine<'a> {
    /// Evaluates an expression.
    pub(super) fn expression(&mut self, expr: &'a Expr) -> Value {
        if self.depth >= limits::DEPTH || !self.spend() {
            return self.unknown("it is too deep or too long to be evaluated", expr);
        }
        self.depth += 1;
        let value = self.evaluate(expr);
        self.depth -= 1;
        value
    }

    fn evaluate(&mut self, expr: &'a Expr) -> Value {
        match expr {
            Expr::NoneLiteral(_) => self.value(Kind::None, expr),
            Expr::BooleanLiteral(literal) => self.value(Kind::Bool(literal.value), expr),
            Expr::NumberLiteral(literal) => self.number(literal),
            Expr::StringLiteral(string) => {
                let mut text = Text::default();
                let (source, module) = (self.file_text(), self.module_number());
                for part in string.value.iter() {
                    literal::push(&mut text, part, source, module);
                }
                self.value(Kind::Str(Arc::new(text)), expr)
            }
            Expr::FString(string) => self.f_string(string),
            Expr::BytesLiteral(bytes) => {
                let all: Vec<u8> = bytes.value.bytes().collect();
                self.value(Kind::Bytes(all.into()), expr)
            }
            Expr::Name(name) => self.name(&name.id, expr),
            Expr::Attribute(attribute) => self.attribute_expression(attribute),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::Call(call) => self.call(call),
            Expr::List(list) => Kind::List(self.elements(&list.elts)).at(self, expr),
            Expr::Tuple(tuple) => Kind::Tuple(self.elements(&tuple.elts)).at(self, expr),
            Expr::Set(set) => Kind::Set(self.elements(&set.elts)).at(self, expr),
            Expr::Dict(dict) => self.dict(dict),
            Expr::BinOp(operation) => {
                let left = self.operand(&operation.left);
                let right = self.operand(&operation.right);
                self.operate(operation.op, left, right, self.source(expr))
            }
            Expr::UnaryOp(operation) => self.unary(operation.op, &operation.operand, expr),
            Expr::BoolOp(operation) => self.bool_op(operation),
            Expr::Compare(compare) => self.compare(compare),
            Expr::If(choice) => self.conditional(&choice.test, &choice.body, &choice.orelse),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr)
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::Named(named) => {
                let value = self.expression(&named.value);
                self.assign(&named.target, value.clone());
                value
            }
            Expr::Starred(starred) => self.expression(&starred.value),
            Expr::Await(wait) => self.expression(&wait.value),
            _ => self.unknown("it is not evaluated", expr),
        }
    }

    /// The text of the file whose code runs.
    pub(super) fn file_text(&self) -> &'a str {
        self.module().map_or("", |module| module.file.text())
    }

    fn number(&self, literal: &'a ExprNumberLiteral) -> Value {
        match &literal.value {
            Number::Int(value) => match value.as_i64() {
                Some(value) => self.value(Kind::Int(value), literal),
                None => self.value(Kind::Float(SmolStr::new(self.slice(literal))), literal),
            },
            Number::Float(value) => self.value(Kind::Float(format_smolstr!("{value:?}")), literal),
            Number::Complex { .. } => self.unknown("a complex number", literal),
        }
    }

    /// An operand of `+` or `%`: where a name stands, the string counts as written there.
    fn operand(&mut self, expr: &'a Expr) -> Value {
        let value = self.expression(expr);
        match (&value.kind, expr) {
            (Kind::Str(text), Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)) => {
                let place = self.source(expr);
                Value::new(Kind::Str(Arc::new(text.moved_to(place))), place)
            }
            _ => value,
        }
    }

    fn name(&mut self, name: &str, expr: &'a Expr) -> Value {
        if let Some(value) = self.lookup(name) {
            return value;
        }
        if super::builtin::is_builtin(name) {
            return self.value(Kind::Name(format_smolstr!("builtins.{name}")), expr);
        }
        self.unknown(format!("`{name}` is not known here"), expr)
    }

    fn attribute_expression(&mut self, attribute: &'a ExprAttribute) -> Value {
        let owner = self.expression(&attribute.value);
        let place = self.source(attribute);
        self.attribute(owner, &attribute.attr, place)
    }

    /// A member of a value.
    pub(super) fn attribute(&mut self, owner: Value, name: &str, place: Source) -> Value {
        match &owner.kind {
            Kind::Name(path) => {
                let full = canonical(&format!("{path}.{name}"));
                if let Some(value) = self.imported_member(&full, place) {
                    return value;
                }
                Value::new(Kind::Name(full), place)
            }
            Kind::Handle(handle) => {
                let handle = handle.clone();
                self.handle_attribute(owner, &handle, name, place)
            }
            Kind::Call(_) => self.call_attribute(owner, name, place),
            Kind::Unknown(_) => Value { source: place, ..owner },
            Kind::Attribute(_) if matches!(name, "value" | "name") => {
                let member = self.member_attribute(&owner, name, place);
                member.unwrap_or_else(|| {
                    Value::new(Kind::Attribute(Arc::new((owner, SmolStr::new(name)))), place)
                })
            }
            _ => Value::new(Kind::Attribute(Arc::new((owner, SmolStr::new(name)))), place),
        }
    }

    fn elements(&mut self, all: &'a [Expr]) -> Arc<[Value]> {
        let mut values = Vec::with_capacity(all.len());
        for expr in all {
            if !self.spend() {
                break;
            }
            match expr {
                Expr::Starred(starred) => {
                    let spread = self.expression(&starred.value);
                    match self.iterated(&spread) {
                        Some(all) => values.extend(all),
                        None => values.push(self.part_of(&spread, expr)),
                    }
                }
                _ => values.push(self.expression(expr)),
            }
        }
        values.into()
    }

    fn dict(&mut self, dict: &'a ruff_python_ast::ExprDict) -> Value {
        let mut items: Vec<(Value, Value)> = Vec::with_capacity(dict.items.len());
        for item in &dict.items {
            let value = self.expression(&item.value);
            match &item.key {
                Some(key) => {
                    let key = self.expression(key);
                    items.push((key, value));
                }
                None => match value.kind {
                    Kind::Dict(more) => items.extend(more.iter().cloned()),
                    _ => return self.unknown("it is made of another one, not known", dict),
                },
            }
        }
        self.value(Kind::Dict(items.into()), dict)
    }

    fn subscript(&mut self, subscript: &'a ExprSubscript) -> Value {
        let owner = self.expression(&subscript.value);
        let place = self.source(subscript);
        if let Expr::Slice(slice) = &*subscript.slice {
            let mut bound = |expr: &'a Option<Box<Expr>>| match expr {
                Some(expr) => match self.expression(expr).kind {
                    Kind::Int(value) => Some(Some(value)),
                    Kind::None => Some(None),
                    _ => None,
                },
                None => Some(None),
            };
            let bounds = (bound(&slice.lower), bound(&slice.upper), bound(&slice.step));
            return match bounds {
                (Some(from), Some(to), Some(None | Some(1))) => {
                    super::container::slice(&owner, from, to, place)
                }
                _ => self.unknown("a slice whose bounds are not known", subscript),
            };
        }
        let key = self.expression(&subscript.slice);
        self.item(owner, &key, place)
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr, whole: &'a Expr) -> Value {
        if op == UnaryOp::Not {
            let truth = self.truth_of(operand).negate();
            return self.value(truth.kind(), whole);
        }
        let value = self.expression(operand);
        match (op, &value.kind) {
            (UnaryOp::USub, Kind::Int(number)) => self.value(Kind::Int(-number), whole),
            (UnaryOp::USub, Kind::Float(number)) => {
                self.value(Kind::Float(format_smolstr!("-{number}")), whole)
            }
            (UnaryOp::UAdd, Kind::Int(_) | Kind::Float(_)) => value,
            (_, Kind::Unknown(_)) => value,
            (UnaryOp::Invert, _) => self.value(Kind::Operation("~", [value].into()), whole),
            (UnaryOp::USub, _) => self.value(Kind::Operation("unary -", [value].into()), whole),
            _ => self.unknown("an operator on something not known", whole),
        }
    }

    fn bool_op(&mut self, operation: &'a ExprBoolOp) -> Value {
        let decisive = operation.op == BoolOp::Or;
        let mut guards = Vec::new();
        let mut variables = 0;
        let mut last = None;
        for expr in &operation.values {
            let value = self.expression(expr);
            variables += usize::from(environ::is_variable(&value));
            match self.truth(&value, expr) {
                Truth::Known(truth) if truth == decisive => {
                    if guards.is_empty() {
                        return value;
                    }
                    // `os.environ.get("SCHEMA") or "billing"`.
                    if guards.len() == variables && decisive && value.as_text().is_some() {
                        return environ::assumed(&value);
                    }
                    guards.push(Truth::Known(truth).guard());
                    last = None;
                    break;
                }
                Truth::Known(_) => last = Some(value),
                Truth::When(guard) => {
                    guards.push(guard);
                    last = None;
                }
            }
        }
        if let (true, Some(value)) = (guards.is_empty(), last) {
            return value;
        }
        let guard = match (guards.len(), decisive) {
            (1, _) => guards.pop().unwrap_or_default(),
            (_, true) => Guard::Any(guards),
            (_, false) => guards.into_iter().fold(Guard::Always, Guard::and),
        };
        self.value(Kind::Condition(Arc::new(guard)), operation)
    }

    fn conditional(&mut self, test: &'a Expr, body: &'a Expr, orelse: &'a Expr) -> Value {
        match self.truth_of(test) {
            Truth::Known(true) => self.expression(body),
            Truth::Known(false) => self.expression(orelse),
            Truth::When(_) => {
                let (yes, no) = (self.expression(body), self.expression(orelse));
                if yes.kind == no.kind {
                    return yes;
                }
                self.unknown("it depends on a condition", body)
            }
        }
    }

    fn lambda(&mut self, lambda: &'a ExprLambda) -> Value {
        let enclosing = self.frames.get(self.current).and_then(|frame| frame.function);
        self.functions.push(Function {
            module: self.module_number(),
            parameters: lambda.parameters.as_deref(),
            body: Body::Lambda(&lambda.body),
            enclosing,
            is_generator: false,
        });
        let number = self.functions.len() - 1;
        self.value(Kind::Handle(Handle::Function(number)), lambda)
    }

    /// Arguments of a call, spread where they are known.
    pub(super) fn arguments(&mut self, written: &'a ruff_python_ast::Arguments) -> Arguments {
        let args = self.elements(&written.args).to_vec();
        let mut arguments = Arguments { args, ..Arguments::default() };
        for keyword in &written.keywords {
            let value = self.expression(&keyword.value);
            let span = super::super::module::span(keyword.range());
            match &keyword.arg {
                Some(name) => arguments.add(name, value, span),
                None => match &value.kind {
                    Kind::Dict(items) => {
                        for (key, value) in items.iter() {
                            if let Some(name) = key.as_str() {
                                arguments.add(name, value.clone(), span);
                            }
                        }
                    }
                    _ => arguments.is_open = true,
                },
            }
        }
        arguments
    }
}

impl Kind {
    fn at(self, machine: &Machine<'_>, expr: &Expr) -> Value {
        Value::new(self, machine.source(expr))
    }
}
