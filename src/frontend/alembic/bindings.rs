//! Which statements of a file's top level bind or change which name.
//!
//! Names are evaluated when they are asked for, so that of an imported module no more is looked at
//! than what a revision uses of it.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, Stmt};
use smol_str::SmolStr;
use std::collections::HashMap;

/// For each name the indexes of its statements, in their order.
pub(super) fn of(body: &[Stmt]) -> HashMap<SmolStr, Vec<usize>> {
    let mut names: HashMap<SmolStr, Vec<usize>> = HashMap::new();
    for (at, statement) in body.iter().enumerate() {
        let mut found = Found::default();
        found.visit_stmt(statement);
        for name in found.names {
            let places = names.entry(name).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
    names
}

#[derive(Default)]
struct Found {
    names: Vec<SmolStr>,
}

impl Found {
    fn add(&mut self, name: &str) {
        self.names.push(SmolStr::new(name));
    }
}

impl<'a> Visitor<'a> for Found {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(def) => self.add(&def.name),
            Stmt::ClassDef(def) => self.add(&def.name),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.add(bound.split('.').next().unwrap_or(bound));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.add(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Store => self.add(&name.id),
            // `NAMES.append(…)`, `TABLES["x"] = …` change what the name stands for.
            Expr::Attribute(attribute) => {
                if let Expr::Name(name) = &*attribute.value {
                    self.add(&name.id);
                }
                walk_expr(self, expr);
            }
            Expr::Subscript(subscript) if subscript.ctx == ExprContext::Store => {
                if let Expr::Name(name) = &*subscript.value {
                    self.add(&name.id);
                }
                walk_expr(self, expr);
            }
            Expr::Lambda(_) => {}
            _ => walk_expr(self, expr),
        }
    }
}
