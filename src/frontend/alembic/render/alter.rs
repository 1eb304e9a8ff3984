//! `op.alter_column(…)`.

use super::args::{called, is_true};
use super::column::{default_sql, identity_options, identity_sql};
use super::flavor::Flavor;
use super::quote::{self, TableName};
use super::stop::{Part, Stop};
use super::types::{self, TypeFacts};
use super::{Sent, Written};
use crate::migration::python::{DirectiveCall, Kind, Value};

/// A column about to be changed.
pub struct Alter<'v> {
    directive: &'v DirectiveCall,
    table: TableName,
    column: String,
}

impl<'v> Alter<'v> {
    /// The change of `op.alter_column`.
    pub fn of(
        directive: &'v DirectiveCall,
        table: TableName,
        column: Option<&Value>,
    ) -> Part<Self> {
        match column {
            Some(column) => Ok(Self { directive, table, column: quote::text(column)? }),
            None => Stop::refused("alter_column without a column"),
        }
    }

    fn given(&self, name: &str) -> Option<&'v Value> {
        self.directive.keyword(name).filter(|value| !value.is_none())
    }

    /// A truth that is given.
    fn flag(&self, name: &str) -> Option<bool> {
        self.given(name).map(|value| is_true(Some(value)))
    }

    /// A default or comment: `False` means that it is not given, `None` that there is none.
    fn tristate(&self, name: &str) -> Option<&'v Value> {
        self.directive.keyword(name).filter(|value| value.kind != Kind::Bool(false))
    }

    fn new_name(&self) -> Part<Option<String>> {
        let new = self.given("new_column_name").or_else(|| self.given("name"));
        new.map(quote::text).transpose()
    }

    /// Sends what the change takes.
    pub fn send(&self, flavor: Flavor, sent: &mut Sent) -> Part<()> {
        self.drop_type_check(flavor, sent)?;
        if flavor.is_mysql() {
            self.on_mysql(flavor, sent)?;
        } else {
            self.in_steps(flavor, sent)?;
        }
        self.add_type_check(flavor, sent)
    }

    fn head(&self, flavor: Flavor) -> String {
        let column = quote::quoted(&self.column, flavor);
        format!("ALTER TABLE {} ALTER COLUMN {column}", self.table.sql(flavor))
    }

    /// PostgreSQL and SQLite: one statement for each thing that changes. SQLite knows none of them
    /// but RENAME.
    fn in_steps(&self, flavor: Flavor, sent: &mut Sent) -> Part<()> {
        let head = self.head(flavor);
        let postgres = flavor == Flavor::Postgres;
        if postgres && let Some(data_type) = self.given("type_") {
            let using = self.given("postgresql_using").and_then(quote::optional);
            let using = using.map(|using| format!(" USING {using}")).unwrap_or_default();
            sent.push(Written::own(format!(
                "{head} TYPE {}{using}",
                types::sql(data_type, flavor)?
            )));
        } else if postgres && self.given("postgresql_using").is_some() {
            return Stop::refused("postgresql_using must be used with the type_ parameter");
        }
        if let Some(nullable) = self.flag("nullable") {
            let what = if nullable { "DROP NOT NULL" } else { "SET NOT NULL" };
            sent.push(Written::own(format!("{head} {what}")));
        }
        if let Some(default) = self.tristate("server_default") {
            self.change_default(default, flavor, sent)?;
        }
        if !postgres && let Some(data_type) = self.given("type_") {
            sent.push(Written::own(format!("{head} TYPE {}", types::sql(data_type, flavor)?)));
        }
        if let Some(comment) = self.tristate("comment") {
            self.change_comment(comment, flavor, sent)?;
        }
        if let Some(new_name) = self.new_name()? {
            let word = if postgres { "RENAME" } else { "RENAME COLUMN" };
            let (old, new) =
                (quote::quoted(&self.column, flavor), quote::quoted(&new_name, flavor));
            let table = self.table.sql(flavor);
            sent.push(Written::own(format!("ALTER TABLE {table} {word} {old} TO {new}")));
        }
        Ok(())
    }

    fn change_default(&self, default: &Value, flavor: Flavor, sent: &mut Sent) -> Part<()> {
        let existing = self.tristate("existing_server_default");
        let is = |value: Option<&Value>, what: &str| {
            value.and_then(called).is_some_and(|(name, _)| name == what)
        };
        if is(Some(default), "Computed") || is(existing, "Computed") {
            return Stop::refused("a computed column cannot be changed");
        }
        if is(Some(default), "Identity") || is(existing, "Identity") {
            return self.change_identity(default, existing, flavor, sent);
        }
        let head = self.head(flavor);
        let what = if default.is_none() {
            "DROP DEFAULT".to_owned()
        } else {
            match default_sql(default, flavor)? {
                Some(default) => format!("SET DEFAULT {default}"),
                None => return Stop::refused("a default without a value"),
            }
        };
        sent.push(Written::own(format!("{head} {what}")));
        Ok(())
    }

    fn change_identity(
        &self,
        default: &Value,
        existing: Option<&Value>,
        flavor: Flavor,
        sent: &mut Sent,
    ) -> Part<()> {
        if flavor != Flavor::Postgres {
            return Stop::refused(format!("{} cannot change an identity", flavor.title()));
        }
        let head = self.head(flavor);
        let existing = existing.and_then(called).map(|(_, call)| call);
        let what = match (default.as_call(), existing) {
            (None, _) => "DROP IDENTITY".to_owned(),
            (Some(new), None) => format!("ADD {}", identity_sql(new)),
            (Some(new), Some(old)) => {
                let always = |call: &crate::migration::python::Call| {
                    is_true(call.args.first().or_else(|| call.keyword("always")))
                };
                let mut parts = Vec::new();
                if always(new) != always(old) {
                    let mode = if always(new) { "ALWAYS" } else { "BY DEFAULT" };
                    parts.push(format!("SET GENERATED {mode}"));
                }
                let known = identity_options(old);
                let changed = identity_options(new).into_iter().filter(|one| !known.contains(one));
                parts.extend(changed.map(|option| format!("SET {option}")));
                parts.join(" ")
            }
        };
        sent.push(Written::own(format!("{head} {what}")));
        Ok(())
    }

    fn change_comment(&self, comment: &Value, flavor: Flavor, sent: &mut Sent) -> Part<()> {
        if flavor == Flavor::Sqlite {
            return Stop::refused("SQLite has no comments");
        }
        let column = quote::quoted(&self.column, flavor);
        let text = match quote::optional(comment) {
            Some(text) => quote::literal(&text, flavor),
            None => "NULL".to_owned(),
        };
        let table = self.table.sql(flavor);
        sent.push(Written::own(format!("COMMENT ON COLUMN {table}.{column} IS {text}")));
        Ok(())
    }

    /// MySQL restates the whole column.
    fn on_mysql(&self, flavor: Flavor, sent: &mut Sent) -> Part<()> {
        let new_name = self.new_name()?;
        let default = self.tristate("server_default");
        let existing = self.tristate("existing_server_default");
        for value in [default, existing].into_iter().flatten() {
            if called(value).is_some_and(|(name, _)| matches!(name, "Identity" | "Computed")) {
                return Stop::refused(format!("{} cannot change an identity", flavor.title()));
            }
        }
        let data_type = self.given("type_").or_else(|| self.given("existing_type"));
        let dated = data_type.is_some_and(|value| {
            TypeFacts::of(value, flavor).affinity == types::Affinity::DateTime
        });
        let functional =
            dated && self.directive.keyword("server_default").is_none_or(|value| !value.is_none());
        let restated = self.flag("nullable").is_some()
            || self.given("type_").is_some()
            || self.given("autoincrement").is_some()
            || self.tristate("comment").is_some();
        let table = self.table.sql(flavor);
        let column = quote::quoted(&self.column, flavor);
        if new_name.is_some() || functional {
            let new = quote::quoted(new_name.as_deref().unwrap_or(&self.column), flavor);
            let spec = self.specification(data_type, flavor)?;
            sent.push(Written::own(format!("ALTER TABLE {table} CHANGE {column} {new} {spec}")));
        } else if restated {
            let spec = self.specification(data_type, flavor)?;
            sent.push(Written::own(format!("ALTER TABLE {table} MODIFY {column} {spec}")));
        } else if let Some(default) = default {
            self.change_default(default, flavor, sent)?;
        }
        Ok(())
    }

    fn specification(&self, data_type: Option<&Value>, flavor: Flavor) -> Part<String> {
        let Some(data_type) = data_type else {
            return Stop::refused(
                "all MySQL CHANGE/MODIFY COLUMN operations require the existing type",
            );
        };
        let nullable = self.flag("nullable").or_else(|| self.flag("existing_nullable"));
        let mut spec = types::sql(data_type, flavor)?;
        spec.push_str(if nullable.unwrap_or(true) { " NULL" } else { " NOT NULL" });
        let auto = self.flag("autoincrement").or_else(|| self.flag("existing_autoincrement"));
        if auto == Some(true) {
            spec.push_str(" AUTO_INCREMENT");
        }
        let default =
            self.tristate("server_default").or_else(|| self.tristate("existing_server_default"));
        if let Some(default) = default.filter(|value| !value.is_none())
            && let Some(default) = default_sql(default, flavor)?
        {
            spec.push_str(&format!(" DEFAULT {default}"));
        }
        let comment = self.tristate("comment").or_else(|| self.tristate("existing_comment"));
        if let Some(comment) = comment.and_then(quote::optional) {
            spec.push_str(&format!(" COMMENT {}", quote::literal(&comment, flavor)));
        }
        Ok(spec)
    }

    /// The CHECK of the old type goes, where both types are given.
    fn drop_type_check(&self, flavor: Flavor, sent: &mut Sent) -> Part<()> {
        if self.given("type_").is_none() {
            return Ok(());
        }
        let existing = self.given("existing_type").map(|value| TypeFacts::of(value, flavor));
        let Some(check) = existing.and_then(|facts| facts.check) else {
            return Ok(());
        };
        match (flavor, check.name) {
            (Flavor::Postgres, Some(name)) => {
                let (table, name) = (self.table.sql(flavor), quote::quoted(&name, flavor));
                sent.push(Written::implied(format!("ALTER TABLE {table} DROP CONSTRAINT {name}")));
                Ok(())
            }
            (Flavor::Postgres, None) => Stop::refused("the CHECK of the type has no name"),
            _ => Ok(()),
        }
    }

    /// That of the new type comes.
    fn add_type_check(&self, flavor: Flavor, sent: &mut Sent) -> Part<()> {
        let facts = self.given("type_").map(|value| TypeFacts::of(value, flavor));
        if let Some(check) = facts.and_then(|facts| facts.check)
            && flavor != Flavor::Sqlite
        {
            let table = self.table.sql(flavor);
            let column = quote::quoted(&self.column, flavor);
            let name =
                check.name.map(|name| format!("CONSTRAINT {} ", quote::quoted(&name, flavor)));
            let values = check.values.join(", ");
            sent.push(Written::implied(format!(
                "ALTER TABLE {table} ADD {}CHECK ({column} IN ({values}))",
                name.unwrap_or_default()
            )));
        }
        Ok(())
    }
}
