//! Statements: what binds names, what is called, how a block ends.

use super::state::{Flow, Machine};
use crate::migration::python::{Kind, Value};
use ruff_python_ast::{Expr, Stmt, StmtAugAssign};
use std::sync::Arc;

impl<'a> Machine<'a> {
    /// Runs statements until one leaves the block.
    pub(super) fn block(&mut self, body: &'a [Stmt]) -> Flow {
        for statement in body {
            let flow = self.statement(statement);
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    /// Runs one statement.
    pub(super) fn statement(&mut self, statement: &'a Stmt) -> Flow {
        if !self.spend() {
            return self.out_of_fuel(statement);
        }
        match statement {
            Stmt::If(branch) => return self.branch(branch),
            Stmt::Try(attempt) => return self.attempt(attempt),
            Stmt::Match(choice) => return self.choose(choice),
            Stmt::For(each) => return self.each(each),
            Stmt::While(repeat) => return self.repeat(repeat),
            Stmt::With(with) => return self.with(with),
            Stmt::Break(_) => return Flow::Break,
            Stmt::Continue(_) => return Flow::Continue,
            Stmt::Return(end) => {
                let value = match &end.value {
                    Some(value) => self.expression(value),
                    None => Value::new(Kind::None, self.source(end)),
                };
                self.returned(value);
                return Flow::Return;
            }
            Stmt::Raise(raise) => {
                if let Some(exception) = &raise.exc {
                    self.expression(exception);
                }
                return Flow::Raise;
            }
            _ => self.simple(statement),
        }
        Flow::Next
    }

    /// Statements behind which the next one always follows.
    fn simple(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Expr(expr) => self.effect(&expr.value),
            Stmt::Assign(assign) => {
                let value = self.expression(&assign.value);
                for target in &assign.targets {
                    self.assign(target, value.clone());
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.expression(value);
                    self.assign(&assign.target, value);
                }
            }
            Stmt::AugAssign(assign) => self.augment(assign),
            Stmt::FunctionDef(def) => {
                let number = self.define(def);
                let value = self.value(Kind::Handle(super::Handle::Function(number)), def);
                self.bind(&def.name, value);
            }
            Stmt::ClassDef(def) => self.class_definition(def),
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Global(global) => {
                let names = global.names.iter().map(|name| name.as_str().into());
                let names: Vec<_> = names.collect();
                if let Some(frame) = self.frame() {
                    frame.globals.extend(names);
                }
            }
            Stmt::Delete(delete) => self.delete(&delete.targets),
            _ => {}
        }
    }

    /// An expression that stands for what it does.
    fn effect(&mut self, expr: &'a Expr) {
        match expr {
            // A docstring.
            Expr::StringLiteral(_) | Expr::EllipsisLiteral(_) => {}
            Expr::Yield(inner) => self.yielded(inner.value.as_deref()),
            _ => {
                self.is_effect = matches!(expr, Expr::Call(_));
                self.expression(expr);
                self.is_effect = false;
            }
        }
    }

    /// A value with one of its members set; `None` where nothing is to be kept.
    fn with_attribute(&mut self, _owner: Value, _name: &str, _value: Value) -> Option<Value> {
        None
    }

    fn returned(&mut self, value: Value) {
        let base = self.frames.get(self.current).map_or(0, |frame| frame.path_base);
        let guard = self.guard_since(base);
        if let Some(frame) = self.frame() {
            frame.returns.push((guard, value));
        }
    }

    /// Gives a target its value.
    pub(super) fn assign(&mut self, target: &'a Expr, value: Value) {
        match target {
            Expr::Name(name) => self.bind(&name.id, value),
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, &value),
            Expr::List(list) => self.unpack(&list.elts, &value),
            Expr::Starred(starred) => self.assign(&starred.value, value),
            Expr::Subscript(subscript) => {
                let key = self.expression(&subscript.slice);
                let old = self.expression(&subscript.value);
                if let Some(new) = self.with_item(&old, &key, value) {
                    self.assign(&subscript.value, new);
                }
            }
            Expr::Attribute(attribute) => {
                let owner = self.expression(&attribute.value);
                if let Some(new) = self.with_attribute(owner, &attribute.attr, value) {
                    self.assign(&attribute.value, new);
                }
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Value) {
        let elements = self.iterated(value);
        let star = targets.iter().position(|target| matches!(target, Expr::Starred(_)));
        match (elements, star) {
            (Some(all), None) if all.len() == targets.len() => {
                for (target, value) in targets.iter().zip(all) {
                    self.assign(target, value);
                }
            }
            (Some(all), Some(star)) if all.len() + 1 >= targets.len() => {
                let after = targets.len() - star - 1;
                let middle = star..all.len() - after;
                let kept: Arc<[Value]> = all.get(middle.clone()).unwrap_or_default().into();
                let tail = all.iter().skip(middle.end);
                let list = Value::new(Kind::List(kept), value.source);
                let values = all.iter().take(star).cloned();
                let values: Vec<Value> = values.chain([list]).chain(tail.cloned()).collect();
                for (target, value) in targets.iter().zip(values) {
                    self.assign(target, value);
                }
            }
            _ => {
                for target in targets {
                    let part = self.part_of(value, target);
                    self.assign(target, part);
                }
            }
        }
    }

    fn augment(&mut self, assign: &'a StmtAugAssign) {
        let left = self.expression(&assign.target);
        let right = self.expression(&assign.value);
        let place = self.source(assign);
        let value = self.operate(assign.op, left, right, place);
        self.assign(&assign.target, value);
    }

    fn delete(&mut self, targets: &'a [Expr]) {
        for target in targets {
            if let Expr::Subscript(subscript) = target {
                let unknown = self.unknown("an element was deleted from it", subscript);
                self.assign(&subscript.value, unknown);
            }
        }
    }
}
