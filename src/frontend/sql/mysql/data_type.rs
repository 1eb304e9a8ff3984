//! Types as they are written.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::data_type::modifiers;
use super::super::scanner::TokenKind;
use super::types;
use crate::migration::SqlType;

/// Names of several words.
const SPACED: [&str; 14] = [
    "double precision",
    "national character varying",
    "national char varying",
    "national varcharacter",
    "national varchar",
    "national character",
    "national char",
    "character varying",
    "nchar varying",
    "nchar varchar",
    "char varying",
    "char byte",
    "long varbinary",
    "long varchar",
];

/// Takes a type with its sign; character set and collation are attributes of the column.
pub(in super::super) fn data_type(cursor: &mut Cursor<'_>) -> Parsed<SqlType> {
    let start = cursor.offset();
    let mut words = match cursor.eat_any(&SPACED) {
        Some(words) => words.to_owned(),
        None => type_word(cursor)?,
    };
    let modifiers = modifiers(cursor)?;
    while let Some(sign) = cursor.eat_any(&["unsigned", "signed", "zerofill"]) {
        words.push(' ');
        words.push_str(sign);
    }
    Ok(types::canonical(&words, modifiers, cursor.written(cursor.since(start))))
}

fn type_word(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let word = cursor.word().ok_or_else(|| cursor.error("expected a type"))?;
    cursor.bump();
    // MariaDB writes some types with the package that they come from.
    if cursor.eat_kind(TokenKind::Dot) {
        return Ok(cursor.label("a type")?.folded().to_owned());
    }
    Ok(word)
}
