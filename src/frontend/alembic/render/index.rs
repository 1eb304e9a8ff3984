//! Indexes: of `op.create_index`, of `index=True`, of `sa.Index` in a table.

use super::args::{is_true, number};
use super::column::Column;
use super::constraint::sql_text;
use super::expr::Expressions;
use super::flavor::Flavor;
use super::quote::{self, TableName};
use super::stop::{Part, Stop};
use crate::migration::python::{Call, DirectiveCall, Kind, Value};

/// An index about to be created.
pub struct Index<'v> {
    name: String,
    table: TableName,
    parts: Vec<IndexPart<'v>>,
    unique: bool,
    exists_clause: bool,
    options: Options<'v>,
}

enum IndexPart<'v> {
    Column(String),
    Expression(&'v Value),
}

/// Where options of the dialects are written.
#[derive(Clone, Copy)]
enum Options<'v> {
    None,
    Directive(&'v DirectiveCall),
    Call(&'v Call),
}

impl<'v> Options<'v> {
    fn get(self, name: &str) -> Option<&'v Value> {
        let value = match self {
            Self::None => None,
            Self::Directive(call) => call.keyword(name),
            Self::Call(call) => call.keyword(name),
        };
        value.filter(|value| !value.is_none())
    }
}

impl<'v> Index<'v> {
    /// The index of `op.create_index`.
    pub fn of_directive(
        directive: &'v DirectiveCall,
        name: Option<&Value>,
        table: TableName,
        columns: Option<&'v Value>,
    ) -> Part<Self> {
        let parts: Vec<IndexPart<'_>> = match columns {
            Some(value) => match value.elements() {
                Some(all) => all.iter().map(part).collect(),
                None => vec![part(value)],
            },
            None => return Stop::refused("an index without columns"),
        };
        let name = match name.filter(|name| !name.is_none()) {
            Some(name) => quote::text(name)?,
            None => conventional(&table, parts.first())?,
        };
        Ok(Self {
            name,
            table,
            parts,
            unique: is_true(directive.keyword("unique")),
            exists_clause: is_true(directive.keyword("if_not_exists")),
            options: Options::Directive(directive),
        })
    }

    /// The index of `index=True`.
    pub fn of_column(column: &Column<'_>, table: &TableName) -> Self {
        Self {
            name: column.name_of("index").unwrap_or_else(|| index_name(table, &column.name)),
            table: table.clone(),
            parts: vec![IndexPart::Column(column.name.clone())],
            unique: column.is_unique(),
            exists_clause: false,
            options: Options::None,
        }
    }

    /// The index of `sa.Index(…)` among the items of a table.
    pub fn of_call(call: &'v Call, table: &TableName) -> Part<Self> {
        let Some((name, columns)) = call.args.split_first() else {
            return Stop::refused("an index without a name");
        };
        let parts: Vec<IndexPart<'_>> = columns.iter().map(part).collect();
        let name = match name.is_none() {
            false => quote::text(name)?,
            true => conventional(table, parts.first())?,
        };
        Ok(Self {
            name,
            table: table.clone(),
            parts,
            unique: is_true(call.keyword("unique")),
            exists_clause: false,
            options: Options::Call(call),
        })
    }

    /// `CREATE INDEX`.
    pub fn create(&self, flavor: Flavor) -> Part<String> {
        match flavor {
            Flavor::Postgres => self.on_postgres(),
            Flavor::Mysql | Flavor::Mariadb => Ok(self.on_mysql(flavor)),
            Flavor::Sqlite => Ok(self.on_sqlite()),
        }
    }

    fn unique(&self) -> &'static str {
        if self.unique { "UNIQUE " } else { "" }
    }

    fn exists(&self) -> &'static str {
        if self.exists_clause { "IF NOT EXISTS " } else { "" }
    }

    fn on_postgres(&self) -> Part<String> {
        let flavor = Flavor::Postgres;
        let text = |name: &str| self.options.get(name).and_then(quote::optional);
        let concurrently =
            if is_true(self.options.get("postgresql_concurrently")) { "CONCURRENTLY " } else { "" };
        let using = text("postgresql_using").filter(|using| !using.is_empty());
        let using = using.map(|using| format!("USING {} ", using.to_lowercase()));
        let parts: Vec<String> = self.parts.iter().map(|part| self.postgres_part(part)).collect();
        let mut sql = format!(
            "CREATE {}INDEX {concurrently}{}{} ON {} {}({})",
            self.unique(),
            self.exists(),
            quote::object(&self.name, flavor),
            self.table.sql(flavor),
            using.unwrap_or_default(),
            parts.join(", ")
        );
        if let Some(include) = self.options.get("postgresql_include") {
            let names = super::args::names(include)?;
            if !names.is_empty() {
                sql.push_str(&format!(" INCLUDE ({})", quote::list(&names, flavor)));
            }
        }
        match self.options.get("postgresql_nulls_not_distinct").and_then(Value::as_bool) {
            Some(true) => sql.push_str(" NULLS NOT DISTINCT"),
            Some(false) => sql.push_str(" NULLS DISTINCT"),
            None => {}
        }
        if let Some(options) = self.options.get("postgresql_with") {
            sql.push_str(&format!(" WITH ({})", with_options(options)));
        }
        if let Some(space) = text("postgresql_tablespace") {
            sql.push_str(&format!(" TABLESPACE {}", quote::quoted(&space, flavor)));
        }
        if let Some(condition) = self.options.get("postgresql_where") {
            sql.push_str(&format!(" WHERE {}", sql_text(condition, flavor)));
        }
        Ok(sql)
    }

    fn postgres_part(&self, part: &IndexPart<'_>) -> String {
        let (sql, key) = match part {
            IndexPart::Column(name) => (quote::quoted(name, Flavor::Postgres), name.clone()),
            IndexPart::Expression(value) => {
                let key = super::constraint::column_name(value).unwrap_or_default();
                (Expressions::bare(Flavor::Postgres).grouped(value), key)
            }
        };
        match self.options.get("postgresql_ops").and_then(|ops| entry(ops, &key)) {
            Some(class) => format!("{sql} {class}"),
            None => sql,
        }
    }

    fn on_mysql(&self, flavor: Flavor) -> String {
        let option = |name: &str| {
            let own = format!("{}_{name}", flavor.sqlalchemy());
            self.options.get(&own).or_else(|| self.options.get(&format!("mysql_{name}")))
        };
        let length = option("length");
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| match part {
                IndexPart::Column(name) => {
                    let sql = quote::quoted(name, flavor);
                    match length.and_then(|length| prefix_length(length, name)) {
                        Some(length) => format!("{sql}({length})"),
                        None => sql,
                    }
                }
                IndexPart::Expression(value) => mysql_expression(value, flavor),
            })
            .collect();
        let text = |name: &str| option(name).and_then(quote::optional);
        let prefix = text("prefix").map(|prefix| format!("{prefix} ")).unwrap_or_default();
        let mut sql = format!(
            "CREATE {}{prefix}INDEX {}{} ON {} ({})",
            self.unique(),
            self.exists(),
            quote::object(&self.name, flavor),
            self.table.sql(flavor),
            parts.join(", ")
        );
        sql.extend(text("with_parser").map(|parser| format!(" WITH PARSER {parser}")));
        sql.extend(text("using").map(|using| format!(" USING {}", quote::quoted(&using, flavor))));
        sql
    }

    fn on_sqlite(&self) -> String {
        let flavor = Flavor::Sqlite;
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| match part {
                IndexPart::Column(name) => quote::quoted(name, flavor),
                IndexPart::Expression(value) => Expressions::bare(flavor).sql(value),
            })
            .collect();
        let condition = self
            .options
            .get("sqlite_where")
            .map(|value| format!(" WHERE {}", sql_text(value, flavor)));
        format!(
            "CREATE {}INDEX {}{} ON {} ({}){}",
            self.unique(),
            self.exists(),
            self.table.beside_object(&self.name, flavor),
            quote::quoted(&self.table.name, flavor),
            parts.join(", "),
            condition.unwrap_or_default()
        )
    }
}

/// The name that SQLAlchemy gives to an index without one.
fn conventional(table: &TableName, first: Option<&IndexPart<'_>>) -> Part<String> {
    let column = match first {
        Some(IndexPart::Column(name)) => name.clone(),
        Some(IndexPart::Expression(value)) => super::constraint::column_name(value)?,
        None => return Stop::refused("an index without columns"),
    };
    Ok(index_name(table, &column))
}

/// `ix_table_column`, the schema included.
pub fn index_name(table: &TableName, column: &str) -> String {
    match &table.schema {
        Some(schema) => format!("ix_{schema}_{}_{column}", table.name),
        None => format!("ix_{}_{column}", table.name),
    }
}

fn part(value: &Value) -> IndexPart<'_> {
    match &value.kind {
        Kind::Str(text) => IndexPart::Column(text.as_str().to_owned()),
        _ => IndexPart::Expression(value),
    }
}

/// MySQL wants parentheses around functions and operators.
fn mysql_expression(value: &Value, flavor: Flavor) -> String {
    let sql = Expressions::bare(flavor).sql(value);
    let function = value.as_call().and_then(Call::path).is_some_and(|path| path.contains("func."));
    let operation = matches!(value.kind, Kind::Operation(..));
    if function || operation { format!("({sql})") } else { sql }
}

/// The length of a prefix: one for all columns, or one for each by name.
fn prefix_length(length: &Value, column: &str) -> Option<String> {
    match &length.kind {
        Kind::Dict(_) => entry(length, column),
        Kind::Int(_) => Some(number(length)),
        _ => None,
    }
}

/// The entry of a dictionary as text.
fn entry(dict: &Value, key: &str) -> Option<String> {
    let Kind::Dict(entries) = &dict.kind else {
        return None;
    };
    let (_, value) = entries.iter().find(|(name, _)| name.as_str() == Some(key))?;
    Some(number(value))
}

/// `WITH (fillfactor = 50)`.
pub fn with_options(options: &Value) -> String {
    let Kind::Dict(entries) = &options.kind else {
        return quote::placeholder("options");
    };
    let written: Vec<String> = entries
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str()?;
            Some(match &value.kind {
                Kind::None => name.to_owned(),
                Kind::Bool(truth) => format!("{name} = {truth}"),
                _ => format!("{name} = {}", number(value)),
            })
        })
        .collect();
    written.join(", ")
}

/// `DROP INDEX`.
pub fn drop_index(
    directive: &DirectiveCall,
    name: Option<&Value>,
    table: Option<TableName>,
    flavor: Flavor,
) -> Part<String> {
    let Some(name) = name.filter(|name| !name.is_none()) else {
        return Stop::refused("DROP INDEX requires that the index have a name");
    };
    let name = quote::text(name)?;
    let exists = if is_true(directive.keyword("if_exists")) { "IF EXISTS " } else { "" };
    let table = table.unwrap_or(TableName { schema: None, name: "no_table".to_owned() });
    Ok(match flavor {
        Flavor::Mysql | Flavor::Mariadb => {
            let index = quote::object(&name, flavor);
            format!("DROP INDEX {exists}{index} ON {}", table.sql(flavor))
        }
        Flavor::Sqlite => format!("DROP INDEX {exists}{}", table.beside_object(&name, flavor)),
        Flavor::Postgres => {
            let concurrently = if is_true(directive.keyword("postgresql_concurrently")) {
                "CONCURRENTLY "
            } else {
                ""
            };
            format!("DROP INDEX {concurrently}{exists}{}", table.beside_object(&name, flavor))
        }
    })
}
