//! Names of the syntax tree as the server compares them.

use crate::migration::{Dialect, Ident, ObjectName};
use sqlparser::ast;

/// Bytes of a name that PostgreSQL keeps (`NAMEDATALEN - 1`).
const POSTGRES_NAME_BYTES: usize = 63;

/// A name as the catalogue stores it: PostgreSQL folds what is not quoted and cuts after 63
/// bytes; SQLite compares without case even where quoted, and so does MySQL all but names of
/// tables, for which see [`object_name`].
pub fn fold(value: &str, quoted: bool, dialect: Dialect) -> Ident {
    match dialect {
        Dialect::Postgres if quoted => Ident::new(cut(value)),
        Dialect::Postgres => Ident::new(cut(&value.to_lowercase())),
        Dialect::Sqlite => Ident::new(value.to_ascii_lowercase()),
        Dialect::Mysql | Dialect::Mariadb => Ident::caseless(value),
    }
}

fn cut(name: &str) -> &str {
    if name.len() <= POSTGRES_NAME_BYTES {
        return name;
    }
    let end = (0..=POSTGRES_NAME_BYTES).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    name.get(..end).unwrap_or(name)
}

/// An identifier of the tree.
pub fn ident(ident: &ast::Ident, dialect: Dialect) -> Ident {
    fold(&ident.value, ident.quote_style.is_some(), dialect)
}

fn part(part: &ast::ObjectNamePart, dialect: Dialect) -> Ident {
    match part {
        ast::ObjectNamePart::Identifier(name) => ident(name, dialect),
        ast::ObjectNamePart::Function(function) => ident(&function.name, dialect),
    }
}

/// A name with its schema; a database in front of the schema is dropped. MySQL keeps the case of
/// tables and databases, as their names are those of files.
pub fn object_name(name: &ast::ObjectName, dialect: Dialect) -> ObjectName {
    let parts = name.0.iter().map(|one| part(one, dialect));
    match dialect.is_mysql() {
        true => from_parts(parts.map(|part| Ident::new(part.as_str())).collect()),
        false => from_parts(parts.collect()),
    }
}

/// A name from its folded parts; all but the last two are dropped.
pub fn from_parts(mut parts: Vec<Ident>) -> ObjectName {
    let name = parts.pop().unwrap_or_else(|| Ident::new(""));
    ObjectName { schema: parts.pop(), name }
}

/// A function's name without `pg_catalog`.
pub fn function_name(name: &ast::ObjectName, dialect: Dialect) -> ObjectName {
    without_catalog(object_name(name, dialect))
}

/// The name without `pg_catalog`.
pub fn without_catalog(name: ObjectName) -> ObjectName {
    match &name.schema {
        Some(schema) if schema == "pg_catalog" => ObjectName::bare(name.name),
        _ => name,
    }
}
