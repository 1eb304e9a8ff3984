//! `VACUUM`, `ANALYZE`, `CLUSTER`.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::options;
use crate::migration::{ActionKind, ObjectName, Vacuum};

/// `VACUUM`, from behind the head.
pub(in super::super) fn vacuum(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let mut vacuum = Vacuum { tables: Vec::new(), full: false, analyze: false };
    if cursor.is_kind(TokenKind::LeftParen) {
        let parameters = options::parameters(cursor)?;
        vacuum.full = options::has_flag(&parameters, "full");
        vacuum.analyze =
            options::has_flag(&parameters, "analyze") || options::has_flag(&parameters, "analyse");
    }
    while let Some(word) = cursor.eat_any(&["full", "freeze", "verbose", "analyze", "analyse"]) {
        vacuum.full |= word == "full";
        vacuum.analyze |= word.starts_with("analy");
    }
    // SQLite: VACUUM [schema] [INTO file].
    if cursor.dialect() == crate::migration::Dialect::Sqlite {
        cursor.take_rest();
        return Ok(ActionKind::Vacuum(vacuum));
    }
    vacuum.tables = tables(cursor)?;
    Ok(ActionKind::Vacuum(vacuum))
}

/// `ANALYZE`, from behind the head.
pub(in super::super) fn analyze(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if cursor.is_kind(TokenKind::LeftParen) {
        options::parameters(cursor)?;
    }
    cursor.eat("verbose");
    Ok(ActionKind::Analyze(tables(cursor)?))
}

fn tables(cursor: &mut Cursor<'_>) -> Parsed<Vec<(ObjectName, bool)>> {
    let mut tables = Vec::new();
    while !cursor.is_done() {
        tables.push(cursor.relation("a table")?);
        cursor.optional_columns()?;
        cursor.comma()?;
    }
    Ok(tables)
}

/// `CLUSTER`, from behind the head.
pub(in super::super) fn cluster(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if cursor.is_kind(TokenKind::LeftParen) {
        options::parameters(cursor)?;
    }
    cursor.eat("verbose");
    if cursor.is_done() {
        return Ok(ActionKind::Cluster { table: None, index: None });
    }
    let name = cursor.name("a table")?;
    if cursor.eat("on") {
        let table = Some(cursor.name("a table")?);
        return Ok(ActionKind::Cluster { table, index: Some(name.name) });
    }
    let index = match cursor.eat("using") {
        true => Some(cursor.ident("an index")?),
        false => None,
    };
    Ok(ActionKind::Cluster { table: Some(name), index })
}
