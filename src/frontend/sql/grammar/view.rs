//! Views and materialized views.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::create::Modifiers;
use super::{expr, table};
use crate::migration::{ActionKind, CreateView, ObjectName, Persistence, Query, Refresh};
use std::sync::Arc;

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
    let part = cursor.until(|at| CHECK_OPTIONS.iter().any(|words| at.sees(words)));
    let mut query = expr::query(&part)?;
    if modifiers.recursive {
        forget(&mut query, &name);
    }
    cursor.eat_any(&CHECK_OPTIONS);
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

const CHECK_OPTIONS: [&str; 3] =
    ["with check option", "with local check option", "with cascaded check option"];

/// A recursive view names itself in its query, and does not read anything by that.
fn forget(query: &mut Query, name: &ObjectName) {
    if let Ok(facts) = &mut query.facts {
        Arc::make_mut(facts).reads.retain(|read| read.name != name.name);
    }
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
