//! String types and enums.

use super::{TypeRef, named, sized};
use crate::frontend::alembic::render::args::is_true;
use crate::frontend::alembic::render::flavor::Flavor;
use crate::frontend::alembic::render::quote;
use crate::frontend::alembic::render::stop::{Part, Stop};
use crate::migration::python::{Call, Kind, Value};

/// The SQL of a string type; `None` where it is none.
pub fn sql(data_type: &TypeRef<'_>, flavor: Flavor) -> Part<Option<String>> {
    let base = match data_type.name() {
        "String" | "Unicode" | "VARCHAR" => "VARCHAR",
        "Text" | "UnicodeText" | "TEXT" => "TEXT",
        "CHAR" => "CHAR",
        "NCHAR" => "NCHAR",
        "NVARCHAR" => "NVARCHAR",
        "CLOB" => return Ok(Some("CLOB".to_owned())),
        "Enum" | "ENUM" => return enumeration(data_type, flavor).map(Some),
        _ => return Ok(None),
    };
    let length = data_type.argument(0, "length");
    if flavor.is_mysql() && length.is_none() && matches!(base, "VARCHAR" | "NVARCHAR") {
        return Stop::refused(format!("{base} requires a length on {}", flavor.title()));
    }
    let text = match (base, flavor.is_mysql()) {
        ("NVARCHAR", true) => sized("NATIONAL VARCHAR", length),
        ("NCHAR", true) => sized("NATIONAL CHAR", length),
        _ => sized(base, length),
    };
    let collation = data_type.argument(1, "collation").and_then(quote::optional);
    Ok(Some(match collation {
        Some(collation) if flavor.is_mysql() => format!("{text} COLLATE {collation}"),
        Some(collation) => format!("{text} COLLATE {}", quote::quoted(&collation, flavor)),
        None => text,
    }))
}

fn enumeration(data_type: &TypeRef<'_>, flavor: Flavor) -> Part<String> {
    let native = is_native(data_type);
    match flavor {
        Flavor::Postgres if native => named_enum(data_type, flavor),
        Flavor::Mysql | Flavor::Mariadb if native => {
            let values = values(data_type)?;
            let quoted: Vec<String> =
                values.iter().map(|value| quote::literal(value, flavor)).collect();
            Ok(format!("ENUM({})", quoted.join(",")))
        }
        _ => {
            let longest = longest(data_type)?;
            Ok(format!("VARCHAR({longest})"))
        }
    }
}

/// The name of an enum type; that of a class of the project is the class's in lower case.
fn named_enum(data_type: &TypeRef<'_>, flavor: Flavor) -> Part<String> {
    if data_type.keyword("name").is_none()
        && let Some(class) = class_name(data_type)
    {
        return Ok(quote::quoted(&class, flavor));
    }
    named(data_type, flavor)
}

/// The name that SQLAlchemy derives from a Python enum class.
pub fn class_name(data_type: &TypeRef<'_>) -> Option<String> {
    let [class] = data_type.positional() else {
        return None;
    };
    match members(class) {
        Some(call) => call.args.first()?.as_str().map(str::to_lowercase),
        None => class.path().map(|path| path.rsplit('.').next().unwrap_or(path).to_lowercase()),
    }
}

/// The members of a Python enum class that is known: name and value.
fn members(class: &Value) -> Option<&Call> {
    class.as_call().filter(|call| call.path() == Some("enum.Enum"))
}

/// Whether an enum is one of the database.
pub fn is_native(data_type: &TypeRef<'_>) -> bool {
    data_type.keyword("native_enum").is_none_or(|value| is_true(Some(value)))
}

/// The values of an enum.
pub fn values(data_type: &TypeRef<'_>) -> Part<Vec<String>> {
    let spread = match data_type.positional() {
        [class] if members(class).is_some() => return Ok(labels(data_type, class)),
        [one] => one.elements().unwrap_or(data_type.positional()),
        all => all,
    };
    spread.iter().map(value).collect()
}

/// What the database calls the members of a class: their names, unless `values_callable` picks
/// their values.
fn labels(data_type: &TypeRef<'_>, class: &Value) -> Vec<String> {
    let picked = data_type.keyword("values_callable").is_some();
    let label = |(name, value): &(smol_str::SmolStr, Value)| match value.as_str() {
        Some(text) if picked => text.to_owned(),
        _ => name.to_string(),
    };
    members(class).map_or_else(Vec::new, |call| call.kwargs.iter().map(label).collect())
}

fn value(value: &Value) -> Part<String> {
    match &value.kind {
        Kind::Str(text) if text.is_known() => Ok(text.as_str().to_owned()),
        _ => Stop::unknown("the values of its enum are not known"),
    }
}

fn longest(data_type: &TypeRef<'_>) -> Part<String> {
    if let Some(length) = data_type.keyword("length") {
        return Ok(crate::frontend::alembic::render::args::number(length));
    }
    let Ok(values) = values(data_type) else {
        return Ok(quote::placeholder("length"));
    };
    let longest = values.iter().map(|value| value.chars().count()).max().unwrap_or(0);
    Ok(longest.to_string())
}
