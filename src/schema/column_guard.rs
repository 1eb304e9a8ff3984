//! What blocks ask of a column before they change it: its type, and whether it may be NULL.

use super::{Column, Schema, Truth};
use crate::migration::{ColumnTrait, Ident, ObjectKind, ObjectName, SqlType};

/// Types that `information_schema.columns` names as they are named here: of others it says
/// `USER-DEFINED`, or the type behind a domain.
const NAMED: [&str; 22] = [
    "bigint",
    "boolean",
    "bytea",
    "character",
    "character varying",
    "date",
    "double precision",
    "inet",
    "integer",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "text",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "uuid",
    "xml",
];

impl Schema {
    /// Whether a column is there and is what is asked for.
    pub(super) fn column_is(
        &self,
        table: &ObjectName,
        column: &Ident,
        asked: &ColumnTrait,
    ) -> Truth {
        let is_there = self.exists(ObjectKind::Column, table, Some(column));
        if is_there != Truth::True {
            return is_there;
        }
        let known = self.table(&self.resolve(table)).known().and_then(|table| table.column(column));
        known.map_or(Truth::Unknown, |known| self.has(known, asked))
    }

    fn has(&self, column: &Column, asked: &ColumnTrait) -> Truth {
        let type_name = column.data_type.as_ref().and_then(|one| self.information_name(one));
        match (asked, type_name) {
            (ColumnTrait::NotNull, _) => Truth::of(column.not_null),
            (ColumnTrait::Nullable, _) => Truth::of(!column.not_null),
            (ColumnTrait::Type(names), Some(own)) => Truth::of(names.contains(&own)),
            (ColumnTrait::OtherType(name), Some(own)) => Truth::of(*name != own),
            (ColumnTrait::Type(_) | ColumnTrait::OtherType(_), None) => Truth::Unknown,
        }
    }

    /// What `information_schema.columns` calls a type; `None` where that is not sure.
    fn information_name(&self, data_type: &SqlType) -> Option<String> {
        if data_type.dimensions > 0 {
            return Some("ARRAY".to_owned());
        }
        let is_own = data_type.name.schema.is_some() || self.type_def(&data_type.name).is_some();
        let name = data_type.name.name.as_str();
        (!is_own && NAMED.contains(&name)).then(|| name.to_owned())
    }
}
