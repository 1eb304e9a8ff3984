//! Types of MySQL and MariaDB with their own arguments.

use super::TypeRef;
use super::numbers::scaled;
use crate::frontend::alembic::render::args::{is_true, number};
use crate::frontend::alembic::render::flavor::Flavor;
use crate::frontend::alembic::render::quote;
use crate::frontend::alembic::render::stop::{Part, Stop};
use crate::migration::python::Value;

/// The SQL of a type from MySQL's module; `None` where it is none.
pub fn sql(data_type: &TypeRef<'_>) -> Part<Option<String>> {
    if !data_type.is_of("mysql") && !data_type.is_of("mariadb") {
        return Ok(None);
    }
    let name = data_type.name();
    let written = match name {
        "INTEGER" | "BIGINT" | "SMALLINT" | "MEDIUMINT" | "TINYINT" => {
            extended(data_type, &sized(name, data_type.argument(0, "display_width")))
        }
        "NUMERIC" | "DECIMAL" => {
            let (precision, scale) =
                (data_type.argument(0, "precision"), data_type.argument(1, "scale"));
            extended(data_type, &scaled(name, precision, scale))
        }
        "DOUBLE" | "REAL" | "FLOAT" => extended(data_type, &floating(data_type)),
        "DATETIME" | "TIME" | "TIMESTAMP" => {
            sized(name, fractional(data_type).filter(|fsp| is_true(Some(fsp))))
        }
        "YEAR" => sized(name, data_type.argument(0, "display_width")),
        "BIT" => sized(name, data_type.argument(0, "length")),
        "TINYTEXT" | "MEDIUMTEXT" | "LONGTEXT" => with_charset(data_type, name),
        "TEXT" | "CHAR" => with_charset(data_type, &sized(name, data_type.argument(0, "length"))),
        "VARCHAR" | "NVARCHAR" | "NCHAR" => character(data_type)?,
        "TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" => name.to_owned(),
        "SET" | "ENUM" => with_charset(data_type, &enumerated(data_type)?),
        _ => return Ok(None),
    };
    Ok(Some(written))
}

fn sized(name: &str, length: Option<&Value>) -> String {
    super::sized(name, length)
}

fn fractional<'v>(data_type: &TypeRef<'v>) -> Option<&'v Value> {
    data_type.argument(1, "fsp")
}

fn floating(data_type: &TypeRef<'_>) -> String {
    let name = data_type.name();
    let (precision, scale) = (data_type.argument(0, "precision"), data_type.argument(1, "scale"));
    match (precision, scale) {
        (Some(_), Some(_)) => scaled(name, precision, scale),
        (Some(precision), None) if name == "FLOAT" => format!("FLOAT({})", number(precision)),
        _ => name.to_owned(),
    }
}

fn extended(data_type: &TypeRef<'_>, spec: &str) -> String {
    let unsigned = if is_true(data_type.keyword("unsigned")) { " UNSIGNED" } else { "" };
    let zerofill = if is_true(data_type.keyword("zerofill")) { " ZEROFILL" } else { "" };
    format!("{spec}{unsigned}{zerofill}")
}

fn character(data_type: &TypeRef<'_>) -> Part<String> {
    let Some(length) = data_type.argument(0, "length") else {
        return Stop::refused(format!("{} requires a length on MySQL", data_type.name()));
    };
    Ok(match data_type.name() {
        "NVARCHAR" => format!("NATIONAL VARCHAR({})", number(length)),
        "NCHAR" => format!("NATIONAL CHAR({})", number(length)),
        name => with_charset(data_type, &format!("{name}({})", number(length))),
    })
}

fn with_charset(data_type: &TypeRef<'_>, spec: &str) -> String {
    let text = |name| data_type.keyword(name).and_then(quote::optional);
    let charset = match text("charset") {
        Some(charset) => format!(" CHARACTER SET {charset}"),
        None if is_true(data_type.keyword("ascii")) => " ASCII".to_owned(),
        None if is_true(data_type.keyword("unicode")) => " UNICODE".to_owned(),
        None => String::new(),
    };
    let collation = match text("collation") {
        Some(collation) => format!(" COLLATE {collation}"),
        None if is_true(data_type.keyword("binary")) => " BINARY".to_owned(),
        None => String::new(),
    };
    let national = if is_true(data_type.keyword("national")) { "NATIONAL " } else { "" };
    format!("{national}{spec}{charset}{collation}")
}

fn enumerated(data_type: &TypeRef<'_>) -> Part<String> {
    let values = super::strings::values(data_type)?;
    let quoted: Vec<String> =
        values.iter().map(|value| quote::literal(value, Flavor::Mysql)).collect();
    Ok(format!("{}({})", data_type.name(), quoted.join(",")))
}
