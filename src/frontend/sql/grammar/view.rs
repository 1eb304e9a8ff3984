//! Views and materialized views.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::create::Modifiers;
use super::{expr, table};
use crate::migration::{ActionKind, CreateView, Persistence, Refresh};

/// `CREATE VIEW`, from behind `VIEW`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a view name")?;
    let columns = cursor.optional_columns()?;
    if cursor.is("with") {
        cursor.bump();
        cursor.parens("view options")?;
    }
    cursor.expect("as")?;
    let part = cursor.until(|at| {
        at.sees("with check option")
            || at.sees("with local check option")
            || at.sees("with cascaded check option")
    });
    let query = expr::query(&part)?;
    cursor.take_rest();
    Ok(ActionKind::CreateView(Box::new(CreateView {
        name,
        materialized: false,
        or_replace: modifiers.or_replace,
        if_not_exists,
        temporary: modifiers.persistence == Persistence::Temporary,
        columns,
        query,
        with_data: true,
    })))
}

/// `CREATE MATERIALIZED VIEW`, from behind `VIEW`.
pub(in super::super) fn create_materialized(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a view name")?;
    let columns = cursor.optional_columns()?;
    if cursor.eat("using") {
        cursor.ident("an access method")?;
    }
    if cursor.is("with") && cursor.peek_at(1).is_some_and(|t| t.kind == TokenKind::LeftParen) {
        cursor.bump();
        cursor.parens("storage parameters")?;
    }
    if cursor.eat("tablespace") {
        cursor.ident("a tablespace")?;
    }
    cursor.expect("as")?;
    let (query, with_data) = table::data_query(cursor)?;
    Ok(ActionKind::CreateView(Box::new(CreateView {
        name,
        materialized: true,
        or_replace: modifiers.or_replace,
        if_not_exists,
        temporary: false,
        columns,
        query,
        with_data,
    })))
}

/// `REFRESH MATERIALIZED VIEW`, from behind `VIEW`.
pub(in super::super) fn refresh(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let concurrently = cursor.eat("concurrently");
    let name = cursor.name("a materialized view")?;
    let with_data = cursor.eat_any(&["with data", "with no data"]) != Some("with no data");
    Ok(ActionKind::Refresh(Refresh { name, concurrently, with_data }))
}
