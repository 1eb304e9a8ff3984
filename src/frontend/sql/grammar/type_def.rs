//! Types: enums, composites, and the others by their kind.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::create::Modifiers;
use super::{data_type, object};
use crate::migration::{ActionKind, AlterEnum, CreateEnum, EnumChange, Ident, ObjectKind, SqlType};

/// `CREATE TYPE`, from behind `TYPE`.
pub(in super::super) fn create(cursor: &mut Cursor<'_>, _: &Modifiers) -> Parsed<ActionKind> {
    let start = cursor.offset();
    let name = cursor.name("a type name")?;
    if cursor.eat("as enum") {
        return Ok(ActionKind::CreateEnum(CreateEnum { name, values: labels(cursor)? }));
    }
    if cursor.is("as") && cursor.peek_at(1).is_some_and(|t| t.kind == TokenKind::LeftParen) {
        cursor.bump();
        let attributes = attributes(cursor)?;
        return Ok(ActionKind::CreateComposite { name, attributes });
    }
    let option = if cursor.eat("as range") { "range" } else { "create" };
    if !cursor.is_done() {
        cursor.parens("'(' before the definition of the type")?;
    }
    let span = cursor.file(cursor.since(start));
    let change = object::change(ObjectKind::Type, Some(name), option, span);
    Ok(ActionKind::CreateObject(change))
}

fn labels(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    let mut inner = cursor.parens("'(' before the values of the enum")?;
    let mut values = Vec::new();
    while !inner.is_done() {
        values.push(inner.string("a value of the enum")?);
        inner.comma()?;
    }
    Ok(values)
}

fn attributes(cursor: &mut Cursor<'_>) -> Parsed<Vec<(Ident, SqlType)>> {
    let mut inner = cursor.parens("'(' before the attributes of the type")?;
    let mut attributes = Vec::new();
    while !inner.is_done() {
        let name = inner.ident("an attribute")?;
        let mut data_type = data_type::data_type(&mut inner)?;
        if inner.eat("collate") {
            data_type.collation = Some(inner.name("a collation")?);
        }
        attributes.push((name, data_type));
        inner.comma()?;
    }
    Ok(attributes)
}

/// `ALTER TYPE`, from behind `TYPE`.
pub(in super::super) fn alter(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let mut ahead = *cursor;
    let name = ahead.name("a type")?;
    if ahead.eat("add value") {
        let change = add_value(&mut ahead)?;
        *cursor = ahead;
        return Ok(ActionKind::AlterEnum(AlterEnum { name, change }));
    }
    if ahead.eat("rename value") {
        let from = ahead.string("a value of the enum")?;
        ahead.expect("to")?;
        let to = ahead.string("a value of the enum")?;
        *cursor = ahead;
        let change = EnumChange::RenameValue { from, to };
        return Ok(ActionKind::AlterEnum(AlterEnum { name, change }));
    }
    object::alter_named(cursor, ObjectKind::Type)
}

fn add_value(cursor: &mut Cursor<'_>) -> Parsed<EnumChange> {
    let if_not_exists = cursor.eat("if not exists");
    let value = cursor.string("a value of the enum")?;
    let (mut before, mut after) = (None, None);
    match cursor.eat_any(&["before", "after"]) {
        Some("before") => before = Some(cursor.string("a value of the enum")?),
        Some(_) => after = Some(cursor.string("a value of the enum")?),
        None => {}
    }
    Ok(EnumChange::AddValue { value, if_not_exists, before, after })
}
