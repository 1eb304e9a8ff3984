//! Clauses that say how a change is carried out: `ALGORITHM=`, `LOCK=`, `WAIT`.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use crate::migration::{Algorithm, Form, LockLevel, LockWait, Online};

/// Takes `ALGORITHM [=] …` or `LOCK [=] …`, if one is next.
pub(in super::super) fn clause(cursor: &mut Cursor<'_>) -> Parsed<Option<Online>> {
    if cursor.eat("algorithm") {
        cursor.eat_operator("=");
        let algorithm = Some(algorithm(cursor)?);
        return Ok(Some(Online { algorithm, ..Online::default() }));
    }
    if cursor.eat("lock") {
        cursor.eat_operator("=");
        let lock = Some(lock(cursor)?);
        return Ok(Some(Online { lock, ..Online::default() }));
    }
    Ok(None)
}

/// Takes all such clauses that are next.
pub(in super::super) fn clauses(cursor: &mut Cursor<'_>) -> Parsed<Online> {
    let mut online = Online { wait: wait(cursor)?, ..Online::default() };
    while let Some(more) = clause(cursor)? {
        online = online.and(more);
    }
    Ok(online)
}

fn algorithm(cursor: &mut Cursor<'_>) -> Parsed<Algorithm> {
    match cursor.eat_any(&["default", "instant", "nocopy", "inplace", "copy"]) {
        Some("default") => Ok(Algorithm::Default),
        Some("instant") => {
            cursor.uses(Form::Instant);
            Ok(Algorithm::Instant)
        }
        Some("nocopy") => {
            cursor.uses(Form::NoCopy);
            Ok(Algorithm::NoCopy)
        }
        Some("inplace") => Ok(Algorithm::InPlace),
        Some(_) => Ok(Algorithm::Copy),
        None => Err(cursor.error("expected an algorithm such as INPLACE")),
    }
}

fn lock(cursor: &mut Cursor<'_>) -> Parsed<LockLevel> {
    match cursor.eat_any(&["default", "none", "shared", "exclusive"]) {
        Some("default") => Ok(LockLevel::Default),
        Some("none") => Ok(LockLevel::None),
        Some("shared") => Ok(LockLevel::Shared),
        Some(_) => Ok(LockLevel::Exclusive),
        None => Err(cursor.error("expected NONE, SHARED or EXCLUSIVE")),
    }
}

/// Takes `WAIT n` or `NOWAIT`, if one is next.
pub(in super::super) fn wait(cursor: &mut Cursor<'_>) -> Parsed<Option<LockWait>> {
    if cursor.eat_form("nowait", Form::LockWait) {
        return Ok(Some(LockWait::No));
    }
    if cursor.is("wait") && cursor.peek_at(1).is_some_and(|next| next.kind == TokenKind::Number) {
        cursor.bump();
        cursor.uses(Form::LockWait);
        return Ok(Some(LockWait::Seconds(number(cursor)?)));
    }
    Ok(None)
}

/// Takes a whole number; what is too large is as large as can be.
pub(in super::super) fn number(cursor: &mut Cursor<'_>) -> Parsed<u64> {
    let token = cursor.peek().filter(|token| token.kind == TokenKind::Number);
    let token = token.ok_or_else(|| cursor.error("expected a number"))?;
    let digits = cursor.text(token.span());
    let number = match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => digits.parse().unwrap_or(u64::MAX),
        false => return Err(cursor.error("expected a whole number")),
    };
    cursor.bump();
    Ok(number)
}
