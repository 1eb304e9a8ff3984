//! Python: models of SQLAlchemy, SQLModel, Flask-SQLAlchemy and Django, `Table(…)` calls, and SQL
//! in strings. Read over the syntax tree, never imported or run.

mod columns;
mod django;
mod model;
mod table;

use super::mention::{Mention, Model};
use super::sql;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, FStringPart, InterpolatedStringElement, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use smol_str::SmolStr;
use std::collections::HashMap;

/// What a module says of the database.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Classes that may be models.
    pub models: Vec<Model>,
    /// What it names outside models.
    pub mentions: Vec<Mention>,
}

/// Reads a module. Parts with syntax errors are left out.
pub(super) fn read(text: &str) -> Module {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let Some(module) = parsed.syntax().as_module() else { return Module::default() };
    let mut reader = Reader { constants: constants(&module.body), module: Module::default() };
    reader.visit_body(&module.body);
    reader.module
}

/// Strings that the module gives names to.
type Constants = HashMap<SmolStr, SmolStr>;

fn constants(body: &[Stmt]) -> Constants {
    let mut constants = Constants::new();
    for stmt in body {
        let Stmt::Assign(assign) = stmt else { continue };
        let Some(value) = string(&assign.value) else { continue };
        for target in &assign.targets {
            if let Expr::Name(name) = target {
                constants.insert(SmolStr::new(name.id.as_str()), value.clone());
            }
        }
    }
    constants
}

struct Reader {
    constants: Constants,
    module: Module,
}

impl<'a> Visitor<'a> for Reader {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::ClassDef(class) => {
                self.module.models.extend(model::read(class, &self.constants));
            }
            Stmt::Assign(assign) => self.module.models.extend(model::declarative_base(assign)),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                self.module.mentions.extend(table::read(call, &self.constants));
                walk_expr(self, expr);
            }
            Expr::StringLiteral(literal) => self.text(literal.value.to_str(), offset(literal)),
            Expr::FString(literal) => {
                let text = formatted(literal.value.as_slice());
                self.text(&text, offset(literal));
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }
}

impl Reader {
    fn text(&mut self, text: &str, offset: usize) {
        if sql::looks_like_sql(text) {
            // Lines inside the literal are counted from its start, escapes aside.
            self.module.mentions.extend(sql::mentions(text, offset));
        }
    }
}

/// An f-string with `{…}` for what is filled in.
fn formatted(parts: &[FStringPart]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            FStringPart::Literal(literal) => text.push_str(literal.as_str()),
            FStringPart::FString(formatted) => {
                for element in formatted.elements.iter() {
                    match element {
                        InterpolatedStringElement::Literal(literal) => {
                            text.push_str(&literal.value);
                        }
                        InterpolatedStringElement::Interpolation(_) => text.push_str("{}"),
                    }
                }
            }
        }
    }
    text
}

fn offset(node: &impl Ranged) -> usize {
    node.range().start().to_usize()
}

/// The text of a string literal.
fn string(expr: &Expr) -> Option<SmolStr> {
    match expr {
        Expr::StringLiteral(literal) => Some(SmolStr::new(literal.value.to_str())),
        _ => None,
    }
}

/// The text of a literal, or of a name that the module gives one to.
fn known_string(expr: &Expr, constants: &Constants) -> Option<SmolStr> {
    match expr {
        Expr::Name(name) => constants.get(name.id.as_str()).cloned(),
        Expr::Call(call) if last_name(&call.func) == Some("quoted_name") => {
            known_string(call.arguments.args.first()?, constants)
        }
        _ => string(expr),
    }
}

/// The last part of a dotted name.
fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Subscript(subscript) => last_name(&subscript.value),
        _ => None,
    }
}

/// `a.b` as text, for two parts at most.
fn dotted(expr: &Expr) -> Option<SmolStr> {
    match expr {
        Expr::Attribute(attribute) => match attribute.value.as_ref() {
            Expr::Name(name) => Some(SmolStr::new(format!("{}.{}", name.id, attribute.attr))),
            _ => Some(SmolStr::new(attribute.attr.as_str())),
        },
        Expr::Subscript(subscript) => dotted(&subscript.value),
        Expr::Name(name) => Some(SmolStr::new(name.id.as_str())),
        Expr::Call(call) => dotted(&call.func),
        _ => None,
    }
}

/// The value of a keyword argument.
fn keyword<'a>(call: &'a ExprCall, name: &str) -> Option<&'a Expr> {
    call.arguments.find_keyword(name).map(|keyword| &keyword.value)
}

fn is_true(expr: Option<&Expr>) -> bool {
    matches!(expr, Some(Expr::BooleanLiteral(literal)) if literal.value)
}
