//! A table as it is before a batch changes it: read from the replayed schema, or from `copy_from`.

use super::{FLAVOR, call_named};
use crate::frontend::alembic::render::column::{Column, default_sql};
use crate::frontend::alembic::render::constraint::{Kind, TableConstraint};
use crate::frontend::alembic::render::stop::{Part, Stop};
use crate::frontend::alembic::render::{quote, types};
use crate::migration::python::{Key, Value};

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reflected {
    /// Its name.
    pub name: String,
    /// Columns in order.
    pub columns: Vec<ReflectedColumn>,
    /// Constraints; those without a name are anonymous.
    pub constraints: Vec<ReflectedConstraint>,
    /// Indexes that serve no constraint.
    pub indexes: Vec<ReflectedIndex>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReflectedColumn {
    /// Its name.
    pub name: String,
    /// Its type in SQL.
    pub data_type: String,
    /// `DEFAULT`, in SQL.
    pub default: Option<String>,
    /// Whether it takes NULLs; `None` where only its place in the key decides.
    pub nullable: Option<bool>,
    /// `GENERATED …`, in SQL.
    pub generated: Option<String>,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReflectedConstraint {
    /// Its name.
    pub name: Option<String>,
    /// Columns of the table that it is about.
    pub columns: Vec<String>,
    /// What it demands.
    pub kind: ReflectedKind,
}

/// What a constraint demands of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReflectedKind {
    /// They are the key.
    PrimaryKey,
    /// They are unique.
    Unique,
    /// They are those of a row of another table.
    ForeignKey {
        /// The other table.
        table: String,
        /// Its columns.
        references: Vec<String>,
        /// What follows: ` ON DELETE CASCADE`.
        rules: String,
    },
    /// The condition holds.
    Check(String),
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReflectedIndex {
    /// Its name.
    pub name: String,
    /// Whether its columns are unique.
    pub unique: bool,
    /// Its columns; indexes on expressions are not seen.
    pub columns: Vec<String>,
    /// `WHERE`, in SQL.
    pub predicate: Option<String>,
}

impl Reflected {
    /// The table of `sa.Table(…)`.
    pub(super) fn of_value(value: &Value) -> Part<Self> {
        let Some(call) = call_named(value, "Table") else {
            return Stop::unknown("the table of `copy_from` is not known");
        };
        let name = call.args.first().map(quote::text).transpose()?;
        let mut table = Self { name: name.unwrap_or_default(), ..Self::default() };
        for item in call.args.iter().skip(2) {
            table.take(item)?;
        }
        Ok(table)
    }

    /// Takes a column or constraint; a column takes the place of one of its name.
    pub(super) fn take(&mut self, item: &Value) -> Part<()> {
        if let Some(column) = Column::of(item) {
            self.take_column(&column)
        } else if let Some(constraint) = TableConstraint::of(item)? {
            self.constraints.push(ReflectedConstraint::of(&constraint)?);
            Ok(())
        } else if let Some(index) = call_named(item, "Index") {
            let mut parts = index.args.iter().map(quote::text);
            let name = parts.next().transpose()?.unwrap_or_default();
            let columns = parts.collect::<Part<Vec<_>>>()?;
            let unique = index.keyword("unique").and_then(Value::as_bool).unwrap_or(false);
            self.indexes.push(ReflectedIndex { name, unique, columns, predicate: None });
            Ok(())
        } else {
            Ok(())
        }
    }

    fn take_column(&mut self, column: &Column<'_>) -> Part<()> {
        let new = ReflectedColumn::of(column)?;
        if column.is_primary_key() {
            self.join_key(&column.name);
        }
        for key in column.foreign_keys()? {
            self.constraints.push(ReflectedConstraint::of(&key)?);
        }
        if column.is_unique() && !column.is_indexed() {
            let columns = vec![column.name.clone()];
            let kind = ReflectedKind::Unique;
            let name = column.name_of("unique");
            self.constraints.push(ReflectedConstraint { name, columns, kind });
        }
        match self.columns.iter_mut().find(|known| known.name == new.name) {
            Some(known) => *known = new,
            None => self.columns.push(new),
        }
        Ok(())
    }

    fn join_key(&mut self, column: &str) {
        let is_key = |one: &&mut ReflectedConstraint| one.kind == ReflectedKind::PrimaryKey;
        match self.constraints.iter_mut().find(is_key) {
            Some(key) if !key.columns.iter().any(|one| one == column) => {
                key.columns.push(column.to_owned());
            }
            Some(_) => {}
            None => self.constraints.push(ReflectedConstraint {
                name: None,
                columns: vec![column.to_owned()],
                kind: ReflectedKind::PrimaryKey,
            }),
        }
    }
}

impl ReflectedColumn {
    /// A column as it is written.
    pub(super) fn of(column: &Column<'_>) -> Part<Self> {
        let Some(data_type) = column.data_type else {
            return Stop::unknown("the type of a column is not known");
        };
        let default = match column.keyword("server_default").filter(|_| column.computed().is_none())
        {
            Some(value) => default_sql(value, FLAVOR)?,
            None => None,
        };
        let said = column.keyword("nullable").and_then(Value::as_bool);
        Ok(Self {
            name: column.name.clone(),
            data_type: types::sql(data_type, FLAVOR)?,
            default,
            nullable: said.or_else(|| (!column.is_nullable(Key::None)).then_some(false)),
            generated: column.generated(FLAVOR),
        })
    }
}

impl ReflectedConstraint {
    /// A constraint as it is written.
    pub(super) fn of(constraint: &TableConstraint<'_>) -> Part<Self> {
        let name = constraint.0.name();
        let (columns, kind) = match &constraint.0.kind {
            Kind::PrimaryKey(columns) => (columns.clone(), ReflectedKind::PrimaryKey),
            Kind::Unique(columns) => (columns.clone(), ReflectedKind::Unique),
            Kind::ForeignKey { columns, table, references } => {
                let kind = ReflectedKind::ForeignKey {
                    table: table.name.clone(),
                    references: references.clone(),
                    rules: constraint.0.rules(FLAVOR)?,
                };
                (columns.clone(), kind)
            }
            Kind::Check(condition) => {
                let sql = crate::frontend::alembic::render::constraint::sql_text(condition, FLAVOR);
                (Vec::new(), ReflectedKind::Check(sql))
            }
            Kind::Exclude(_) => return Stop::refused("SQLite has no EXCLUDE constraints"),
        };
        Ok(Self { name, columns, kind })
    }
}
