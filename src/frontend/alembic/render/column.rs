//! `sa.Column(…)`: its arguments, and its definition in DDL.

use super::args::{called, is_true, keyword, number};
use super::constraint::{Constraint, Kind as ConstraintKind, TableConstraint};
use super::expr::Expressions;
use super::flavor::Flavor;
use super::quote;
use super::stop::{Part, Stop};
use super::types::{self, TypeFacts};
use crate::migration::python::{self, Call, Kind, Value};
use std::ops::Deref;

pub use crate::migration::python::Key;

/// A column about to be defined.
#[derive(Debug, Clone)]
pub struct Column<'v>(python::Column<'v>);

impl<'v> Deref for Column<'v> {
    type Target = python::Column<'v>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// What the definition of a column depends on beside the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whether the column is part of the primary key.
    pub key: Key,
    /// Whether the key numbers itself.
    pub auto: Auto,
}

/// Whether a column is the one that numbers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auto {
    /// It does not.
    No,
    /// `SERIAL`, `AUTO_INCREMENT`.
    Yes,
    /// SQLite's `AUTOINCREMENT`, which carries the key itself.
    SqliteKeyword,
}

impl<'v> Column<'v> {
    /// The column that a value is.
    pub fn of(value: &'v Value) -> Option<Self> {
        python::Column::of(value).map(Self)
    }

    /// The facts of its type.
    pub fn facts(&self, flavor: Flavor) -> Option<TypeFacts> {
        self.data_type.map(|value| TypeFacts::of(value, flavor))
    }

    /// Whether it could number itself as the only member of the key.
    pub fn numbers_itself(&self, flavor: Flavor, alone: bool) -> bool {
        let explicit = self.keyword("autoincrement");
        match explicit.map(|value| &value.kind) {
            Some(Kind::Bool(true)) => return true,
            Some(Kind::Bool(false)) => return false,
            _ if !alone => return false,
            _ => {}
        }
        let ignores_keys = explicit.and_then(Value::as_str) == Some("ignore_fk");
        let defaults = self.keyword("default").is_some()
            || (self.keyword("server_default").is_some() && self.identity().is_none());
        let integer = self.facts(flavor).is_some_and(|facts| facts.affinity.is_integer());
        integer
            && !defaults
            && self.items("Computed").next().is_none()
            && (ignores_keys || !self.has_foreign_key())
    }

    /// The definition: name, type, default, nullability.
    pub fn definition(&self, place: Place, flavor: Flavor) -> Part<String> {
        let name = quote::quoted(&self.name, flavor);
        let rest = match flavor {
            Flavor::Postgres => self.on_postgres(place)?,
            Flavor::Mysql | Flavor::Mariadb => self.on_mysql(place, flavor)?,
            Flavor::Sqlite => self.on_sqlite(place)?,
        };
        let mut parts = vec![name, rest];
        parts.extend(self.checks(flavor)?);
        Ok(parts.join(" "))
    }

    fn type_sql(&self, flavor: Flavor) -> Part<String> {
        match self.data_type {
            Some(value) => types::sql(value, flavor),
            None if self.has_foreign_key() => {
                Stop::unknown("the column takes its type from the key that it references")
            }
            None => Stop::refused("a column without a type"),
        }
    }

    fn on_postgres(&self, place: Place) -> Part<String> {
        let flavor = Flavor::Postgres;
        let identity = self.identity();
        let mut sql = if place.auto == Auto::Yes && identity.is_none() {
            match self.facts(flavor).map(|facts| facts.affinity) {
                Some(types::Affinity::BigInteger) => "BIGSERIAL".to_owned(),
                Some(types::Affinity::SmallInteger) => "SMALLSERIAL".to_owned(),
                _ => "SERIAL".to_owned(),
            }
        } else {
            let default = self.default_sql(flavor)?.map(|default| format!(" DEFAULT {default}"));
            format!("{}{}", self.type_sql(flavor)?, default.unwrap_or_default())
        };
        if let Some(computed) = self.computed() {
            sql.push_str(&format!(" {}", computed_sql(computed, flavor)));
        }
        let nullable = self.is_nullable(place.key);
        match identity {
            Some(identity) => {
                sql.push_str(&format!(" {}", identity_sql(identity)));
                if nullable && self.keyword("nullable").is_some() {
                    sql.push_str(" NULL");
                }
            }
            None if !nullable => sql.push_str(" NOT NULL"),
            None => {}
        }
        Ok(sql)
    }

    fn on_mysql(&self, place: Place, flavor: Flavor) -> Part<String> {
        let mut sql = self.type_sql(flavor)?;
        if let Some(computed) = self.computed() {
            sql.push_str(&format!(" {}", computed_sql(computed, flavor)));
        }
        let nullable = self.is_nullable(place.key);
        if !nullable {
            sql.push_str(" NOT NULL");
        } else if self.facts(flavor).is_some_and(|facts| facts.timestamp) {
            sql.push_str(" NULL");
        }
        if let Some(comment) = self.comment() {
            sql.push_str(&format!(" COMMENT {}", quote::literal(&comment, flavor)));
        }
        if place.auto == Auto::Yes {
            sql.push_str(" AUTO_INCREMENT");
        } else if let Some(default) = self.default_sql(flavor)? {
            if is_mysql_expression(&default) {
                sql.push_str(&format!(" DEFAULT ({default})"));
            } else {
                sql.push_str(&format!(" DEFAULT {default}"));
            }
        }
        Ok(sql)
    }

    fn on_sqlite(&self, place: Place) -> Part<String> {
        let flavor = Flavor::Sqlite;
        let mut sql = self.type_sql(flavor)?;
        if let Some(default) = self.default_sql(flavor)? {
            sql.push_str(&format!(" DEFAULT {}", sqlite_default(&default)));
        }
        if !self.is_nullable(place.key) {
            sql.push_str(" NOT NULL");
        }
        if place.auto == Auto::SqliteKeyword {
            sql.push_str(" PRIMARY KEY AUTOINCREMENT");
        }
        if let Some(computed) = self.computed() {
            sql.push_str(&format!(" {}", computed_sql(computed, flavor)));
        }
        Ok(sql)
    }

    /// `GENERATED ALWAYS AS (…)`, where it is generated.
    pub fn generated(&self, flavor: Flavor) -> Option<String> {
        self.computed().map(|call| computed_sql(call, flavor))
    }

    fn default_sql(&self, flavor: Flavor) -> Part<Option<String>> {
        let computed = self.computed().is_some() || self.identity().is_some();
        match self.keyword("server_default").filter(|_| !computed) {
            Some(value) => default_sql(value, flavor),
            None => Ok(None),
        }
    }

    /// Checks of the column itself, which stand behind its definition.
    fn checks(&self, flavor: Flavor) -> Part<Vec<String>> {
        self.items("CheckConstraint")
            .map(|call| TableConstraint::of_call("CheckConstraint", call)?.sql(flavor))
            .filter_map(Result::transpose)
            .collect()
    }

    /// The foreign keys that start here, as constraints of the table.
    pub fn foreign_keys(&self) -> Part<Vec<TableConstraint<'v>>> {
        self.items("ForeignKey").map(|call| self.foreign_key(call)).collect()
    }

    fn foreign_key(&self, call: &'v Call) -> Part<TableConstraint<'v>> {
        let Some(target) = call.args.first().or_else(|| call.keyword("column")) else {
            return Stop::refused("a foreign key without a target");
        };
        let (table, column) = super::constraint::target(target)?;
        let kind = ConstraintKind::ForeignKey {
            columns: vec![self.name.clone()],
            table,
            references: vec![column],
        };
        Ok(TableConstraint(Constraint { kind, call: Some(call), name: None }))
    }

    /// The CHECK that its type brings with it.
    pub fn type_check(&self, flavor: Flavor) -> Option<String> {
        let check = self.facts(flavor)?.check?;
        let column = quote::quoted(&self.name, flavor);
        let name = check.name.map(|name| format!("CONSTRAINT {} ", quote::quoted(&name, flavor)));
        let values = check.values.join(", ");
        Some(format!("{}CHECK ({column} IN ({values}))", name.unwrap_or_default()))
    }
}

/// The SQL of a server default; `None` where it makes no DDL.
pub fn default_sql(value: &Value, flavor: Flavor) -> Part<Option<String>> {
    if let Some((name, call)) = called(value) {
        match name {
            "FetchedValue" => return Ok(None),
            "DefaultClause" | "ColumnDefault" | "ServerDefault" => {
                return call.args.first().map_or(Ok(None), |inner| default_sql(inner, flavor));
            }
            _ => {}
        }
    }
    match &value.kind {
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Dict(_) | Kind::List(_) => {
            Stop::refused("a server_default is a string or an SQL expression")
        }
        Kind::Str(text) if !text.is_known() => Ok(Some(text.as_str().to_owned())),
        _ => Ok(Some(Expressions::bare(flavor).sql(value))),
    }
}

/// A default as SQLite takes it: expressions stand in parentheses.
pub fn sqlite_default(default: &str) -> String {
    let plain = default.trim_start().starts_with(['\'', '"', '(']) || !has_symbol(default);
    if plain { default.to_owned() } else { format!("({default})") }
}

fn has_symbol(text: &str) -> bool {
    text.lines().next().unwrap_or("").chars().any(|c| !(c.is_alphanumeric() || c == '_'))
}

/// Whether MySQL wants a default in parentheses.
fn is_mysql_expression(default: &str) -> bool {
    if default.trim_start().starts_with(['\'', '"', '(']) || !has_symbol(default) {
        return false;
    }
    let upper = default.to_uppercase();
    let on_update = upper
        .find("ON ")
        .is_some_and(|at| upper.get(at + 3..).unwrap_or("").trim_start().starts_with("UPDATE"));
    let precise = ["NOW(", "CURRENT_TIMESTAMP("].iter().any(|name| {
        upper.strip_prefix(name).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    !on_update && !precise
}

/// `GENERATED ALWAYS AS (…)`.
fn computed_sql(call: &Call, flavor: Flavor) -> String {
    let expression = call.args.first().or_else(|| call.keyword("sqltext"));
    let expression =
        expression.map_or_else(String::new, |value| super::constraint::sql_text(value, flavor));
    let persisted = call.keyword("persisted").or_else(|| call.args.get(1));
    let kind = match persisted.and_then(Value::as_bool) {
        Some(true) => " STORED",
        Some(false) => " VIRTUAL",
        None => "",
    };
    format!("GENERATED ALWAYS AS ({expression}){kind}")
}

/// `GENERATED … AS IDENTITY`.
pub fn identity_sql(call: &Call) -> String {
    let always = is_true(call.args.first().or_else(|| call.keyword("always")));
    let kind = if always { "ALWAYS" } else { "BY DEFAULT" };
    let options = identity_options(call);
    if options.is_empty() {
        return format!("GENERATED {kind} AS IDENTITY");
    }
    format!("GENERATED {kind} AS IDENTITY ({})", options.join(" "))
}

/// The options of an identity's sequence.
pub fn identity_options(call: &Call) -> Vec<String> {
    let mut options = Vec::new();
    let pairs = [
        ("increment", "INCREMENT BY"),
        ("start", "START WITH"),
        ("minvalue", "MINVALUE"),
        ("maxvalue", "MAXVALUE"),
    ];
    for (name, words) in pairs {
        options.extend(keyword(call, name).map(|value| format!("{words} {}", number(value))));
    }
    let flags = [("nominvalue", "NO MINVALUE"), ("nomaxvalue", "NO MAXVALUE")];
    options.extend(
        flags.iter().filter(|(name, _)| is_true(call.keyword(name))).map(|(_, w)| (*w).to_owned()),
    );
    options.extend(keyword(call, "cache").map(|value| format!("CACHE {}", number(value))));
    options.extend(
        keyword(call, "cycle")
            .map(|value| if is_true(Some(value)) { "CYCLE" } else { "NO CYCLE" })
            .map(str::to_owned),
    );
    options
}
