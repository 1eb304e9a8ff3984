//! Tables of Core: `sa.table("orders", sa.column("id"))`, `sa.Table("orders", metadata, …)`.

use crate::frontend::alembic::render::args::{called, keyword, last};
use crate::frontend::alembic::render::quote::{self, TableName};
use crate::migration::python::{Callee, Kind, Value};

/// A table that expressions speak of.
#[derive(Debug, Clone)]
pub struct CoreTable<'v> {
    /// Its name.
    pub name: TableName,
    /// Its columns, with their types where given.
    pub columns: Vec<(String, Option<&'v Value>)>,
}

impl<'v> CoreTable<'v> {
    /// The table that a value is.
    pub fn of(value: &'v Value) -> Option<Self> {
        let call = value.as_call()?;
        if let Callee::Method(base, method) = &call.callee {
            return match method.as_str() {
                "alias" => Self::of(base),
                _ => None,
            };
        }
        let name = last(call.path()?);
        let skipped = match name {
            "table" | "create_table" => 1,
            "Table" => 2,
            _ => return None,
        };
        let schema = keyword(call, "schema");
        let table = TableName::of(call.args.first(), schema).ok()?;
        let columns = call.args.iter().skip(skipped).filter_map(column).collect();
        Some(Self { name: table, columns })
    }

    /// Where a column stands in the table.
    pub fn position(&self, column: &str) -> usize {
        self.columns.iter().position(|(name, _)| name == column).unwrap_or(usize::MAX)
    }
}

fn column(value: &Value) -> Option<(String, Option<&Value>)> {
    let (name, call) = called(value)?;
    if !matches!(name, "column" | "Column") {
        return None;
    }
    let name = call.args.first().or_else(|| call.keyword("name")).and_then(quote::optional)?;
    let data_type = call.args.get(1).or_else(|| call.keyword("type_"));
    Some((name, data_type.filter(|value| value.path().is_some() || value.as_call().is_some())))
}

/// The table's and the column's name of `t.c.x`, `t.c["x"]`, `t.columns.x`.
pub fn column_of(value: &Value) -> Option<(TableName, String)> {
    let (base, name) = member(value)?;
    let table = CoreTable::of(base)?;
    Some((table.name, name))
}

/// The type of such a column.
pub fn column_type(value: &Value) -> Option<&Value> {
    let (base, name) = member(value)?;
    let table = CoreTable::of(base)?;
    table.columns.into_iter().find(|(column, _)| *column == name)?.1
}

/// What `.c` is taken of, and the column's name.
fn member(value: &Value) -> Option<(&Value, String)> {
    let (collection, name) = match &value.kind {
        Kind::Attribute(parts) => (&parts.0, parts.1.to_string()),
        Kind::Index(parts) => (&parts.0, parts.1.as_str()?.to_owned()),
        _ => return None,
    };
    match &collection.kind {
        Kind::Attribute(parts) if matches!(parts.1.as_str(), "c" | "columns") => {
            Some((&parts.0, name))
        }
        _ => None,
    }
}
