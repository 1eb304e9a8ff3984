//! Types as the server names them.

use super::{Ident, ObjectName};
use std::fmt;

/// A type in canonical form, with the text that the author wrote.
///
/// In PostgreSQL `int4`, `INT` and `integer` all have the name `integer`; `varchar(50)` has the name
/// `character varying` and one modifier. The pseudo types `smallserial`, `serial` and `bigserial`
/// keep their names: replay turns them into integer, sequence and default.
///
/// MySQL's types have the names of its catalogue, `unsigned` and `zerofill` behind: `INTEGER(11)
/// UNSIGNED` is `int unsigned`. The display width of an integer is left out, as it means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlType {
    /// Canonical name; a schema only where written and not `pg_catalog`.
    pub name: ObjectName,
    /// Length, precision, scale, …
    pub modifiers: Vec<String>,
    /// Number of array dimensions written; 0 is no array.
    pub dimensions: u8,
    /// `COLLATE`, where the type was written with one.
    pub collation: Option<ObjectName>,
    /// As written.
    pub written: String,
}

impl SqlType {
    /// A type without modifiers, written as it is named.
    pub fn simple(name: &str) -> Self {
        Self {
            name: ObjectName::bare(name),
            modifiers: Vec::new(),
            dimensions: 0,
            collation: None,
            written: name.to_owned(),
        }
    }

    /// Whether the canonical name is `name` and it is no array.
    pub fn is(&self, name: &str) -> bool {
        self.dimensions == 0 && self.name.name == name
    }

    /// The name without MySQL's `unsigned` and `zerofill`.
    pub fn base_name(&self) -> &str {
        let name = self.name.name.as_str();
        name.split_once(" unsigned").map_or(name, |(base, _)| base)
    }

    /// Whether it is one of MySQL's unsigned types.
    pub fn is_unsigned(&self) -> bool {
        self.base_name().len() < self.name.name.as_str().len()
    }

    /// The integer type behind a serial pseudo type.
    pub fn serial_base(&self) -> Option<Ident> {
        if self.dimensions > 0 || self.name.schema.is_some() {
            return None;
        }
        match self.name.name.as_str() {
            "smallserial" => Some(Ident::new("smallint")),
            "serial" => Some(Ident::new("integer")),
            "bigserial" => Some(Ident::new("bigint")),
            _ => None,
        }
    }
}

/// As PostgreSQL's `format_type` prints it.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.to_string();
        let modifiers = match self.modifiers.len() {
            0 => String::new(),
            _ => format!("({})", self.modifiers.join(",")),
        };
        match name.split_once(' ') {
            // The precision of `timestamp(3) with time zone` and of `decimal(8,2) unsigned` stands
            // inside the name.
            Some((first, rest))
                if matches!(first, "timestamp" | "time") || rest.starts_with("unsigned") =>
            {
                write!(f, "{first}{modifiers} {rest}")?;
            }
            _ => write!(f, "{name}{modifiers}")?,
        }
        if self.dimensions > 0 { f.write_str("[]") } else { Ok(()) }
    }
}
