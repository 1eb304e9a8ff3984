//! Types as they are written; what they are called is the matter of [`super::super::types`].

use super::super::cursor::{Cursor, Parsed};
use super::super::mysql;
use super::super::scanner::TokenKind;
use super::super::types::{self, WrittenType};
use crate::migration::{Dialect, Ident, SqlType};

/// Takes a type.
pub(in super::super) fn data_type(cursor: &mut Cursor<'_>) -> Parsed<SqlType> {
    match cursor.dialect() {
        Dialect::Postgres => postgres(cursor),
        Dialect::Mysql | Dialect::Mariadb => mysql::data_type::data_type(cursor),
        Dialect::Sqlite => sqlite(cursor)?.ok_or_else(|| cursor.error("expected a type")),
    }
}

fn postgres(cursor: &mut Cursor<'_>) -> Parsed<SqlType> {
    let start = cursor.offset();
    let mut written = type_name(cursor)?;
    written.modifiers = modifiers(cursor)?;
    if written.schema.is_none() && !written.quoted {
        match written.words.first().map(Ident::as_str) {
            Some("timestamp" | "time") => time_zone(cursor, &mut written),
            Some("interval") => interval_fields(cursor, &mut written)?,
            _ => {}
        }
    }
    written.dimensions = dimensions(cursor)?;
    cursor.written(cursor.since(start)).clone_into(&mut written.written);
    Ok(types::canonical(written, cursor.dialect()))
}

/// Names of several words, which only the grammar knows.
const SPACED: [&str; 9] = [
    "double precision",
    "national character varying",
    "national char varying",
    "national character",
    "national char",
    "character varying",
    "nchar varying",
    "char varying",
    "bit varying",
];

fn words_of(text: &str) -> impl Iterator<Item = Ident> {
    text.split(' ').map(Ident::new)
}

fn type_name(cursor: &mut Cursor<'_>) -> Parsed<WrittenType> {
    let mut written = WrittenType::default();
    if let Some(words) = cursor.eat_any(&SPACED) {
        written.words = words_of(words).collect();
        return Ok(written);
    }
    let mut name = cursor.name("a type")?;
    written.quoted = cursor.previous().is_some_and(|token| token.kind == TokenKind::QuotedName);
    if cursor.eat_operator("%") {
        cursor.expect("type")?;
        name.name = Ident::new(format!("{}%type", name.name));
    }
    written.schema = name.schema;
    written.words = vec![name.name];
    Ok(written)
}

/// What stands behind a type in parentheses, part by part as written.
pub(in super::super) fn modifiers(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    if !cursor.is_kind(TokenKind::LeftParen) {
        return Ok(Vec::new());
    }
    let mut inner = cursor.parens("type modifiers")?;
    let mut modifiers = Vec::new();
    while !inner.is_done() {
        let part = inner.until_comma();
        modifiers.push(part.written(part.rest()).to_owned());
        inner.comma()?;
    }
    Ok(modifiers)
}

fn time_zone(cursor: &mut Cursor<'_>, written: &mut WrittenType) {
    if let Some(zone) = cursor.eat_any(&["with time zone", "without time zone"]) {
        written.words.extend(words_of(zone));
    }
}

const FIELDS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];

fn interval_fields(cursor: &mut Cursor<'_>, written: &mut WrittenType) -> Parsed<()> {
    let Some(first) = cursor.eat_any(&FIELDS) else { return Ok(()) };
    written.words.push(Ident::new(first));
    if cursor.eat("to") {
        let last = cursor.eat_any(&FIELDS).ok_or_else(|| cursor.error("expected a field"))?;
        written.words.extend(["to", last].map(Ident::new));
    }
    written.modifiers.extend(modifiers(cursor)?);
    Ok(())
}

fn dimensions(cursor: &mut Cursor<'_>) -> Parsed<u8> {
    let mut dimensions = 0_u8;
    if cursor.eat("array") {
        dimensions = 1;
    }
    while cursor.eat_kind(TokenKind::LeftBracket) {
        cursor.eat_kind(TokenKind::Number);
        if !cursor.eat_kind(TokenKind::RightBracket) {
            return Err(cursor.error("expected ']'"));
        }
        dimensions = dimensions.saturating_add(1);
    }
    Ok(dimensions.min(match cursor.previous() {
        Some(token) if token.kind == TokenKind::RightBracket => u8::MAX,
        _ => 1,
    }))
}

/// SQLite takes any words as a type, or none at all.
pub(in super::super) fn sqlite(cursor: &mut Cursor<'_>) -> Parsed<Option<SqlType>> {
    let start = cursor.offset();
    let mut words = Vec::new();
    while cursor.is_name_at(0) && !cursor.is_any(&AFTER_TYPE) {
        words.push(cursor.ident("a type")?);
    }
    if words.is_empty() {
        return Ok(None);
    }
    let modifiers = modifiers(cursor)?;
    let written = cursor.written(cursor.since(start)).to_owned();
    let written = WrittenType { words, modifiers, written, ..WrittenType::default() };
    Ok(Some(types::canonical(written, cursor.dialect())))
}

const AFTER_TYPE: [&str; 8] =
    ["null", "default", "collate", "generated", "as", "constraint", "check", "not"];
