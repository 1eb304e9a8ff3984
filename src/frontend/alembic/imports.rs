//! What a revision imports, and what it does with it.

use super::module::{Module, span};
use super::paths::is_foreign;
use crate::migration::python::{Import, Use};
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

/// The imports of a file, those of Alembic, SQLAlchemy and Python itself left out.
pub(super) fn of(module: &Module) -> Vec<Import> {
    if !has_some(module) {
        return Vec::new();
    }
    let mut found = Found::default();
    module.body().iter().for_each(|statement| found.visit_stmt(statement));
    let uses = found.uses;
    let used = |known: Known| {
        let mut import = known.import;
        for (path, use_) in &uses {
            let below = path.strip_prefix(&*known.bound);
            if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
                import.used = import.used.max(*use_);
            }
        }
        import
    };
    found.imports.into_iter().map(used).collect()
}

/// Whether a file imports anything of this kind: most do not, and are not walked through.
fn has_some(module: &Module) -> bool {
    let own = |path: &str| !is_foreign(path);
    let at_top = module.body().iter().any(|statement| match statement {
        Stmt::Import(import) => import.names.iter().any(|alias| own(&alias.name)),
        Stmt::ImportFrom(import) => import.module.as_ref().is_none_or(|module| own(module)),
        _ => false,
    });
    let indented = |line: &str| {
        let words = line.trim_start();
        words.len() < line.len() && (words.starts_with("from ") || words.starts_with("import "))
    };
    at_top || module.file.text().lines().any(indented)
}

/// An import under the name by which the file calls it.
struct Known {
    bound: String,
    import: Import,
}

#[derive(Default)]
struct Found {
    imports: Vec<Known>,
    /// Dotted names that are read, and what for.
    uses: Vec<(String, Use)>,
}

impl Found {
    fn add(&mut self, module: &str, bound: &str, statement: &Stmt) {
        if is_foreign(module) {
            return;
        }
        let import =
            Import { module: module.to_owned(), span: span(statement.range()), used: Use::Nothing };
        self.imports.push(Known { bound: bound.to_owned(), import });
    }

    /// An argument that stands for a column type: what it is called with is no part of the type's name.
    fn data_type(&mut self, expr: &Expr) {
        match (expr, dotted(expr)) {
            (_, Some(path)) => self.uses.push((path, Use::Types)),
            (Expr::Call(call), None) => {
                match dotted(&call.func) {
                    Some(path) => self.uses.push((path, Use::Types)),
                    None => self.visit_expr(&call.func),
                }
                self.visit_arguments(&call.arguments);
            }
            (other, None) => self.visit_expr(other),
        }
    }

    fn call(&mut self, call: &ExprCall) {
        self.visit_expr(&call.func);
        let callee = dotted(&call.func).unwrap_or_default();
        let is_column = matches!(callee.rsplit('.').next(), Some("Column" | "mapped_column"));
        for argument in &call.arguments.args {
            match is_column {
                true => self.data_type(argument),
                false => self.visit_expr(argument),
            }
        }
        for keyword in &call.arguments.keywords {
            match keyword.arg.as_ref().map(|name| name.as_str()) {
                Some("type_" | "existing_type") => self.data_type(&keyword.value),
                _ => self.visit_expr(&keyword.value),
            }
        }
    }
}

impl<'a> Visitor<'a> for Found {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.add(&alias.name, bound, statement);
                }
            }
            Stmt::ImportFrom(import) => {
                let dots = ".".repeat(usize::try_from(import.level).unwrap_or(0));
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                for alias in &import.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.add(&format!("{dots}{module}"), bound, statement);
                }
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match (expr, dotted(expr)) {
            (_, Some(path)) => self.uses.push((path, Use::Values)),
            (Expr::Call(call), None) => self.call(call),
            (other, None) => walk_expr(self, other),
        }
    }
}

/// `shop.models.Order`, where an expression is such a name.
fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => {
            Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;
    use std::sync::Arc;

    #[test]
    fn what_makes_types_is_told_from_what_is_read_and_from_what_is_not() {
        let text = "
import sqlalchemy as sa
import shop.types
import shop.config
import shop.enums as enums
from shop.models import (
    Order,
    Line,
)
from .helpers import step

def upgrade():
    from shop.services import notify
    op.add_column('orders', sa.Column('total', shop.types.Money(2)))
    op.alter_column('orders', 'state', type_=shop.types.State, existing_type=sa.Enum(enums.State))
    step(Order.__table__)
    notify()
";
        let module = Module::parse(Arc::new(SourceFile::new("a.py", text)), None);
        let found: Vec<(String, Use)> =
            of(&module).into_iter().map(|import| (import.module, import.used)).collect();
        let expected = [
            ("shop.types", Use::Types),
            ("shop.config", Use::Nothing),
            ("shop.enums", Use::Values),
            ("shop.models", Use::Values),
            ("shop.models", Use::Nothing),
            (".helpers", Use::Values),
            ("shop.services", Use::Values),
        ];
        assert_eq!(found, expected.map(|(module, used)| (module.to_owned(), used)));
        let plain = "from alembic import op\nimport sqlalchemy as sa\n\nop.drop_table('a')\n";
        let module = Module::parse(Arc::new(SourceFile::new("a.py", plain)), None);
        assert_eq!(of(&module), []);
    }
}
