//! `CREATE`: the words between it and the kind of object, and who reads which kind.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::alter_table::Spanned;
use super::super::scanner::TokenKind;
use super::{index, object, program, table, view};
use crate::migration::{ActionKind, Form, ObjectKind};

/// The words between `CREATE` and the kind of object.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Modifiers {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `UNIQUE`.
    pub unique: bool,
    /// `FULLTEXT`, `SPATIAL`, `VECTOR`.
    pub method: Option<&'static str>,
    /// `ONLINE`.
    pub online: bool,
}

/// `CREATE`, from behind it.
pub(in super::super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let span = cursor.whole();
    let modifiers = modifiers(cursor)?;
    if modifiers.or_replace && !cursor.is("view") {
        cursor.uses(Form::OrReplace);
    }
    let kind = kind(cursor, &modifiers)?;
    Ok(vec![(span, kind)])
}

/// Takes such words where they say nothing that the caller asks for.
pub(in super::super) fn skip_modifiers(cursor: &mut Cursor<'_>) -> Parsed<()> {
    modifiers(cursor).map(|_| ())
}

fn modifiers(cursor: &mut Cursor<'_>) -> Parsed<Modifiers> {
    let mut found = Modifiers::default();
    loop {
        if cursor.eat("or replace") {
            found.or_replace = true;
        } else if cursor.eat("temporary") {
            found.temporary = true;
        } else if cursor.eat("unique") {
            found.unique = true;
        } else if cursor.eat_any(&["online", "offline"]) == Some("online") {
            found.online = true;
        } else if let Some(method) = cursor.eat_any(&["fulltext", "spatial", "vector"]) {
            found.method = Some(method);
        } else if cursor.eat("definer") {
            cursor.eat_operator("=");
            account(cursor)?;
        } else if cursor.eat("algorithm") {
            cursor.eat_operator("=");
            cursor.label("an algorithm")?;
        } else if cursor
            .eat_any(&["sql security definer", "sql security invoker", "aggregate"])
            .is_none()
        {
            return Ok(found);
        }
    }
}

/// Takes an account: `'user'@'host'`, `CURRENT_USER()`, a role.
pub(in super::super) fn account(cursor: &mut Cursor<'_>) -> Parsed<()> {
    match cursor.is_kind(TokenKind::String) {
        true => {
            cursor.bump();
        }
        false => {
            cursor.label("a user")?;
        }
    }
    if cursor.is_kind(TokenKind::LeftParen) {
        cursor.parens("()")?;
    }
    if cursor.eat_kind(TokenKind::Parameter) && cursor.is_kind(TokenKind::Number) {
        cursor.bump();
    }
    Ok(())
}

fn kind(cursor: &mut Cursor<'_>, modifiers: &Modifiers) -> Parsed<ActionKind> {
    if cursor.eat("table") {
        return table::create(cursor, modifiers);
    }
    if cursor.eat_any(&["index", "key"]).is_some() {
        return index::create(cursor, modifiers);
    }
    if cursor.eat("view") {
        return view::create(cursor, modifiers.or_replace);
    }
    if cursor.eat("trigger") {
        return program::trigger(cursor, modifiers);
    }
    if cursor.eat("function") {
        return program::function(cursor, modifiers);
    }
    if cursor.eat("procedure") {
        return program::procedure(cursor, modifiers);
    }
    if cursor.eat("event") {
        return program::event(cursor, "create");
    }
    if cursor.eat_form("sequence", Form::Sequence) {
        return object::create_sequence(cursor, modifiers);
    }
    if cursor.eat_any(&["database", "schema"]).is_some() {
        return object::create_database(cursor);
    }
    if cursor.eat_any(&["user", "role"]).is_some() {
        return object::create_role(cursor);
    }
    match KINDS.iter().find(|(words, _)| cursor.eat(words)) {
        Some((_, ObjectKind::Package)) => {
            cursor.uses(Form::Package);
            object::create_kind(cursor, ObjectKind::Package)
        }
        Some((_, kind)) => object::create_kind(cursor, *kind),
        None => Err(cursor.error("expected a kind of object")),
    }
}

/// Kinds that are modelled by their kind alone.
const KINDS: [(&str, ObjectKind); 7] = [
    ("server", ObjectKind::Server),
    ("undo tablespace", ObjectKind::Tablespace),
    ("tablespace", ObjectKind::Tablespace),
    ("logfile group", ObjectKind::Tablespace),
    ("resource group", ObjectKind::System),
    ("package body", ObjectKind::Package),
    ("package", ObjectKind::Package),
];
