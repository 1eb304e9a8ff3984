//! Constraint objects: keys, foreign keys, checks, exclusions.

use super::args::{called, is_true, keyword, names};
use super::expr::{Expressions, text_sql};
use super::flavor::Flavor;
use super::quote::{self, TableName};
use super::stop::{Part, Stop};
use super::tables_of;
use crate::migration::python::{Call, Kind as ValueKind, Value};

/// A constraint, with the call that carries its options.
#[derive(Debug, Clone)]
pub struct Constraint<'v> {
    /// What it demands.
    pub kind: Kind<'v>,
    /// The call whose keywords are its options.
    pub call: Option<&'v Call>,
    /// A name that is not in the call.
    pub name: Option<String>,
}

/// A constraint as it stands in a table.
#[derive(Debug, Clone)]
pub struct TableConstraint<'v>(pub Constraint<'v>);

/// What a constraint demands.
#[derive(Debug, Clone)]
pub enum Kind<'v> {
    /// `PRIMARY KEY`.
    PrimaryKey(Vec<String>),
    /// `UNIQUE`.
    Unique(Vec<String>),
    /// `FOREIGN KEY`.
    ForeignKey {
        /// Columns of the table itself.
        columns: Vec<String>,
        /// The table that is referenced.
        table: TableName,
        /// Columns of it.
        references: Vec<String>,
    },
    /// `CHECK`, with the condition's value.
    Check(&'v Value),
    /// `EXCLUDE`, with its elements.
    Exclude(&'v [Value]),
}

impl<'v> TableConstraint<'v> {
    /// The constraint that a value is; `None` where it is none.
    pub fn of(value: &'v Value) -> Part<Option<Self>> {
        let Some((name, call)) = called(value) else {
            return Ok(None);
        };
        if !name.ends_with("Constraint") {
            return Ok(None);
        }
        Self::of_call(name, call).map(Some)
    }

    /// The constraint of a call by its class.
    pub fn of_call(name: &str, call: &'v Call) -> Part<Self> {
        let kind = match name {
            "PrimaryKeyConstraint" => Kind::PrimaryKey(distinct(columns(&call.args)?)),
            "UniqueConstraint" => Kind::Unique(distinct(columns(&call.args)?)),
            "ForeignKeyConstraint" => foreign_key(call)?,
            "CheckConstraint" => match call.args.first().or_else(|| call.keyword("sqltext")) {
                Some(condition) => Kind::Check(condition),
                None => return Stop::refused("a check without a condition"),
            },
            "ExcludeConstraint" => Kind::Exclude(&call.args),
            _ => return Stop::unknown(format!("the constraint {name} is not known")),
        };
        Ok(Self(Constraint { kind, call: Some(call), name: None }))
    }

    /// Its definition; nothing where the dialect leaves it out.
    pub fn sql(&self, flavor: Flavor) -> Part<Option<String>> {
        let constraint = &self.0;
        let preamble = constraint
            .name()
            .map(|name| format!("CONSTRAINT {} ", quote::object(&name, flavor)))
            .unwrap_or_default();
        let Some(body) = constraint.body(flavor)? else {
            return Ok(None);
        };
        Ok(Some(format!("{preamble}{body}{}", constraint.rules(flavor)?)))
    }

    /// Whether it is added by an ALTER of its own after the table.
    pub fn is_separate(&self) -> bool {
        self.0.call.is_some_and(|call| is_true(keyword(call, "use_alter")))
    }
}

impl Constraint<'_> {
    /// Its name, where it has one.
    pub fn name(&self) -> Option<String> {
        self.name.clone().or_else(|| keyword(self.call?, "name").and_then(quote::optional))
    }

    fn body(&self, flavor: Flavor) -> Part<Option<String>> {
        Ok(Some(match &self.kind {
            Kind::PrimaryKey(columns) if columns.is_empty() => return Ok(None),
            Kind::PrimaryKey(columns) => {
                format!("PRIMARY KEY ({})", quote::list(columns, flavor))
            }
            Kind::Unique(columns) => {
                format!("UNIQUE {}({})", self.distinct(flavor), quote::list(columns, flavor))
            }
            Kind::ForeignKey { columns, table, references } => {
                let target = match flavor {
                    Flavor::Sqlite => quote::quoted(&table.name, flavor),
                    _ => table.sql(flavor),
                };
                format!(
                    "FOREIGN KEY({}) REFERENCES {target} ({})",
                    quote::list(columns, flavor),
                    quote::list(references, flavor)
                )
            }
            Kind::Check(condition) => format!("CHECK ({})", sql_text(condition, flavor)),
            Kind::Exclude(elements) => self.exclusion(elements, flavor)?,
        }))
    }

    fn distinct(&self, flavor: Flavor) -> &'static str {
        let option = self.call.and_then(|call| keyword(call, "postgresql_nulls_not_distinct"));
        match option.and_then(Value::as_bool) {
            Some(true) if flavor == Flavor::Postgres => "NULLS NOT DISTINCT ",
            Some(false) if flavor == Flavor::Postgres => "NULLS DISTINCT ",
            _ => "",
        }
    }

    /// What follows it: `MATCH`, `ON DELETE`, `DEFERRABLE`, `NOT VALID`.
    pub fn rules(&self, flavor: Flavor) -> Part<String> {
        let Some(call) = self.call else {
            return Ok(String::new());
        };
        let phrase = |name: &str| keyword(call, name).and_then(quote::optional);
        let mut sql = String::new();
        if let (Flavor::Postgres, Some(include)) = (flavor, keyword(call, "postgresql_include")) {
            sql.push_str(&format!(" INCLUDE ({})", quote::list(&names(include)?, flavor)));
        }
        if matches!(self.kind, Kind::ForeignKey { .. }) {
            match phrase("match") {
                Some(_) if flavor.is_mysql() => {
                    return Stop::refused("MySQL does not take MATCH");
                }
                Some(rule) => sql.push_str(&format!(" MATCH {rule}")),
                None => {}
            }
            sql.extend(phrase("ondelete").map(|rule| format!(" ON DELETE {rule}")));
            sql.extend(phrase("onupdate").map(|rule| format!(" ON UPDATE {rule}")));
        }
        match keyword(call, "deferrable").map(|value| is_true(Some(value))) {
            Some(true) => sql.push_str(" DEFERRABLE"),
            Some(false) => sql.push_str(" NOT DEFERRABLE"),
            None => {}
        }
        sql.extend(phrase("initially").map(|rule| format!(" INITIALLY {rule}")));
        let validated = matches!(self.kind, Kind::ForeignKey { .. } | Kind::Check(_));
        if validated && flavor == Flavor::Postgres && is_true(keyword(call, "postgresql_not_valid"))
        {
            sql.push_str(" NOT VALID");
        }
        Ok(sql)
    }

    fn exclusion(&self, elements: &[Value], flavor: Flavor) -> Part<String> {
        if flavor != Flavor::Postgres {
            return Stop::refused(format!("{} has no EXCLUDE constraints", flavor.title()));
        }
        let option = |name: &str| self.call.and_then(|call| keyword(call, name));
        let using = option("using").and_then(quote::optional).unwrap_or_else(|| "gist".to_owned());
        let pairs: Vec<String> =
            elements.iter().filter_map(|element| excluded(element, flavor)).collect();
        let condition =
            option("where").map(|value| format!(" WHERE ({})", sql_text(value, flavor)));
        Ok(format!(
            "EXCLUDE USING {} ({}){}",
            using.to_lowercase(),
            pairs.join(", "),
            condition.unwrap_or_default()
        ))
    }
}

fn excluded(element: &Value, flavor: Flavor) -> Option<String> {
    let [what, operator] = element.elements()? else {
        return None;
    };
    let what = match what.as_str() {
        Some(name) => quote::quoted(name, flavor),
        None => Expressions::bare(flavor).sql(what),
    };
    Some(format!("{what} WITH {}", quote::optional(operator)?))
}

/// A condition or expression; strings are SQL.
pub fn sql_text(value: &Value, flavor: Flavor) -> String {
    match &value.kind {
        ValueKind::Str(_) => text_sql(value),
        _ => Expressions::bare(flavor).sql(value),
    }
}

/// Names of the columns of a key: strings, or columns.
pub fn columns(values: &[Value]) -> Part<Vec<String>> {
    values.iter().map(column_name).collect()
}

/// Columns of a key as SQLAlchemy collects them: one that is written twice counts once.
fn distinct(mut columns: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    columns.retain(|column| seen.insert(column.clone()));
    columns
}

/// The name of a column that is a string or a column.
pub fn column_name(value: &Value) -> Part<String> {
    if let Some((_, column)) = tables_of(value) {
        return Ok(column);
    }
    match called(value) {
        Some(("column" | "Column" | "text" | "literal_column", call)) => {
            call.args.first().map_or_else(|| Stop::unknown("a column without a name"), quote::text)
        }
        _ => quote::text(value),
    }
}

fn foreign_key(call: &Call) -> Part<Kind<'_>> {
    let given = |at: usize, name: &str| call.args.get(at).or_else(|| call.keyword(name));
    let (Some(columns), Some(targets)) = (given(0, "columns"), given(1, "refcolumns")) else {
        return Stop::refused("a foreign key needs columns and what they reference");
    };
    let columns = names_of(columns)?;
    let Some(targets) = targets.elements() else {
        return Stop::unknown("what the foreign key references is not known");
    };
    let mut table = None;
    let mut references = Vec::new();
    for one in targets {
        let (target_table, column) = target(one)?;
        table.get_or_insert(target_table);
        references.push(column);
    }
    match table {
        Some(table) => Ok(Kind::ForeignKey { columns, table, references }),
        None => Stop::refused("a foreign key references no column"),
    }
}

fn names_of(value: &Value) -> Part<Vec<String>> {
    match value.elements() {
        Some(all) => columns(all),
        None => names(value),
    }
}

/// Table and column of `"orders.id"`, `"shop.orders.id"` or of a column.
pub fn target(value: &Value) -> Part<(TableName, String)> {
    if let Some((table, column)) = tables_of(value) {
        return Ok((table, column));
    }
    let text = quote::text(value)?;
    // Dots inside of a placeholder separate nothing.
    let Some((table, column)) = split_last(&text) else {
        return Stop::unknown("the foreign key names a table alone");
    };
    let (schema, name) = match split_last(table) {
        Some((schema, name)) => (Some(schema.to_owned()), name.to_owned()),
        None => (None, table.to_owned()),
    };
    Ok((TableName { schema, name }, column.to_owned()))
}

/// Cuts at the last dot that separates names; dots inside of a placeholder do not.
fn split_last(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut last = None;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => last = Some(at),
            _ => {}
        }
    }
    let at = last?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::distinct;

    #[test]
    fn a_column_that_is_written_twice_counts_once() {
        let columns = ["run_id", "retry_id", "retry_id"].map(str::to_owned).to_vec();
        assert_eq!(distinct(columns), ["run_id", "retry_id"]);
    }
}
