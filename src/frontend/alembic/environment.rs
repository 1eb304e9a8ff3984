//! What an `env.py` says of how migrations are run, read without running it.

use super::module::{Module, span};
use crate::migration::{TransactionMode, VersionTable};
use crate::source::Span;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

/// How the environment runs migrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// `transaction_per_migration=True`.
    pub transaction_per_migration: bool,
    /// `transactional_ddl=`, where it is said.
    pub transactional_ddl: Option<bool>,
    /// `render_as_batch=True`.
    pub render_as_batch: bool,
    /// Where the connection is handed over inside a transaction (`with engine.begin() as
    /// connection`): nothing that is said about transactions has an effect.
    pub outer_transaction: Option<Span>,
    /// `version_table=`, where it is said.
    pub version_table: Option<Said>,
    /// `version_table_schema=`, where it is said.
    pub version_table_schema: Option<Said>,
}

/// A text that an option is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A literal.
    Text(String),
    /// Something that is computed.
    Computed,
}

impl Said {
    fn of(value: &Expr) -> Option<Self> {
        match value {
            Expr::StringLiteral(text) => Some(Self::Text(text.value.to_str().to_owned())),
            Expr::NoneLiteral(_) => None,
            _ => Some(Self::Computed),
        }
    }
}

impl Environment {
    /// Reads an `env.py`.
    pub fn of(module: &Module) -> Self {
        let mut reader = Reader::default();
        for statement in module.body() {
            reader.visit_stmt(statement);
        }
        let mut environment = reader.environment;
        let mut begun = reader.begun.iter();
        environment.outer_transaction =
            begun.find(|(name, _)| reader.connections.contains(name)).map(|(_, place)| *place);
        environment
    }

    /// The table in which Alembic keeps the heads.
    pub fn version_table(&self) -> VersionTable {
        let text = |said: &Option<Said>, default: Option<&str>| match said {
            Some(Said::Text(text)) => Ok(Some(text.clone())),
            Some(Said::Computed) => Err(()),
            None => Ok(default.map(str::to_owned)),
        };
        let name = text(&self.version_table, Some("alembic_version"));
        match (text(&self.version_table_schema, None), name) {
            (Ok(schema), Ok(Some(name))) => VersionTable::Named { schema, name },
            _ => VersionTable::Unread,
        }
    }

    /// How a revision is sent on a dialect whose DDL is transactional or not.
    pub fn transaction(&self, ddl_is_transactional: bool) -> TransactionMode {
        if self.outer_transaction.is_some() {
            return TransactionMode::WholeRun;
        }
        match self.transactional_ddl.unwrap_or(ddl_is_transactional) {
            false => TransactionMode::Autocommit,
            true if self.transaction_per_migration => TransactionMode::PerScript,
            true => TransactionMode::WholeRun,
        }
    }
}

#[derive(Default)]
struct Reader {
    environment: Environment,
    /// Names passed as `connection=`.
    connections: Vec<String>,
    /// Names bound by `with ….begin() as name`, and where.
    begun: Vec<(String, Span)>,
}

impl Reader {
    fn configure(&mut self, call: &ExprCall) {
        for keyword in &call.arguments.keywords {
            let Some(name) = &keyword.arg else { continue };
            let flag = match &keyword.value {
                Expr::BooleanLiteral(literal) => Some(literal.value),
                _ => None,
            };
            let environment = &mut self.environment;
            match name.as_str() {
                // A value that is not literal is there to switch it on.
                "transaction_per_migration" => {
                    environment.transaction_per_migration |= flag.unwrap_or(true);
                }
                "transactional_ddl" => environment.transactional_ddl = flag,
                "render_as_batch" => environment.render_as_batch |= flag.unwrap_or(true),
                "version_table" => environment.version_table = Said::of(&keyword.value),
                "version_table_schema" => {
                    environment.version_table_schema = Said::of(&keyword.value);
                }
                "connection" => {
                    if let Expr::Name(name) = &keyword.value {
                        self.connections.push(name.id.to_string());
                    }
                }
                _ => {}
            }
        }
    }

    /// Options that are put together as a dictionary and passed with `**`.
    fn option(&mut self, key: &Expr, value: &Expr) {
        let Expr::StringLiteral(key) = key else { return };
        match key.value.to_str() {
            "version_table" => self.environment.version_table = Said::of(value),
            "version_table_schema" => self.environment.version_table_schema = Said::of(value),
            _ => {}
        }
        let Expr::BooleanLiteral(flag) = value else { return };
        match key.value.to_str() {
            "transaction_per_migration" => {
                self.environment.transaction_per_migration |= flag.value;
            }
            "render_as_batch" => self.environment.render_as_batch |= flag.value,
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Reader {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::With(with) = statement {
            for item in &with.items {
                let begins = matches!(&item.context_expr, Expr::Call(call)
                    if matches!(&*call.func, Expr::Attribute(attribute)
                        if attribute.attr.as_str() == "begin"));
                if let (true, Some(Expr::Name(name))) = (begins, item.optional_vars.as_deref()) {
                    self.begun.push((name.id.to_string(), span(item.range())));
                }
            }
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                let name = match &*call.func {
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    Expr::Name(name) => name.id.as_str(),
                    _ => "",
                };
                if name == "configure" {
                    self.configure(call);
                }
            }
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(key) = &item.key {
                        self.option(key, &item.value);
                    }
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;
    use std::sync::Arc;

    fn of(text: &str) -> Environment {
        Environment::of(&Module::parse(Arc::new(SourceFile::new("env.py", text)), None))
    }

    #[test]
    fn options_are_read_from_the_call() {
        let text = "
def run_migrations_online():
    with engine.connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
";
        let environment = of(text);
        assert!(environment.transaction_per_migration && environment.render_as_batch);
        assert_eq!(environment.outer_transaction, None);
        assert_eq!(environment.transaction(true), TransactionMode::PerScript);
        assert_eq!(environment.transaction(false), TransactionMode::Autocommit);
    }

    #[test]
    fn the_table_of_versions_is_read_where_it_is_literal() {
        let named = |schema: Option<&str>, name: &str| VersionTable::Named {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        let table = |text: &str| of(text).version_table();
        assert_eq!(table("context.configure(url=url)"), named(None, "alembic_version"));
        assert_eq!(
            table("context.configure(version_table='shop', version_table_schema=\"billing\")"),
            named(Some("billing"), "shop")
        );
        assert_eq!(table("options = {'version_table': 'shop'}"), named(None, "shop"));
        assert_eq!(table("context.configure(version_table=NAME)"), VersionTable::Unread);
    }

    #[test]
    fn a_connection_in_a_transaction_rules_all_else_out() {
        let text = "
with engine.begin() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
";
        assert!(of(text).outer_transaction.is_some());
        assert_eq!(of(text).transaction(true), TransactionMode::WholeRun);
        assert_eq!(of("context.configure(url=url)").transaction(true), TransactionMode::WholeRun);
    }
}
