//! SQL expressions of SQLAlchemy Core, with their values written as literals.

mod functions;
mod methods;
mod operators;
mod statement;
mod tables;
mod textual;

pub use operators::Level;
pub use statement::{bulk_insert, statement};
pub use tables::{CoreTable, column_of};
pub use textual::{bound_text, offline, text_sql, unescaped_text};

use super::args::{self, called};
use super::flavor::Flavor;
use super::{quote, types};
use crate::migration::python::{Callee, Kind, Value};

/// Whether columns carry their table's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `orders.id`, in queries and changes of rows.
    Qualified,
    /// `id`, in definitions.
    Bare,
}

/// What the writing of expressions depends on.
#[derive(Debug, Clone, Copy)]
pub struct Expressions {
    /// The dialect.
    pub flavor: Flavor,
    /// How columns are named.
    pub naming: Naming,
}

/// An expression and how loosely its outermost operator binds.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Its SQL.
    pub sql: String,
    /// Its outermost operator.
    pub level: Level,
}

impl Written {
    fn atom(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), level: Level::Atom }
    }

    /// In parentheses, where it binds too loosely to stand beside `outer`.
    fn beside(self, outer: Level) -> String {
        if self.level.needs_parentheses(outer) { format!("({})", self.sql) } else { self.sql }
    }

    /// In parentheses, where it is more than a name, a call or a list of conditions.
    fn grouped(self) -> String {
        match self.level {
            Level::Atom | Level::And | Level::Or => self.sql,
            _ => format!("({})", self.sql),
        }
    }
}

impl Expressions {
    /// Expressions in definitions of tables and indexes.
    pub fn bare(flavor: Flavor) -> Self {
        Self { flavor, naming: Naming::Bare }
    }

    /// Expressions in statements on rows.
    pub fn qualified(flavor: Flavor) -> Self {
        Self { flavor, naming: Naming::Qualified }
    }

    /// The SQL of an expression; strings are literals.
    pub fn sql(self, value: &Value) -> String {
        self.write(value).sql
    }

    /// The SQL of an expression, in parentheses unless it is a name or a call.
    pub fn grouped(self, value: &Value) -> String {
        self.write(value).grouped()
    }

    /// An expression.
    pub fn write(self, value: &Value) -> Written {
        match &value.kind {
            Kind::None => Written::atom("NULL"),
            Kind::Bool(truth) => Written::atom(self.truth(*truth)),
            Kind::Int(number) => Written::atom(number.to_string()),
            Kind::Float(number) => Written::atom(number.to_string()),
            Kind::Str(text) if text.is_known() => {
                Written::atom(quote::literal(text.as_str(), self.flavor))
            }
            Kind::Str(text) => Written::atom(format!("'{}'", text.as_str().replace('\'', "''"))),
            Kind::Attribute(_) | Kind::Index(_) => self.member(value),
            Kind::Operation(operator, operands) => self.operation(operator, operands),
            Kind::Call(call) => match &call.callee {
                Callee::Method(base, method) => self.method(base, method, call),
                Callee::Path(_) => self.call(value),
            },
            Kind::Unknown(why) => Written::atom(quote::placeholder(why)),
            _ => Written::atom(quote::placeholder("expression")),
        }
    }

    /// `true` and `false` as the dialect writes them.
    fn truth(self, truth: bool) -> &'static str {
        match (self.flavor, truth) {
            (Flavor::Sqlite, true) => "1",
            (Flavor::Sqlite, false) => "0",
            (_, true) => "true",
            (_, false) => "false",
        }
    }

    /// `orders.c.id`, `orders.c["id"]`.
    fn member(self, value: &Value) -> Written {
        match tables::column_of(value) {
            Some((table, column)) => self.column(&table, &column),
            None => Written::atom(quote::placeholder("expression")),
        }
    }

    fn column(self, table: &quote::TableName, column: &str) -> Written {
        let name = quote::quoted(column, self.flavor);
        match self.naming {
            Naming::Bare => Written::atom(name),
            Naming::Qualified => Written::atom(format!("{}.{name}", table.sql(self.flavor))),
        }
    }

    /// A call into SQLAlchemy.
    fn call(self, value: &Value) -> Written {
        let unknown = || Written::atom(quote::placeholder("expression"));
        if let Some(literal) = functions::python_literal(value) {
            return Written::atom(literal);
        }
        let Some(call) = value.as_call() else {
            return unknown();
        };
        if let Some(name) = call.path().and_then(functions::function_name) {
            return self.function(name, call);
        }
        let Some((name, call)) = called(value) else {
            return call.path().map_or_else(unknown, |path| self.operator_call(path, call));
        };
        let first = call.args.first();
        match name {
            "text" => first
                .map_or_else(unknown, |text| Written { sql: text_sql(text), level: Level::Atom }),
            "literal_column" => first
                .and_then(Value::as_text)
                .map_or_else(unknown, |text| Written::atom(text.as_str())),
            "column" | "Column" => {
                let name = first.and_then(quote::optional);
                name.map_or_else(unknown, |name| Written::atom(quote::quoted(&name, self.flavor)))
            }
            "literal" | "bindparam" | "_literal_bindparam" => self.literal(name, call),
            "null" => Written::atom("NULL"),
            "true" => Written::atom(self.truth(true)),
            "false" => Written::atom(self.truth(false)),
            "and_" => self.conjunction(&call.args, Level::And),
            "or_" => self.conjunction(&call.args, Level::Or),
            "not_" => first.map_or_else(unknown, |value| self.negation(value)),
            "desc" => first.map_or_else(unknown, |value| self.ordered(value, "DESC")),
            "asc" => first.map_or_else(unknown, |value| self.ordered(value, "ASC")),
            "cast" => self.cast(first, call.args.get(1).or_else(|| call.keyword("type_"))),
            "case" => self.case(call),
            "select" | "exists" => match statement(value, self.flavor) {
                Ok(query) => Written::atom(query),
                Err(_) => unknown(),
            },
            "tuple_" => {
                let all: Vec<String> = call.args.iter().map(|one| self.sql(one)).collect();
                Written::atom(format!("({})", all.join(", ")))
            }
            "collate" => self.collated(first, call.args.get(1)),
            _ => unknown(),
        }
    }

    /// `op.inline_literal("x")`.
    fn operator_call(self, path: &str, call: &crate::migration::python::Call) -> Written {
        match args::last(path) {
            "inline_literal" => call.args.first().map_or_else(
                || Written::atom(quote::placeholder("literal")),
                |value| self.write(value),
            ),
            _ => Written::atom(quote::placeholder("expression")),
        }
    }

    fn literal(self, name: &str, call: &crate::migration::python::Call) -> Written {
        let value = match name {
            "bindparam" => call.keyword("value").or_else(|| call.args.get(1)),
            _ => call.args.first(),
        };
        value.map_or_else(|| Written::atom("NULL"), |value| self.write(value))
    }

    fn cast(self, value: Option<&Value>, data_type: Option<&Value>) -> Written {
        let (Some(value), Some(data_type)) = (value, data_type) else {
            return Written::atom(quote::placeholder("cast"));
        };
        let inner = self.sql(value);
        let target = match types::sql(data_type, self.flavor) {
            Ok(target) => functions::cast_target(&target, self.flavor),
            Err(_) => quote::placeholder("type"),
        };
        Written::atom(format!("CAST({inner} AS {target})"))
    }

    fn collated(self, value: Option<&Value>, collation: Option<&Value>) -> Written {
        match (value, collation.and_then(quote::optional)) {
            (Some(value), Some(collation)) => Written {
                sql: format!(
                    "{} COLLATE {}",
                    self.sql(value),
                    quote::quoted(&collation, self.flavor)
                ),
                level: Level::Concat,
            },
            _ => Written::atom(quote::placeholder("collate")),
        }
    }
}
