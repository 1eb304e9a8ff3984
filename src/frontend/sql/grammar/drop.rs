//! `DROP` of anything.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::alter_table::cascade;
use super::named::{self, Named};
use crate::migration::{ActionKind, DropObject, ObjectKind, Online};

/// `DROP`, from behind `DROP`.
pub(in super::super) fn drop(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let Some(kind) = named::kind(cursor) else {
        return Err(cursor.error("expected a kind of object"));
    };
    if kind == ObjectKind::Owned {
        return owned(cursor);
    }
    let concurrently = kind == ObjectKind::Index && cursor.eat("concurrently");
    let mut dropped = DropObject {
        kind,
        names: Vec::new(),
        table: None,
        arguments: Vec::new(),
        if_exists: cursor.eat("if exists"),
        cascade: false,
        concurrently,
        makes_room: false,
        online: Online::default(),
    };
    loop {
        let Named { name, table, arguments } = named::named(cursor, kind)?;
        dropped.names.extend(name);
        dropped.table = dropped.table.or(table);
        dropped.arguments.push(arguments);
        if !cursor.eat_kind(TokenKind::Comma) {
            break;
        }
    }
    // DROP DATABASE … WITH (FORCE).
    if cursor.eat("with") || cursor.is_kind(TokenKind::LeftParen) {
        cursor.parens("options")?;
    }
    dropped.cascade = cascade(cursor);
    Ok(ActionKind::Drop(Box::new(dropped)))
}

fn owned(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.expect("by")?;
    let mut names = vec![named::role(cursor)?];
    while cursor.eat_kind(TokenKind::Comma) {
        names.push(named::role(cursor)?);
    }
    Ok(ActionKind::Drop(Box::new(DropObject {
        kind: ObjectKind::Owned,
        names,
        table: None,
        arguments: Vec::new(),
        if_exists: false,
        cascade: cascade(cursor),
        concurrently: false,
        makes_room: false,
        online: Online::default(),
    })))
}
