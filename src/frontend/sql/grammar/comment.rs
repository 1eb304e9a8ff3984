//! `COMMENT ON` and `SECURITY LABEL`.

use super::super::cursor::{Cursor, Parsed};
use super::named::{self, Named};
use super::object;
use crate::migration::{ActionKind, ObjectKind};

/// `COMMENT ON`, from behind `ON`.
pub(in super::super) fn comment(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let start = cursor.offset();
    let kind = kind_of(cursor)?;
    let Named { name, table, .. } = named::named(cursor, kind)?;
    cursor.expect("is")?;
    if !cursor.eat("null") {
        cursor.string("the text of the comment")?;
    }
    let span = cursor.file(cursor.since(start));
    let mut change = object::change(kind, name, "comment", span);
    change.tables.extend(table);
    Ok(ActionKind::Comment(change))
}

fn kind_of(cursor: &mut Cursor<'_>) -> Parsed<ObjectKind> {
    named::kind(cursor).ok_or_else(|| cursor.error("expected a kind of object"))
}

/// `SECURITY LABEL`, from behind `LABEL`.
pub(in super::super) fn security_label(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let start = cursor.offset();
    if cursor.eat("for") {
        cursor.bump();
    }
    cursor.expect("on")?;
    let kind = kind_of(cursor)?;
    let Named { name, table, .. } = named::named(cursor, kind)?;
    cursor.expect("is")?;
    cursor.take_rest();
    let span = cursor.file(cursor.since(start));
    let mut change = object::change(kind, name, "security label", span);
    change.tables.extend(table);
    Ok(ActionKind::Comment(change))
}
