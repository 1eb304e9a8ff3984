//! Settings, locks, maintenance, prepared statements: what defines nothing.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::alter_table::Spanned;
use super::super::grammar::expr;
use super::super::scanner::TokenKind;
use super::{online, string};
use crate::migration::{
    ActionKind, Copy, Maintenance, MaintenanceCommand, Makes, ObjectName, SetOption, SettingScope,
    TableLockMode,
};

/// `SET`, from behind it: several assignments are several settings.
pub(in super::super) fn set(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let mut found = Vec::new();
    loop {
        let start = cursor.offset();
        let kind = match special(cursor)? {
            Some(special) => special,
            None => assignment(cursor)?,
        };
        found.push((cursor.since(start), kind));
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(found);
        }
    }
}

/// Forms of `SET` that are no assignments.
fn special(cursor: &mut Cursor<'_>) -> Parsed<Option<ActionKind>> {
    let session = |command: &str| Some(ActionKind::Session { command: command.to_owned() });
    if cursor.eat_any(&["names", "character set", "charset"]).is_some() {
        let value = word_or_string(cursor)?;
        if cursor.eat("collate") {
            word_or_string(cursor)?;
        }
        return Ok(Some(option("names", vec![value], SettingScope::Session)));
    }
    const TAKEN: [&str; 7] = [
        "password",
        "role",
        "default role",
        "resource group",
        "transaction",
        "session transaction",
        "global transaction",
    ];
    if cursor.sees("password")
        && cursor.peek_at(1).is_some_and(|next| next.kind == TokenKind::Operator)
    {
        cursor.take_rest();
        return Ok(session("set password"));
    }
    for words in TAKEN {
        if cursor.sees(words) && !is_assigned(cursor, words) {
            cursor.take_rest();
            let words = words.rsplit("session ").next().unwrap_or(words);
            return Ok(session(&format!("set {words}")));
        }
    }
    Ok(None)
}

fn is_assigned(cursor: &Cursor<'_>, words: &str) -> bool {
    let next = cursor.peek_at(words.split(' ').count());
    next.is_some_and(|token| matches!(cursor.text(token.span()), "=" | ":="))
}

fn assignment(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let mut scope = match cursor.eat_any(&["global", "persist_only", "persist", "session", "local"])
    {
        Some("session" | "local") | None => SettingScope::Session,
        Some(_) => SettingScope::Global,
    };
    let mut name = match cursor.is_kind(TokenKind::Parameter) {
        true => cursor.bump().map_or("", |token| cursor.text(token.span())).to_ascii_lowercase(),
        false => cursor.label("a setting")?.folded().to_owned(),
    };
    // A system variable may be written with its scope; NEW.column is assigned in triggers.
    while cursor.eat_kind(TokenKind::Dot) {
        name = format!("{name}.{}", cursor.label("a setting")?.folded());
    }
    for (prefix, written) in [
        ("@@global.", SettingScope::Global),
        ("@@persist.", SettingScope::Global),
        ("@@session.", SettingScope::Session),
        ("@@local.", SettingScope::Session),
        ("@@", scope),
    ] {
        if let Some(rest) = name.strip_prefix(prefix) {
            (name, scope) = (rest.to_owned(), written);
            break;
        }
    }
    if !cursor.eat_operator("=") && !cursor.eat_operator(":=") {
        return Err(cursor.error("expected '='"));
    }
    let value = cursor.until_comma();
    if value.is_done() {
        return Err(value.error("expected a value"));
    }
    let is_query = value.is_kind(TokenKind::LeftParen);
    if is_query {
        return Ok(ActionKind::Evaluate(expr::expr(&value)?));
    }
    Ok(option(&name, values(&value), scope))
}

/// The value without quotes; `DEFAULT` gives none.
fn values(part: &Cursor<'_>) -> Vec<String> {
    if part.is("default") {
        return Vec::new();
    }
    let span = part.rest();
    match part.is_kind(TokenKind::String) && part.remaining() == 1 {
        true => vec![string::value(part.text(span))],
        false => vec![part.written(span).to_owned()],
    }
}

fn option(name: &str, values: Vec<String>, scope: SettingScope) -> ActionKind {
    ActionKind::Set(SetOption { name: name.to_owned(), values, scope })
}

fn word_or_string(cursor: &mut Cursor<'_>) -> Parsed<String> {
    match cursor.is_kind(TokenKind::String) {
        true => cursor.string("a value"),
        false => Ok(cursor.label("a value")?.folded().to_owned()),
    }
}

/// `LOCK TABLES`, from behind it.
pub(in super::super) fn lock(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let mut tables = Vec::new();
    loop {
        let table = cursor.name("a table")?;
        if cursor.eat("as") || !cursor.is_any(&["read", "write", "low_priority"]) {
            cursor.ident("an alias")?;
        }
        let mode = match cursor.eat_any(&[
            "read local",
            "read",
            "low_priority write",
            "write concurrent",
            "write",
        ]) {
            Some("read local") => TableLockMode::ReadLocal,
            Some("read") => TableLockMode::Read,
            Some(_) => TableLockMode::Write,
            None => return Err(cursor.error("expected READ or WRITE")),
        };
        tables.push((table, mode));
        if !cursor.eat_kind(TokenKind::Comma) {
            let wait = online::wait(cursor)?;
            return Ok(ActionKind::LockTables { tables, wait });
        }
    }
}

/// `UNLOCK TABLES`, from behind it.
pub(in super::super) fn unlock(_: &mut Cursor<'_>) -> Parsed<ActionKind> {
    Ok(ActionKind::UnlockTables)
}

/// `ANALYZE TABLE`, from behind `ANALYZE`.
pub(in super::super) fn analyze(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.eat_any(&["no_write_to_binlog", "local"]);
    if cursor.eat_any(&["table", "tables"]).is_none() {
        // MariaDB's ANALYZE of a statement, MySQL's ANALYZE FORMAT: it runs the statement.
        return Err(cursor.error("expected TABLE"));
    }
    let tables = cursor.names("a table")?;
    cursor.take_rest();
    Ok(ActionKind::Analyze(tables.into_iter().map(|table| (table, false)).collect()))
}

/// `OPTIMIZE TABLE`, from behind it.
pub(in super::super) fn optimize(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    maintain(cursor, MaintenanceCommand::Optimize)
}

/// `REPAIR TABLE`, from behind it.
pub(in super::super) fn repair(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    maintain(cursor, MaintenanceCommand::Repair)
}

/// `CHECK TABLE`, from behind it.
pub(in super::super) fn check(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    maintain(cursor, MaintenanceCommand::Check)
}

/// `CHECKSUM TABLE`, from behind it.
pub(in super::super) fn checksum(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    maintain(cursor, MaintenanceCommand::Checksum)
}

fn maintain(cursor: &mut Cursor<'_>, command: MaintenanceCommand) -> Parsed<ActionKind> {
    cursor.eat_any(&["no_write_to_binlog", "local"]);
    if cursor.eat_any(&["table", "tables", "view"]).is_none() {
        return Err(cursor.error("expected TABLE"));
    }
    let tables: Vec<ObjectName> = cursor.names("a table")?;
    let wait = online::wait(cursor)?;
    const WORDS: [&str; 9] = [
        "quick",
        "extended",
        "use_frm",
        "force",
        "fast",
        "medium",
        "changed",
        "for upgrade",
        "from mysql",
    ];
    while cursor.eat_any(&WORDS).is_some() {}
    Ok(ActionKind::Maintain(Maintenance { command, tables, wait }))
}

/// `LOAD DATA` and `LOAD XML`, from behind the head.
pub(in super::super) fn load(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.until(|at| at.sees("into table"));
    cursor.expect("into table")?;
    let table = Some(cursor.name("a table")?);
    cursor.take_rest();
    Ok(ActionKind::Copy(Box::new(Copy {
        table,
        columns: Vec::new(),
        query: None,
        from: true,
        inline_rows: None,
        inline_span: None,
    })))
}

/// `DO`, from behind it: expressions whose values are thrown away.
pub(in super::super) fn evaluate(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let mut found = Vec::new();
    loop {
        let part = cursor.until_comma();
        found.push((part.rest(), ActionKind::Evaluate(expr::expr(&part)?)));
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(found);
        }
    }
}

/// `START TRANSACTION` and `BEGIN`, from behind the head.
pub(in super::super) fn begin(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.eat("work");
    while cursor.eat_any(&["with consistent snapshot", "read only", "read write"]).is_some() {
        cursor.eat_kind(TokenKind::Comma);
    }
    Ok(ActionKind::Begin)
}

/// `COMMIT` and `ROLLBACK` may release the session behind them.
pub(in super::super) fn commit(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    ended(cursor, ActionKind::Commit)
}

/// See [`commit`].
pub(in super::super) fn rollback(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    cursor.eat("work");
    if cursor.eat("to") {
        cursor.eat("savepoint");
        let name = cursor.ident("a savepoint")?;
        return Ok(vec![(cursor.whole(), ActionKind::RollbackTo(name))]);
    }
    ended(cursor, ActionKind::Rollback)
}

fn ended(cursor: &mut Cursor<'_>, kind: ActionKind) -> Parsed<Spanned> {
    let span = cursor.whole();
    cursor.eat("work");
    let mut found = vec![(span, kind)];
    if cursor.eat_any(&["and chain", "and no chain"]) == Some("and chain") {
        found.push((span, ActionKind::Begin));
    }
    cursor.eat_any(&["no release", "release"]);
    Ok(found)
}

/// The settings of `SET STATEMENT … FOR`, from behind `STATEMENT`; `FOR` is taken, too.
pub(in super::super) fn for_statement(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let mut head = cursor.until(|at| at.is("for"));
    cursor.expect("for")?;
    let settings = set(&mut head)?;
    head.finish()?;
    Ok(settings)
}

/// `PREPARE`, from behind it; what it prepares is told by [`super::prepared`].
pub(in super::super) fn prepare(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.ident("a prepared statement")?;
    cursor.expect("from")?;
    cursor.take_rest();
    Ok(ActionKind::Session { command: "prepare".to_owned() })
}

/// `EXECUTE`, from behind it.
pub(in super::super) fn execute(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.take_rest();
    Ok(ActionKind::Opaque {
        reason: "it runs a prepared statement".to_owned(),
        makes: Makes::Anything,
    })
}
