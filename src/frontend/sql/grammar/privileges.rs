//! `GRANT`, `REVOKE`, default privileges, ownership.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::{named, object};
use crate::migration::{ActionKind, ObjectKind, ObjectName};

/// `GRANT`, from behind `GRANT`.
pub(in super::super) fn grant(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    privileges(cursor, "grant")
}

/// `REVOKE`, from behind `REVOKE`.
pub(in super::super) fn revoke(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    privileges(cursor, "revoke")
}

fn privileges(cursor: &mut Cursor<'_>, option: &str) -> Parsed<ActionKind> {
    let start = cursor.offset();
    let to = if option == "grant" { "to" } else { "from" };
    let what = cursor.until(|at| at.is("on") || at.is(to));
    if what.is_done() {
        return Err(cursor.error("expected privileges or roles"));
    }
    let mut change = object::change(ObjectKind::Role, None, option, cursor.file(what.rest()));
    if cursor.eat("on") {
        (change.kind, change.tables, change.name) = objects(cursor)?;
    }
    cursor.expect(to)?;
    roles(cursor)?;
    change.span = cursor.file(cursor.since(start));
    Ok(ActionKind::Grant(change))
}

/// Roles, and what may stand behind them.
fn roles(cursor: &mut Cursor<'_>) -> Parsed<()> {
    loop {
        cursor.eat("group");
        named::role(cursor)?;
        if !cursor.eat_kind(TokenKind::Comma) {
            break;
        }
    }
    if cursor.eat("with") {
        cursor.until(|at| at.sees("granted by"));
    }
    if cursor.eat("granted by") {
        named::role(cursor)?;
    }
    cursor.eat_any(&["cascade", "restrict"]);
    Ok(())
}

type Objects = (ObjectKind, Vec<ObjectName>, Option<ObjectName>);

fn objects(cursor: &mut Cursor<'_>) -> Parsed<Objects> {
    if cursor.eat("all") {
        let kind = all_kind(cursor)?;
        cursor.expect("in schema")?;
        let schema = cursor.ident("a schema")?;
        while cursor.eat_kind(TokenKind::Comma) {
            cursor.ident("a schema")?;
        }
        return Ok((kind, Vec::new(), Some(ObjectName { schema: None, name: schema })));
    }
    if cursor.eat("parameter") {
        cursor.name_parts("a parameter")?;
        while cursor.eat_kind(TokenKind::Comma) {
            cursor.name_parts("a parameter")?;
        }
        return Ok((ObjectKind::System, Vec::new(), None));
    }
    let kind = match cursor.eat("foreign server") {
        true => ObjectKind::Server,
        false => named::kind(cursor).unwrap_or(ObjectKind::Table),
    };
    if matches!(kind, ObjectKind::Table | ObjectKind::Sequence | ObjectKind::ForeignTable) {
        return Ok((kind, cursor.names("a relation")?, None));
    }
    let first = named::named(cursor, kind)?.name;
    while cursor.eat_kind(TokenKind::Comma) {
        named::named(cursor, kind)?;
    }
    Ok((kind, Vec::new(), first))
}

fn all_kind(cursor: &mut Cursor<'_>) -> Parsed<ObjectKind> {
    let kinds = ["tables", "sequences", "functions", "procedures", "routines"];
    Ok(match cursor.eat_any(&kinds) {
        Some("tables") => ObjectKind::Table,
        Some("sequences") => ObjectKind::Sequence,
        Some("functions") => ObjectKind::Function,
        Some("procedures") => ObjectKind::Procedure,
        Some(_) => ObjectKind::Routine,
        None => return Err(cursor.error("expected TABLES, SEQUENCES or FUNCTIONS")),
    })
}

/// `ALTER DEFAULT PRIVILEGES`, from behind `PRIVILEGES`.
pub(in super::super) fn defaults(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let span = cursor.rest();
    cursor.until(|at| at.is_any(&["grant", "revoke"]));
    let option = cursor.eat_any(&["grant", "revoke"]);
    let option = option.ok_or_else(|| cursor.error("expected GRANT or REVOKE"))?;
    cursor.take_rest();
    let change = object::change(ObjectKind::DefaultPrivileges, None, option, cursor.file(span));
    Ok(ActionKind::AlterObject(change))
}

/// `REASSIGN OWNED`, from behind `OWNED`.
pub(in super::super) fn reassign(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.expect("by")?;
    let span = cursor.rest();
    let name = named::role(cursor)?;
    let mut change = object::change(ObjectKind::Owned, Some(name), "reassign", cursor.file(span));
    if cursor.eat("to") {
        change.new_name = Some(named::role(cursor)?.name);
    }
    cursor.take_rest();
    Ok(ActionKind::AlterObject(change))
}

/// `IMPORT FOREIGN SCHEMA`, from behind `SCHEMA`.
pub(in super::super) fn import(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let span = cursor.rest();
    cursor.ident("a schema")?;
    cursor.take_rest();
    let span = cursor.file(span);
    Ok(ActionKind::CreateObject(object::change(
        ObjectKind::ForeignTable,
        None,
        "import foreign schema",
        span,
    )))
}

/// `ALTER SYSTEM`, from behind `SYSTEM`.
pub(in super::super) fn alter_system(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let span = cursor.file(cursor.rest());
    let option = cursor.eat_any(&["set", "reset"]);
    let option = option.ok_or_else(|| cursor.error("expected SET or RESET"))?;
    cursor.take_rest();
    Ok(ActionKind::AlterObject(object::change(ObjectKind::System, None, option, span)))
}
