//! Each directive of `op` and of its batches.

use super::alter::Alter;
use super::args::is_true;
use super::column::{Auto, Column, Key, Place};
use super::constraint::{Constraint, Kind, TableConstraint, column_name, columns};
use super::expr;
use super::flavor::Flavor;
use super::index::{Index, drop_index};
use super::quote::{self, TableName};
use super::stop::{Part, Stop};
use super::table::Table;
use super::{Memo, Sent, Written, execute, objects};
use crate::migration::python::{Call, DirectiveCall, Value};

/// Sends what a directive sends.
pub fn send(call: &DirectiveCall, flavor: Flavor, memo: &mut Memo, sent: &mut Sent) -> Part<()> {
    let directive = Directive { call, flavor };
    match call.name.as_str() {
        "create_table" => {
            sent.written = Table::of(call)?.statements(flavor, memo)?;
            Ok(())
        }
        "drop_table" => directive.drop_table(sent),
        "rename_table" => directive.rename_table(sent),
        "add_column" => directive.add_column(sent),
        "drop_column" => directive.drop_column(sent),
        "alter_column" => {
            Alter::of(call, directive.table()?, directive.argument(1, &["column_name"]))?
                .send(flavor, sent)
        }
        "create_index" => directive.create_index(sent),
        "drop_index" => directive.drop_index(sent),
        "create_unique_constraint"
        | "create_primary_key"
        | "create_check_constraint"
        | "create_foreign_key"
        | "create_exclude_constraint" => directive.add_constraint(sent),
        "drop_constraint" => directive.drop_constraint(sent),
        "create_table_comment" | "drop_table_comment" => directive.table_comment(sent),
        "execute" | "scalar" | "scalars" | "exec_driver_sql" => directive.execute(sent),
        "bulk_insert" => directive.bulk_insert(sent),
        "create_object" | "drop_object" => objects::send(call, flavor, memo, sent),
        name => Stop::unknown(format!("the directive {name} is not understood")),
    }
}

/// What `make` makes of the constraint that a directive adds.
pub fn constraint_of<T>(
    call: &DirectiveCall,
    flavor: Flavor,
    make: impl FnOnce(&TableConstraint<'_>) -> Part<T>,
) -> Part<T> {
    let directive = Directive { call, flavor };
    let options = directive.options();
    let kind = directive.constraint_kind(&options)?;
    let name = directive.argument(0, &["constraint_name", "name"]).and_then(quote::optional);
    make(&TableConstraint(Constraint { kind, call: Some(&options), name }))
}

/// A directive on a dialect.
struct Directive<'v> {
    call: &'v DirectiveCall,
    flavor: Flavor,
}

impl<'v> Directive<'v> {
    fn argument(&self, position: usize, names: &[&str]) -> Option<&'v Value> {
        self.call.positional(position, names)
    }

    fn table(&self) -> Part<TableName> {
        match self.call.table() {
            Some((table, schema)) => TableName::of(Some(table), schema),
            None => Stop::unknown("its table is not given"),
        }
    }

    fn flag(&self, name: &str) -> bool {
        is_true(self.call.keyword(name))
    }

    fn drop_table(&self, sent: &mut Sent) -> Part<()> {
        let exists = if self.flag("if_exists") { "IF EXISTS " } else { "" };
        let table = self.table()?.sql(self.flavor);
        sent.push(Written::own(format!("DROP TABLE {exists}{table}")));
        Ok(())
    }

    fn rename_table(&self, sent: &mut Sent) -> Part<()> {
        let table = self.table()?;
        let Some(new) = self.argument(1, &["new_table_name"]) else {
            return Stop::refused("rename_table without a new name");
        };
        let new = quote::text(new)?;
        let new = match self.flavor {
            Flavor::Mysql | Flavor::Mariadb => table.beside(&new, self.flavor),
            Flavor::Postgres | Flavor::Sqlite => quote::quoted(&new, self.flavor),
        };
        let table = table.sql(self.flavor);
        sent.push(Written::own(format!("ALTER TABLE {table} RENAME TO {new}")));
        Ok(())
    }

    fn add_column(&self, sent: &mut Sent) -> Part<()> {
        let table = self.table()?;
        let value = self.argument(1, &["column"]);
        let Some(column) = value.and_then(Column::of) else {
            return Stop::unknown("its column is not known");
        };
        let (flavor, name) = (self.flavor, table.sql(self.flavor));
        let exists = if self.flag("if_not_exists") { "IF NOT EXISTS " } else { "" };
        let mut definition = column.definition(self.place(&column), flavor)?;
        if column.is_primary_key() && self.flag("inline_primary_key") {
            definition.push_str(" PRIMARY KEY");
        }
        let keys = column.foreign_keys()?;
        let inline = self.flag("inline_references") && keys.len() == 1;
        if inline
            && let Some(key) = keys.first().map(|key| key.sql(flavor)).transpose()?.flatten()
            && let Some(at) = key.find(" REFERENCES ")
        {
            definition.push_str(key.get(at..).unwrap_or(""));
        }
        sent.push(Written::own(format!("ALTER TABLE {name} ADD COLUMN {exists}{definition}")));
        if column.is_unique() && !column.is_indexed() {
            let unique = Constraint {
                kind: Kind::Unique(vec![column.name.clone()]),
                call: None,
                name: column.name_of("unique"),
            };
            let unique = TableConstraint(unique).sql(flavor)?;
            self.follow(&name, &unique.unwrap_or_default(), sent)?;
        }
        for key in keys.iter().filter(|_| !inline) {
            if let Some(key) = key.sql(flavor)? {
                self.follow(&name, &key, sent)?;
            }
        }
        if let Some(check) = column.type_check(flavor)
            && flavor != Flavor::Sqlite
        {
            self.follow(&name, &check, sent)?;
        }
        if column.is_indexed() {
            sent.push(Written::implied(Index::of_column(&column, &table).create(flavor)?));
        }
        if let Some(comment) = column.comment()
            && flavor == Flavor::Postgres
        {
            let comment = quote::literal(&comment, flavor);
            let column = quote::quoted(&column.name, flavor);
            sent.push(Written::implied(format!("COMMENT ON COLUMN {name}.{column} IS {comment}")));
        }
        Ok(())
    }

    fn place(&self, column: &Column<'_>) -> Place {
        let key = if column.is_primary_key() { Key::Member } else { Key::None };
        let alone = key == Key::Member && self.flavor != Flavor::Sqlite;
        let auto = alone && column.numbers_itself(self.flavor, true);
        Place { key, auto: if auto { Auto::Yes } else { Auto::No } }
    }

    /// A constraint that comes with a column.
    fn follow(&self, table: &str, constraint: &str, sent: &mut Sent) -> Part<()> {
        if self.flavor == Flavor::Sqlite {
            return Stop::refused(NO_ALTER);
        }
        sent.push(Written::implied(format!("ALTER TABLE {table} ADD {constraint}")));
        Ok(())
    }

    fn drop_column(&self, sent: &mut Sent) -> Part<()> {
        let table = self.table()?.sql(self.flavor);
        let Some(column) = self.argument(1, &["column_name"]) else {
            return Stop::refused("drop_column without a column");
        };
        let column = quote::quoted(&column_name(column)?, self.flavor);
        let exists = if self.flag("if_exists") { "IF EXISTS " } else { "" };
        sent.push(Written::own(format!("ALTER TABLE {table} DROP COLUMN {exists}{column}")));
        Ok(())
    }

    fn create_index(&self, sent: &mut Sent) -> Part<()> {
        let name = self.argument(0, &["index_name", "name"]);
        let columns = self.argument(2, &["columns"]);
        let index = Index::of_directive(self.call, name, self.table()?, columns)?;
        sent.push(Written::own(index.create(self.flavor)?));
        Ok(())
    }

    fn drop_index(&self, sent: &mut Sent) -> Part<()> {
        let name = self.argument(0, &["index_name", "name"]);
        let table = self.table().ok();
        let table = table.or_else(|| {
            let schema = quote::optional(self.call.keyword("schema")?);
            Some(TableName { schema, name: "no_table".to_owned() })
        });
        sent.push(Written::own(drop_index(self.call, name, table, self.flavor)?));
        Ok(())
    }

    fn add_constraint(&self, sent: &mut Sent) -> Part<()> {
        if self.flavor == Flavor::Sqlite {
            return Stop::refused(NO_ALTER);
        }
        let table = self.table()?.sql(self.flavor);
        let name = self.argument(0, &["constraint_name", "name"]).and_then(quote::optional);
        let options = self.options();
        let kind = self.constraint_kind(&options)?;
        let constraint = TableConstraint(Constraint { kind, call: Some(&options), name });
        if let Some(sql) = constraint.sql(self.flavor)? {
            sent.push(Written::own(format!("ALTER TABLE {table} ADD {sql}")));
        }
        Ok(())
    }

    /// The directive's arguments as those of a constraint.
    fn options(&self) -> Call {
        let named = self.call.kwargs.iter().map(|one| (one.name.clone(), one.value.clone()));
        let skipped = if self.call.batch.is_some() { 1 } else { 2 };
        Call {
            callee: crate::migration::python::Callee::Path(self.call.name.clone()),
            args: self.call.args.iter().skip(skipped).cloned().collect(),
            kwargs: named.filter(|(name, _)| *name != "name").collect(),
        }
    }

    fn constraint_kind<'o>(&self, options: &'o Call) -> Part<Kind<'o>>
    where
        'v: 'o,
    {
        match self.call.name.as_str() {
            "create_unique_constraint" => Ok(Kind::Unique(self.listed(2, &["columns"])?)),
            "create_primary_key" => Ok(Kind::PrimaryKey(self.listed(2, &["columns", "cols"])?)),
            "create_exclude_constraint" => Ok(Kind::Exclude(&options.args)),
            "create_check_constraint" => match self.argument(2, &["condition", "sqltext"]) {
                Some(condition) => Ok(Kind::Check(condition)),
                None => Stop::refused("a check without a condition"),
            },
            _ => {
                let schema = self.call.keyword("referent_schema");
                let referent = self.argument(2, &["referent_table", "referent"]);
                Ok(Kind::ForeignKey {
                    columns: self.listed(3, &["local_cols"])?,
                    table: TableName::of(referent, schema)?,
                    references: self.listed(4, &["remote_cols"])?,
                })
            }
        }
    }

    fn listed(&self, position: usize, names: &[&str]) -> Part<Vec<String>> {
        match self.argument(position, names) {
            Some(value) => match value.elements() {
                Some(all) => columns(all),
                None if value.as_text().is_some() => Ok(vec![quote::text(value)?]),
                None => Ok(vec![quote::placeholder("columns")]),
            },
            None => Stop::refused("its columns are not given"),
        }
    }

    fn drop_constraint(&self, sent: &mut Sent) -> Part<()> {
        let flavor = self.flavor;
        if flavor == Flavor::Sqlite {
            return Stop::refused(NO_ALTER);
        }
        let table = self.table()?.sql(flavor);
        let kind = self.argument(2, &["type_", "type"]).filter(|value| !value.is_none());
        let kind = kind.map(quote::text).transpose()?;
        let name = self.argument(0, &["constraint_name", "name"]).filter(|name| !name.is_none());
        let primary = flavor.is_mysql() && kind.as_deref() == Some("primary");
        let Some(name) = name.map(quote::text).transpose()?.or_else(|| primary.then(String::new))
        else {
            return Stop::unknown(
                "the constraint's name comes from the naming convention of the models",
            );
        };
        let name = quote::object(&name, flavor);
        let what = match (flavor, kind.as_deref()) {
            (Flavor::Postgres, _) => {
                let exists = if self.flag("if_exists") { "IF EXISTS " } else { "" };
                format!("CONSTRAINT {exists}{name}")
            }
            (_, Some("foreignkey")) => format!("FOREIGN KEY {name}"),
            (_, Some("primary")) => "PRIMARY KEY".to_owned(),
            (_, Some("unique")) => format!("INDEX {name}"),
            (Flavor::Mysql, Some("check")) => format!("CHECK {name}"),
            (_, Some("check")) => format!("CONSTRAINT {name}"),
            _ => {
                return Stop::refused("no generic DROP CONSTRAINT in MySQL: type_ must be given");
            }
        };
        sent.push(Written::own(format!("ALTER TABLE {table} DROP {what}")));
        Ok(())
    }

    fn table_comment(&self, sent: &mut Sent) -> Part<()> {
        let table = self.table()?.sql(self.flavor);
        let comment = match self.call.name.as_str() {
            "create_table_comment" => self.argument(1, &["comment"]).and_then(quote::optional),
            _ => None,
        };
        let literal = comment.map(|text| quote::literal(&text, self.flavor));
        sent.push(Written::own(if self.flavor.is_mysql() {
            format!("ALTER TABLE {table} COMMENT {}", literal.unwrap_or_else(|| "''".to_owned()))
        } else {
            format!("COMMENT ON TABLE {table} IS {}", literal.unwrap_or_else(|| "NULL".to_owned()))
        }));
        Ok(())
    }

    fn execute(&self, sent: &mut Sent) -> Part<()> {
        let Some(value) = self.argument(0, &["sqltext", "statement"]) else {
            return Stop::refused("execute without a statement");
        };
        execute::send(value, self.flavor, sent)
    }

    fn bulk_insert(&self, sent: &mut Sent) -> Part<()> {
        let (Some(table), Some(rows)) = (self.argument(0, &["table"]), self.argument(1, &["rows"]))
        else {
            return Stop::refused("bulk_insert needs a table and rows");
        };
        let rows = expr::bulk_insert(table, rows, self.flavor)?;
        sent.written.extend(rows.into_iter().map(Written::own));
        Ok(())
    }
}

const NO_ALTER: &str =
    "SQLite cannot alter constraints; batch_alter_table copies the table instead";
