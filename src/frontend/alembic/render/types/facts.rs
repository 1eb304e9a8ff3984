//! What rendering has to know of a type beside its SQL.

use super::{TypeRef, strings};
use crate::frontend::alembic::render::args::is_true;
use crate::frontend::alembic::render::flavor::Flavor;
use crate::frontend::alembic::render::quote::{self, TableName};
use crate::migration::python::Value;

/// The family of a type, as far as defaults and keys depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affinity {
    /// Two bytes.
    SmallInteger,
    /// Four bytes.
    Integer,
    /// Eight bytes.
    BigInteger,
    /// Date and time.
    DateTime,
    /// Truth.
    Boolean,
    /// All others.
    Other,
}

impl Affinity {
    /// Whether it counts as a whole number.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::SmallInteger | Self::Integer | Self::BigInteger)
    }
}

/// Facts of a type.
#[derive(Debug, Clone)]
pub struct TypeFacts {
    /// Its family.
    pub affinity: Affinity,
    /// Whether it is MySQL's TIMESTAMP, which is nullable only by saying so.
    pub timestamp: bool,
    /// A named type of PostgreSQL that comes into being with its table.
    pub created: Option<CreatedType>,
    /// The CHECK that the type brings with it.
    pub check: Option<TypeCheck>,
}

/// `CREATE TYPE` of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedType {
    /// Its name, quoted.
    pub name: String,
    /// Its values, as literals joined by commas.
    pub values: String,
}

/// A CHECK that a type brings with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeCheck {
    /// Its name.
    pub name: Option<String>,
    /// The values that are allowed, as literals.
    pub values: Vec<String>,
}

impl TypeFacts {
    /// The facts of a type on a dialect; those of what is not known are none.
    pub fn of(value: &Value, flavor: Flavor) -> Self {
        let Ok(data_type) = TypeRef::of(value, flavor) else {
            return Self::none();
        };
        if !data_type.is_library() {
            return Self::none();
        }
        Self {
            affinity: affinity(data_type.name()),
            timestamp: data_type.name() == "TIMESTAMP",
            created: created(&data_type, flavor),
            check: check(&data_type, flavor),
        }
    }

    fn none() -> Self {
        Self { affinity: Affinity::Other, timestamp: false, created: None, check: None }
    }
}

fn affinity(name: &str) -> Affinity {
    match name {
        "Integer" | "INTEGER" | "INT" | "MEDIUMINT" | "TINYINT" => Affinity::Integer,
        "SmallInteger" | "SMALLINT" => Affinity::SmallInteger,
        "BigInteger" | "BIGINT" => Affinity::BigInteger,
        "DateTime" | "DATETIME" | "TIMESTAMP" => Affinity::DateTime,
        "Boolean" | "BOOLEAN" => Affinity::Boolean,
        _ => Affinity::Other,
    }
}

/// The type that PostgreSQL needs before the table; arrays bring that of their items.
fn created(data_type: &TypeRef<'_>, flavor: Flavor) -> Option<CreatedType> {
    if flavor != Flavor::Postgres {
        return None;
    }
    match data_type.name() {
        "ARRAY" => created(&TypeRef::of(data_type.argument(0, "item_type")?, flavor).ok()?, flavor),
        "Enum" | "ENUM" => create_enum(data_type, flavor),
        _ => None,
    }
}

/// `CREATE TYPE` of an enum, unless it says that it is not to be created.
pub fn create_enum(data_type: &TypeRef<'_>, flavor: Flavor) -> Option<CreatedType> {
    let creates = data_type.keyword("create_type").is_none_or(|value| is_true(Some(value)));
    if !creates || !strings::is_native(data_type) {
        return None;
    }
    enum_definition(data_type, flavor)
}

/// Name and values of an enum type.
pub fn enum_definition(data_type: &TypeRef<'_>, flavor: Flavor) -> Option<CreatedType> {
    let name = match data_type.keyword("name") {
        Some(name) => TableName::of(Some(name), data_type.keyword("schema")).ok()?.sql(flavor),
        None => quote::quoted(&strings::class_name(data_type)?, flavor),
    };
    let values = match strings::values(data_type) {
        Ok(values) => {
            let values = values.iter().map(|value| quote::literal(value, flavor));
            values.collect::<Vec<_>>().join(", ")
        }
        Err(_) => quote::placeholder("values"),
    };
    Some(CreatedType { name, values })
}

fn check(data_type: &TypeRef<'_>, flavor: Flavor) -> Option<TypeCheck> {
    if !is_true(data_type.keyword("create_constraint")) {
        return None;
    }
    let name = data_type.keyword("name").and_then(quote::optional);
    match data_type.name() {
        "Boolean" if flavor != Flavor::Postgres => {
            Some(TypeCheck { name, values: vec!["0".to_owned(), "1".to_owned()] })
        }
        "Enum" if !(strings::is_native(data_type) && flavor != Flavor::Sqlite) => {
            let values = strings::values(data_type).ok()?;
            let values = values.iter().map(|value| quote::literal(value, flavor)).collect();
            Some(TypeCheck { name, values })
        }
        _ => None,
    }
}

impl CreatedType {
    /// `CREATE TYPE … AS ENUM`.
    pub fn sql(&self) -> String {
        format!("CREATE TYPE {} AS ENUM ({})", self.name, self.values)
    }
}
