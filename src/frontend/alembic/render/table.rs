//! `op.create_table(…)`.

use super::args::{self, is_true, names};
use super::column::{Auto, Column, Key, Place};
use super::constraint::{Constraint, Kind, TableConstraint};
use super::flavor::Flavor;
use super::index::Index;
use super::quote::{self, TableName};
use super::stop::{Part, Stop};
use super::{Memo, Written};
use crate::migration::python::{Call, DirectiveCall, Value};

/// A table about to be created.
pub struct Table<'v> {
    name: TableName,
    columns: Vec<Column<'v>>,
    constraints: Vec<TableConstraint<'v>>,
    indexes: Vec<&'v Call>,
    directive: &'v DirectiveCall,
}

impl<'v> Table<'v> {
    /// The table of `op.create_table`.
    pub fn of(directive: &'v DirectiveCall) -> Part<Self> {
        let name = directive.argument(0, "table_name").or_else(|| directive.keyword("name"));
        let name = TableName::of(name, directive.keyword("schema"))?;
        let mut table =
            Self { name, columns: vec![], constraints: vec![], indexes: vec![], directive };
        for item in directive.args.iter().skip(1) {
            table.take(item)?;
        }
        Ok(table)
    }

    fn take(&mut self, item: &'v Value) -> Part<()> {
        if let Some(column) = Column::of(item) {
            // A later column of the same name takes the place of the earlier one.
            self.columns.retain(|known| known.name != column.name);
            self.columns.push(column);
        } else if let Some(constraint) = TableConstraint::of(item)? {
            self.constraints.push(constraint);
        } else if let Some(("Index", call)) = args::called(item) {
            self.indexes.push(call);
        } else if item.is_unknown() {
            return Stop::unknown("one of its columns is not known");
        }
        Ok(())
    }

    /// Columns of the primary key, in its order.
    fn key(&self) -> Vec<String> {
        let explicit = self.constraints.iter().find_map(|one| match &one.0.kind {
            Kind::PrimaryKey(columns) if !columns.is_empty() => Some(columns.clone()),
            _ => None,
        });
        explicit.unwrap_or_else(|| {
            let members = self.columns.iter().filter(|column| column.is_primary_key());
            members.map(|column| column.name.clone()).collect()
        })
    }

    fn option(&self, name: &str) -> Option<&'v Value> {
        self.directive.keyword(name).filter(|value| !value.is_none())
    }

    /// Everything that is sent for it.
    pub fn statements(&self, flavor: Flavor, memo: &mut Memo) -> Part<Vec<Written>> {
        let mut out = Vec::new();
        for column in &self.columns {
            out.extend(column.facts(flavor).and_then(|facts| memo.create_type(facts.created)));
        }
        out.push(Written::own(self.create(flavor)?));
        for column in self.columns.iter().filter(|column| column.is_indexed()) {
            let index = Index::of_column(column, &self.name);
            out.push(Written::implied(index.create(flavor)?));
        }
        for call in &self.indexes {
            out.push(Written::implied(Index::of_call(call, &self.name)?.create(flavor)?));
        }
        out.extend(self.comments(flavor));
        Ok(out)
    }

    fn comments(&self, flavor: Flavor) -> Vec<Written> {
        if flavor != Flavor::Postgres {
            return Vec::new();
        }
        let table = self.name.sql(flavor);
        let whole = self.option("comment").and_then(quote::optional).map(|comment| {
            format!("COMMENT ON TABLE {table} IS {}", quote::literal(&comment, flavor))
        });
        let columns = self.columns.iter().filter_map(|column| {
            let comment = quote::literal(&column.comment()?, flavor);
            let name = quote::quoted(&column.name, flavor);
            Some(format!("COMMENT ON COLUMN {table}.{name} IS {comment}"))
        });
        whole.into_iter().chain(columns).map(Written::implied).collect()
    }

    fn create(&self, flavor: Flavor) -> Part<String> {
        let key = self.key();
        let auto = self.auto(&key, flavor);
        let mut lines = Vec::new();
        for column in &self.columns {
            let member = key.contains(&column.name);
            let place = Place {
                key: if member { Key::Member } else { Key::None },
                auto: if auto.as_ref().is_some_and(|(name, _)| *name == column.name) {
                    auto.as_ref().map_or(Auto::No, |(_, auto)| *auto)
                } else {
                    Auto::No
                },
            };
            lines.push(column.definition(place, flavor)?);
        }
        let keyword = auto.is_some_and(|(_, auto)| auto == Auto::SqliteKeyword);
        if !keyword {
            lines.extend(self.primary_key(&key, flavor)?);
        }
        lines.extend(self.other_constraints(flavor)?);
        let prefixes = self.option("prefixes").map_or(Ok(vec![]), names)?;
        let prefixes: String = prefixes.iter().map(|prefix| format!("{prefix} ")).collect();
        let exists = if is_true(self.option("if_not_exists")) { "IF NOT EXISTS " } else { "" };
        let name = self.name.sql(flavor);
        let body = lines.join(", \n    ");
        Ok(format!(
            "CREATE {prefixes}TABLE {exists}{name} (
    {body}
){}",
            self.tail(flavor)?
        ))
    }

    fn primary_key(&self, key: &[String], flavor: Flavor) -> Part<Option<String>> {
        let explicit =
            self.constraints.iter().find(|one| matches!(one.0.kind, Kind::PrimaryKey(_)));
        if key.is_empty() {
            return Ok(None);
        }
        let constraint = TableConstraint(Constraint {
            kind: Kind::PrimaryKey(key.to_vec()),
            call: explicit.and_then(|one| one.0.call),
            name: None,
        });
        constraint.sql(flavor)
    }

    /// Constraints in the order in which SQLAlchemy makes them: those written for the table, then
    /// those of columns.
    fn other_constraints(&self, flavor: Flavor) -> Part<Vec<String>> {
        let mut out = Vec::new();
        let written = self.constraints.iter();
        for one in written.filter(|one| !matches!(one.0.kind, Kind::PrimaryKey(_))) {
            self.push(one, flavor, &mut out)?;
        }
        for column in &self.columns {
            if column.is_unique() && !column.is_indexed() {
                let kind = Kind::Unique(vec![column.name.clone()]);
                let name = column.name_of("unique");
                let unique = TableConstraint(Constraint { kind, call: None, name });
                out.extend(unique.sql(flavor)?);
            }
            for one in column.foreign_keys()? {
                self.push(&one, flavor, &mut out)?;
            }
            out.extend(column.type_check(flavor));
        }
        Ok(out)
    }

    fn push(&self, one: &TableConstraint<'_>, flavor: Flavor, out: &mut Vec<String>) -> Part<()> {
        let foreign_schema = match &one.0.kind {
            Kind::ForeignKey { table, .. } => table.schema != self.name.schema,
            _ => false,
        };
        let skipped = match flavor {
            Flavor::Sqlite => foreign_schema,
            Flavor::Postgres | Flavor::Mysql | Flavor::Mariadb => one.is_separate(),
        };
        if !skipped {
            out.extend(one.sql(flavor)?);
        }
        Ok(())
    }

    /// The column that numbers itself.
    fn auto(&self, key: &[String], flavor: Flavor) -> Option<(String, Auto)> {
        let alone = key.len() == 1;
        let mut members = self.columns.iter().filter(|column| key.contains(&column.name));
        let column = members.find(|column| column.numbers_itself(flavor, alone))?;
        if self.takes_its_key_from_another(column) {
            return None;
        }
        let auto = match flavor {
            Flavor::Sqlite if alone && is_true(self.option("sqlite_autoincrement")) => {
                Auto::SqliteKeyword
            }
            Flavor::Sqlite => return None,
            Flavor::Postgres | Flavor::Mysql | Flavor::Mariadb => Auto::Yes,
        };
        let defaults = column.keyword("default").is_some();
        if flavor == Flavor::Postgres && defaults {
            return None;
        }
        if flavor.is_mysql() && column.keyword("server_default").is_some() {
            return None;
        }
        Some((column.name.clone(), auto))
    }

    /// Whether a foreign key of the table starts at the column, which then numbers itself only
    /// where it is told so.
    fn takes_its_key_from_another(&self, column: &Column<'_>) -> bool {
        let told = column.keyword("autoincrement").is_some();
        let starts_here = |one: &TableConstraint<'_>| match &one.0.kind {
            Kind::ForeignKey { columns, .. } => columns.contains(&column.name),
            _ => false,
        };
        !told && self.constraints.iter().any(starts_here)
    }

    /// What follows the closing parenthesis.
    fn tail(&self, flavor: Flavor) -> Part<String> {
        Ok(match flavor {
            Flavor::Postgres => self.postgres_tail()?,
            Flavor::Mysql | Flavor::Mariadb => self.mysql_tail(flavor),
            Flavor::Sqlite => {
                let mut options = Vec::new();
                let rowid = self.option("sqlite_with_rowid");
                if rowid.is_some_and(|value| !is_true(Some(value))) {
                    options.push("WITHOUT ROWID");
                }
                if is_true(self.option("sqlite_strict")) {
                    options.push("STRICT");
                }
                if options.is_empty() { String::new() } else { format!(" {}", options.join(", ")) }
            }
        })
    }

    fn postgres_tail(&self) -> Part<String> {
        let mut tail = String::new();
        if let Some(parents) = self.option("postgresql_inherits") {
            let parents = quote::list(&names(parents)?, Flavor::Postgres);
            tail.push_str(&format!(" INHERITS ({parents})"));
        }
        let text = |name: &str| self.option(name).and_then(quote::optional);
        tail.extend(text("postgresql_partition_by").map(|by| format!(" PARTITION BY {by}")));
        tail.extend(text("postgresql_using").map(|method| format!(" USING {method}")));
        if let Some(options) = self.option("postgresql_with") {
            tail.push_str(&format!(" WITH ({})", super::index::with_options(options)));
        }
        match self.option("postgresql_with_oids").and_then(Value::as_bool) {
            Some(true) => tail.push_str(" WITH OIDS"),
            Some(false) => tail.push_str(" WITHOUT OIDS"),
            None => {}
        }
        tail.extend(
            text("postgresql_on_commit")
                .map(|what| format!(" ON COMMIT {}", what.replace('_', " ").to_uppercase())),
        );
        tail.extend(
            text("postgresql_tablespace")
                .map(|space| format!(" TABLESPACE {}", quote::quoted(&space, Flavor::Postgres))),
        );
        Ok(tail)
    }

    fn mysql_tail(&self, flavor: Flavor) -> String {
        let prefix = format!("{}_", flavor.sqlalchemy());
        let mut options: Vec<(String, String)> = Vec::new();
        for option in &self.directive.kwargs {
            if let Some(name) = option.name.strip_prefix(&prefix)
                && let Some(value) = quote::optional(&option.value)
            {
                options.push((name.to_uppercase(), value));
            }
        }
        if let Some(comment) = self.option("comment").and_then(quote::optional) {
            options.push(("COMMENT".to_owned(), comment));
        }
        // A collation stands behind the character set that it belongs to.
        options.sort_by_key(|(name, _)| name == "COLLATE");
        let written: Vec<String> =
            options.into_iter().map(|(name, value)| mysql_option(&name, &value, flavor)).collect();
        written.join(" ")
    }
}

fn mysql_option(name: &str, value: &str, flavor: Flavor) -> String {
    let value = match name {
        "COMMENT" | "DATA_DIRECTORY" | "INDEX_DIRECTORY" | "PASSWORD" | "CONNECTION" => {
            quote::literal(value, flavor)
        }
        _ => value.to_owned(),
    };
    let name = match name {
        "DATA_DIRECTORY"
        | "INDEX_DIRECTORY"
        | "DEFAULT_CHARACTER_SET"
        | "CHARACTER_SET"
        | "DEFAULT_CHARSET"
        | "DEFAULT_COLLATE"
        | "PARTITION_BY"
        | "SUBPARTITION_BY" => name.replace('_', " "),
        _ => name.to_owned(),
    };
    let joiner = match name.as_str() {
        "TABLESPACE"
        | "DEFAULT CHARACTER SET"
        | "CHARACTER SET"
        | "COLLATE"
        | "PARTITION BY"
        | "PARTITIONS"
        | "SUBPARTITIONS"
        | "SUBPARTITION BY" => " ",
        _ => "=",
    };
    format!("{name}{joiner}{value}")
}
