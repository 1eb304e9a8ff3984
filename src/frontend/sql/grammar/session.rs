//! Transaction control, and statements that touch no relation.

use super::super::cursor::{Cursor, Parsed};
use super::alter_table::Spanned;
use crate::migration::{ActionKind, Makes};

/// `BEGIN` and `START TRANSACTION`, from behind the head.
pub(in super::super) fn begin(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    const MODES: [&str; 14] = [
        "work",
        "transaction",
        "isolation level",
        "serializable",
        "repeatable read",
        "read committed",
        "read uncommitted",
        "read write",
        "read only",
        "not deferrable",
        "deferrable",
        "deferred",
        "immediate",
        "exclusive",
    ];
    while !cursor.is_done() {
        if cursor.eat_any(&MODES).is_none() {
            return Err(cursor.error("expected a transaction mode"));
        }
        if !cursor.is_done() {
            cursor.eat_kind(super::super::scanner::TokenKind::Comma);
        }
    }
    Ok(ActionKind::Begin)
}

/// `COMMIT` and `END`, from behind the head.
pub(in super::super) fn commit(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    if cursor.eat("prepared") {
        cursor.take_rest();
        let span = cursor.whole();
        return Ok(vec![(span, ActionKind::Session { command: "commit prepared".to_owned() })]);
    }
    ended(cursor, ActionKind::Commit)
}

/// `ROLLBACK` and `ABORT`, from behind the head.
pub(in super::super) fn rollback(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let span = cursor.whole();
    if cursor.eat("prepared") {
        cursor.take_rest();
        return Ok(vec![(span, ActionKind::Session { command: "rollback prepared".to_owned() })]);
    }
    cursor.eat_any(&["work", "transaction"]);
    if cursor.eat("to") {
        cursor.eat("savepoint");
        let name = cursor.ident("a savepoint")?;
        return Ok(vec![(span, ActionKind::RollbackTo(name))]);
    }
    ended(cursor, ActionKind::Rollback)
}

/// `AND CHAIN` opens the next transaction at once.
fn ended(cursor: &mut Cursor<'_>, kind: ActionKind) -> Parsed<Spanned> {
    cursor.eat_any(&["work", "transaction"]);
    let span = cursor.whole();
    let mut actions = vec![(span, kind)];
    if cursor.eat_any(&["and chain", "and no chain"]) == Some("and chain") {
        actions.push((span, ActionKind::Begin));
    }
    Ok(actions)
}

/// `SAVEPOINT`, from behind the head.
pub(in super::super) fn savepoint(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    Ok(ActionKind::Savepoint(cursor.ident("a savepoint")?))
}

/// `RELEASE`, from behind the head.
pub(in super::super) fn release(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.eat("savepoint");
    Ok(ActionKind::Release(cursor.ident("a savepoint")?))
}

/// A statement whose head says everything.
pub(in super::super) fn plain(cursor: &mut Cursor<'_>, command: &str) -> ActionKind {
    cursor.take_rest();
    ActionKind::Session { command: command.to_owned() }
}

/// `EXECUTE` of a prepared statement.
pub(in super::super) fn execute(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.ident("a prepared statement")?;
    cursor.take_rest();
    Ok(ActionKind::Opaque {
        reason: "it runs a prepared statement".to_owned(),
        makes: Makes::Anything,
    })
}
