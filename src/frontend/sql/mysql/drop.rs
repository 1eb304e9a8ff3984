//! `DROP` of anything, and `TRUNCATE`.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::{create, object, online};
use crate::migration::{
    ActionKind, DropObject, Form, Ident, ObjectKind, ObjectName, Online, Truncate,
};

/// Kinds by their words.
const KINDS: [(&str, ObjectKind); 17] = [
    ("temporary table", ObjectKind::Table),
    ("temporary sequence", ObjectKind::Sequence),
    ("tables", ObjectKind::Table),
    ("table", ObjectKind::Table),
    ("view", ObjectKind::View),
    ("index", ObjectKind::Index),
    ("sequence", ObjectKind::Sequence),
    ("function", ObjectKind::Function),
    ("procedure", ObjectKind::Procedure),
    ("package body", ObjectKind::Package),
    ("package", ObjectKind::Package),
    ("trigger", ObjectKind::Trigger),
    ("event", ObjectKind::Event),
    ("database", ObjectKind::Schema),
    ("schema", ObjectKind::Schema),
    ("server", ObjectKind::Server),
    ("tablespace", ObjectKind::Tablespace),
];

/// `DROP`, from behind it.
pub(in super::super) fn drop(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if cursor.eat_any(&["user", "role"]).is_some() {
        return roles(cursor);
    }
    if cursor.eat("prepare") {
        return object::drop_prepare(cursor);
    }
    let found = KINDS.iter().find(|(words, _)| cursor.eat(words)).map(|(_, kind)| *kind);
    let kind = found.ok_or_else(|| cursor.error("expected a kind of object"))?;
    let mut dropped = DropObject { if_exists: cursor.eat("if exists"), ..empty(kind) };
    match kind {
        ObjectKind::Index if dropped.if_exists => cursor.uses(Form::IndexIfExists),
        ObjectKind::Sequence => cursor.uses(Form::Sequence),
        ObjectKind::Package => cursor.uses(Form::Package),
        _ => {}
    }
    loop {
        dropped.names.push(cursor.name("a name")?);
        dropped.arguments.push(None);
        if !cursor.eat_kind(TokenKind::Comma) {
            break;
        }
    }
    object::caseless_routines(&mut dropped);
    if kind == ObjectKind::Index {
        cursor.expect("on")?;
        dropped.table = Some(cursor.name("a table")?);
        caseless(&mut dropped.names);
    }
    dropped.online = online::clauses(cursor)?;
    dropped.cascade = cursor.eat_any(&["cascade", "restrict"]) == Some("cascade");
    Ok(ActionKind::Drop(Box::new(dropped)))
}

/// Names of indexes are compared without case.
fn caseless(names: &mut [ObjectName]) {
    for name in names {
        name.name = Ident::caseless(name.name.as_str());
    }
}

fn empty(kind: ObjectKind) -> DropObject {
    DropObject {
        kind,
        names: Vec::new(),
        table: None,
        arguments: Vec::new(),
        if_exists: false,
        cascade: false,
        concurrently: false,
        makes_room: false,
        online: Online::default(),
    }
}

fn roles(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let mut dropped = DropObject { if_exists: cursor.eat("if exists"), ..empty(ObjectKind::Role) };
    loop {
        let start = cursor.offset();
        create::account(cursor)?;
        let written = cursor.written(cursor.since(start));
        dropped.names.push(ObjectName::bare(Ident::new(written)));
        dropped.arguments.push(None);
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(ActionKind::Drop(Box::new(dropped)));
        }
    }
}

/// `TRUNCATE [TABLE]`, from behind `TRUNCATE`.
pub(in super::super) fn truncate(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.eat("table");
    let table = cursor.name("a table")?;
    let wait = online::wait(cursor)?;
    Ok(ActionKind::Truncate(Truncate {
        tables: vec![(table, false)],
        cascade: false,
        restart_identity: true,
        wait,
    }))
}
