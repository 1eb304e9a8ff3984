//! `CREATE TABLE` in all its forms.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::column::{self, Typing};
use super::create::Modifiers;
use super::{constraint, expr, partition};
use crate::migration::{
    ActionKind, CreateTable, CreateTableAs, Dialect, Ident, LikeClause, ObjectName, Persistence,
};

/// `CREATE TABLE`, from behind `TABLE`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a table name")?;
    if is_create_as(cursor) {
        return create_as(cursor, name, if_not_exists, modifiers.persistence);
    }
    let mut table = CreateTable::new(name, if_not_exists, modifiers.persistence);
    body(cursor, &mut table)?;
    tail(cursor, &mut table)?;
    table.columns.shrink_to_fit();
    table.constraints.shrink_to_fit();
    Ok(ActionKind::CreateTable(Box::new(table)))
}

/// `CREATE FOREIGN TABLE`, from behind `TABLE`.
pub(in super::super) fn create_foreign(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a table name")?;
    let mut table = CreateTable::new(name, if_not_exists, modifiers.persistence);
    table.foreign = true;
    body(cursor, &mut table)?;
    tail(cursor, &mut table)?;
    Ok(ActionKind::CreateTable(Box::new(table)))
}

fn body(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Parsed<()> {
    if cursor.eat("of") {
        table.of_type = Some(cursor.name("a type")?);
        return optional_elements(cursor, table);
    }
    if cursor.eat("partition of") {
        let parent = cursor.name("the partitioned table")?;
        optional_elements(cursor, table)?;
        table.partition_of = Some(partition::of(cursor, parent)?);
        return Ok(());
    }
    // SQLite's virtual tables have their module's arguments alone.
    if cursor.dialect() == Dialect::Sqlite && cursor.is("using") {
        return Ok(());
    }
    elements(cursor, table, Typing::Required)
}

fn optional_elements(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Parsed<()> {
    match cursor.is_kind(TokenKind::LeftParen) {
        true => elements(cursor, table, Typing::Inherited),
        false => Ok(()),
    }
}

fn elements(cursor: &mut Cursor<'_>, table: &mut CreateTable, typing: Typing) -> Parsed<()> {
    let mut inner = cursor.parens("'(' before the columns")?;
    while !inner.is_done() {
        let mut part = inner.until_comma();
        if part.eat("like") {
            table.like.push(like(&mut part)?);
        } else if constraint::is_next(&part) {
            // SQLite takes table constraints without commas between them.
            while !part.is_done() {
                table.constraints.push(constraint::table_constraint(&mut part)?);
            }
        } else {
            table.columns.push(column::column(part, typing)?);
        }
        inner.comma()?;
    }
    Ok(())
}

fn like(part: &mut Cursor<'_>) -> Parsed<LikeClause> {
    let source = part.name("a table")?;
    let mut clause = LikeClause { source, including: Vec::new(), excluding: Vec::new() };
    while let Some(word) = part.eat_any(&["including", "excluding"]) {
        let option = part.label("an option of LIKE")?.as_str().to_ascii_uppercase();
        match word {
            "including" => clause.including.push(option),
            _ => clause.excluding.push(option),
        }
    }
    part.finish()?;
    Ok(clause)
}

fn tail(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Parsed<()> {
    if cursor.eat("inherits") {
        let mut inner = cursor.parens("'(' before the parents")?;
        if !inner.is_done() {
            table.inherits = inner.names("a table")?;
        }
        inner.finish()?;
    }
    if cursor.eat("partition by") {
        table.partition_by = Some(partition::by(cursor)?);
    }
    let start = cursor.offset();
    while !cursor.is_done() {
        option(cursor)?;
    }
    let options = cursor.written(cursor.since(start));
    table.options = (!options.is_empty()).then(|| options.to_owned());
    Ok(())
}

/// One of the options behind a table.
fn option(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.dialect() == Dialect::Sqlite {
        return sqlite_option(cursor);
    }
    const WORDS: [&str; 10] = [
        "with oids",
        "without oids",
        "on commit drop",
        "on commit delete rows",
        "on commit preserve rows",
        "tablespace",
        "using",
        "server",
        "with",
        "options",
    ];
    match cursor.eat_any(&WORDS) {
        Some("with" | "options") => {
            cursor.parens("'(' before options")?;
        }
        Some("tablespace" | "server" | "using") => {
            cursor.ident("a name")?;
        }
        Some(_) => {}
        None => return Err(cursor.error("expected the end of the table")),
    }
    Ok(())
}

/// `STRICT, WITHOUT ROWID`, and the module of a virtual table with its arguments.
fn sqlite_option(cursor: &mut Cursor<'_>) -> Parsed<()> {
    match cursor.eat_any(&["without rowid", "strict", "using"]) {
        Some("using") => {
            cursor.ident("a module")?;
            if cursor.is_kind(TokenKind::LeftParen) {
                cursor.parens("arguments")?;
            }
        }
        Some(_) => {
            cursor.eat_kind(TokenKind::Comma);
        }
        None => return Err(cursor.error("expected the end of the table")),
    }
    Ok(())
}

/// Whether `[(columns)] [USING …] [WITH …] … AS` is next.
fn is_create_as(cursor: &Cursor<'_>) -> bool {
    let mut ahead = *cursor;
    if ahead.is_kind(TokenKind::LeftParen) {
        let Ok(inner) = ahead.parens("") else { return false };
        if inner.remaining() > 1 && !is_plain_list(inner) {
            return false;
        }
    }
    if ahead.is_any(&["of", "partition", "inherits"]) {
        return false;
    }
    !ahead.until(|at| at.is("as")).is_done() && ahead.is("as") || ahead.is("as")
}

fn is_plain_list(mut inner: Cursor<'_>) -> bool {
    while !inner.is_done() {
        if inner.ident("a column").is_err() || inner.comma().is_err() {
            return false;
        }
    }
    true
}

fn create_as(
    cursor: &mut Cursor<'_>,
    name: ObjectName,
    if_not_exists: bool,
    persistence: Persistence,
) -> Parsed<ActionKind> {
    let columns: Vec<Ident> = cursor.optional_columns()?;
    cursor.until(|at| at.is("as"));
    cursor.expect("as")?;
    let (query, with_data) = data_query(cursor)?;
    let table = CreateTableAs { name, if_not_exists, persistence, columns, query, with_data };
    Ok(ActionKind::CreateTableAs(Box::new(table)))
}

/// Takes a query and `WITH [NO] DATA` behind it.
pub(in super::super) fn data_query(
    cursor: &mut Cursor<'_>,
) -> Parsed<(crate::migration::Query, bool)> {
    let part = cursor.until(|at| {
        (at.sees("with data") || at.sees("with no data"))
            && at.peek_at(2 + usize::from(at.is_at(1, "no"))).is_none()
    });
    let query = expr::query(&part)?;
    let with_data = cursor.eat_any(&["with data", "with no data"]) != Some("with no data");
    Ok((query, with_data))
}
