//! `SET`, `RESET`, `DISCARD`, and SQLite's `PRAGMA`.

use super::super::cursor::{Cursor, Parsed};
use super::super::names;
use super::super::scanner::TokenKind;
use crate::migration::{ActionKind, SetOption, SettingScope};

/// `SET`, from behind `SET`.
pub(in super::super) fn set(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if cursor.eat("constraints") {
        return constraints(cursor);
    }
    if cursor.is("transaction") || cursor.sees("session characteristics") {
        cursor.take_rest();
        return Ok(session("set transaction"));
    }
    if cursor.eat("session authorization") {
        return Ok(option("session_authorization", values(cursor)?, SettingScope::Session));
    }
    let scope = match cursor.eat_any(&["local", "session"]) {
        Some("local") => SettingScope::Local,
        _ => SettingScope::Session,
    };
    if cursor.eat("session authorization") {
        return Ok(option("session_authorization", values(cursor)?, scope));
    }
    const SPACED: [(&str, &str); 5] = [
        ("time zone", "timezone"),
        ("role", "role"),
        ("schema", "search_path"),
        ("names", "client_encoding"),
        ("xml option", "xmloption"),
    ];
    for (words, name) in SPACED {
        if cursor.sees(words) && !is_assignment(cursor) {
            cursor.eat(words);
            if words == "role" && cursor.eat("none") {
                return Ok(option(name, Vec::new(), scope));
            }
            return Ok(option(name, values(cursor)?, scope));
        }
    }
    let name = name(cursor)?;
    if cursor.eat("from current") {
        return Ok(option(&name, Vec::new(), scope));
    }
    if !cursor.eat_operator("=") && !cursor.eat("to") {
        return Err(cursor.error("expected '=' or TO"));
    }
    if cursor.is_done() {
        return Err(cursor.error("expected a value"));
    }
    Ok(option(&name, values(cursor)?, scope))
}

/// Whether the word is a setting's own name (`SET role = x`).
fn is_assignment(cursor: &Cursor<'_>) -> bool {
    cursor.is_at(1, "to") || cursor.peek_at(1).is_some_and(|token| cursor.text(token.span()) == "=")
}

pub(in super::super) fn name(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let mut name = cursor.label("a setting")?.to_string();
    while cursor.eat_kind(TokenKind::Dot) {
        name = format!("{name}.{}", cursor.label("a setting")?);
    }
    Ok(name.to_ascii_lowercase())
}

/// Values without quotes; `DEFAULT` gives none.
fn values(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    if cursor.eat("default") {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    while !cursor.is_done() {
        let part = cursor.until_comma();
        // A sign, `INTERVAL '…' HOUR TO MINUTE`: never more than a few words.
        if part.remaining() > 6 {
            return Err(part.error("expected one value"));
        }
        values.push(value(&part));
        cursor.comma()?;
    }
    Ok(values)
}

fn value(part: &Cursor<'_>) -> String {
    let span = part.rest();
    let text = part.text(span);
    match part.peek() {
        Some(token) if part.remaining() == 1 => match token.kind {
            TokenKind::String => names::string_value(text),
            TokenKind::QuotedName => names::unquote_name(text, part.dialect()).to_string(),
            TokenKind::Word => names::fold(text, part.dialect()).to_string(),
            _ => text.to_owned(),
        },
        _ => part.written(span).to_owned(),
    }
}

fn option(name: &str, values: Vec<String>, scope: SettingScope) -> ActionKind {
    ActionKind::Set(SetOption { name: name.to_owned(), values, scope })
}

fn session(command: &str) -> ActionKind {
    ActionKind::Session { command: command.to_owned() }
}

fn constraints(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if !cursor.eat("all") {
        cursor.names("a constraint")?;
    }
    match cursor.eat_any(&["deferred", "immediate"]) {
        Some(word) => Ok(ActionKind::SetConstraints { immediate: word == "immediate" }),
        None => Err(cursor.error("expected DEFERRED or IMMEDIATE")),
    }
}

/// `RESET`, from behind `RESET`.
pub(in super::super) fn reset(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let name = match cursor.eat_any(&[
        "time zone",
        "session authorization",
        "transaction isolation level",
    ]) {
        Some("time zone") => "timezone".to_owned(),
        Some(words) => words.replace(' ', "_"),
        None => name(cursor)?,
    };
    Ok(option(&name, Vec::new(), SettingScope::Session))
}

/// `DISCARD`, from behind `DISCARD`.
pub(in super::super) fn discard(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if cursor.eat("all") {
        return Ok(option("all", Vec::new(), SettingScope::Session));
    }
    cursor.label("what to discard")?;
    Ok(session("discard"))
}

/// SQLite's `PRAGMA`, from behind `PRAGMA`.
pub(in super::super) fn pragma(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let name = name(cursor)?;
    if cursor.is_done() {
        return Ok(session(&format!("pragma {name}")));
    }
    if cursor.is_kind(TokenKind::LeftParen) {
        let inner = cursor.parens("a value")?;
        return Ok(option(&name, vec![value(&inner)], SettingScope::Session));
    }
    if !cursor.eat_operator("=") {
        return Err(cursor.error("expected '='"));
    }
    Ok(option(&name, values(cursor)?, SettingScope::Session))
}
