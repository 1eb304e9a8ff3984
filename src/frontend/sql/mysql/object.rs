//! Databases, accounts, privileges, and what is modelled by its kind alone.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::object::change;
use super::super::scanner::TokenKind;
use super::create::Modifiers;
use super::program::account;
use super::{column, program, string};
use crate::migration::{
    ActionKind, CreateSequence, DropObject, Ident, ObjectChange, ObjectKind, ObjectName,
};

/// `CREATE DATABASE`, from behind `DATABASE`.
pub(in super::super) fn create_database(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a database")?.name;
    database_options(cursor)?;
    Ok(ActionKind::CreateSchema { name, if_not_exists })
}

fn database_options(cursor: &mut Cursor<'_>) -> Parsed<()> {
    loop {
        cursor.eat("default");
        if column::charset(cursor)?.is_some() {
            continue;
        }
        if cursor.eat_any(&["encryption", "comment", "read only"]).is_none() {
            return Ok(());
        }
        cursor.eat_operator("=");
        cursor.bump();
    }
}

/// `ALTER DATABASE`, from behind `DATABASE`.
pub(in super::super) fn alter_database(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let start = cursor.offset();
    let mut name = None;
    if cursor.is_name_at(0) && !cursor.is_any(&["charset", "collate", "encryption", "comment"]) {
        name = Some(cursor.name("a database")?);
    }
    database_options(cursor)?;
    let span = cursor.file(cursor.since(start));
    Ok(ActionKind::AlterObject(change(ObjectKind::Schema, name, "options", span)))
}

/// `CREATE USER` and `CREATE ROLE`, from behind the kind.
pub(in super::super) fn create_role(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    role(cursor, "create").map(ActionKind::CreateObject)
}

/// `ALTER USER`, from behind `USER`.
pub(in super::super) fn alter_role(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    role(cursor, "alter").map(ActionKind::AlterObject)
}

fn role(cursor: &mut Cursor<'_>, option: &str) -> Parsed<ObjectChange> {
    let start = cursor.offset();
    cursor.eat_any(&["if not exists", "if exists"]);
    let name = account(cursor)?;
    cursor.take_rest();
    let span = cursor.file(cursor.since(start));
    Ok(change(ObjectKind::Role, Some(name), option, span))
}

/// `GRANT` and `REVOKE`, from behind the head.
pub(in super::super) fn grant(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    privileges(cursor, "grant")
}

/// See [`grant`].
pub(in super::super) fn revoke(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    privileges(cursor, "revoke")
}

fn privileges(cursor: &mut Cursor<'_>, option: &str) -> Parsed<ActionKind> {
    let start = cursor.offset();
    let to = if option == "grant" { "to" } else { "from" };
    cursor.eat("if exists");
    let what = cursor.until(|at| at.is("on") || at.is(to));
    if what.is_done() {
        return Err(cursor.error("expected privileges or roles"));
    }
    let mut found = change(ObjectKind::Role, None, option, cursor.file(what.rest()));
    if cursor.eat("on") {
        let kind = cursor.eat_any(&["table", "function", "procedure", "package"]);
        found.kind = match kind {
            Some("function") => ObjectKind::Function,
            Some("procedure") => ObjectKind::Procedure,
            Some("package") => ObjectKind::Package,
            _ => ObjectKind::Table,
        };
        found.tables.extend(granted(cursor)?.filter(|_| found.kind == ObjectKind::Table));
    }
    cursor.expect(to)?;
    account(cursor)?;
    cursor.take_rest();
    found.span = cursor.file(cursor.since(start));
    Ok(ActionKind::Grant(found))
}

/// A table; nothing for `*`, `*.*` and `database.*`.
fn granted(cursor: &mut Cursor<'_>) -> Parsed<Option<ObjectName>> {
    let place = cursor.until(|at| at.is_any(&["to", "from"]));
    let span = place.rest();
    if place.written(span).contains('*') || place.written(span).contains('%') {
        return Ok(None);
    }
    let mut place = place;
    let name = place.name("a table")?;
    place.finish()?;
    Ok(Some(name))
}

/// `CREATE` of a kind that is modelled by its kind alone, from behind the kind.
pub(in super::super) fn create_kind(
    cursor: &mut Cursor<'_>,
    kind: ObjectKind,
) -> Parsed<ActionKind> {
    let start = cursor.offset();
    cursor.eat("if not exists");
    let name = match cursor.is_kind(TokenKind::String) {
        true => ObjectName::bare(Ident::new(string::value(cursor.written(cursor.rest())))),
        false => cursor.name("a name")?,
    };
    cursor.take_rest();
    let span = cursor.file(cursor.since(start));
    Ok(ActionKind::CreateObject(change(kind, Some(name), "create", span)))
}

/// `ALTER` of a kind that is modelled by its kind alone, from behind the kind.
pub(in super::super) fn alter_kind(
    cursor: &mut Cursor<'_>,
    kind: ObjectKind,
) -> Parsed<ActionKind> {
    let start = cursor.offset();
    cursor.eat("if exists");
    let name = cursor.name("a name")?;
    let option = cursor.word().unwrap_or_else(|| "options".to_owned());
    cursor.take_rest();
    let span = cursor.file(cursor.since(start));
    Ok(ActionKind::AlterObject(change(kind, Some(name), &option, span)))
}

/// MariaDB's `CREATE SEQUENCE`, from behind `SEQUENCE`.
pub(in super::super) fn create_sequence(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a sequence")?;
    cursor.take_rest();
    Ok(ActionKind::CreateSequence(Box::new(CreateSequence {
        name,
        if_not_exists,
        temporary: modifiers.temporary,
        data_type: None,
        owned_by: None,
    })))
}

/// `RENAME USER`, from behind it.
pub(in super::super) fn rename_user(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    role(cursor, "rename").map(ActionKind::AlterObject)
}

/// `DROP PREPARE`, from behind it, which is `DEALLOCATE PREPARE`.
pub(in super::super) fn drop_prepare(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.ident("a prepared statement")?;
    Ok(ActionKind::Session { command: "deallocate".to_owned() })
}

/// Names of dropped routines are compared without case.
pub(in super::super) fn caseless_routines(drop: &mut DropObject) {
    if matches!(drop.kind, ObjectKind::Function | ObjectKind::Procedure) {
        drop.names = drop.names.drain(..).map(program::caseless).collect();
    }
}
