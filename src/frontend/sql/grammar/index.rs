//! `CREATE INDEX`, `ALTER INDEX`, `REINDEX`, and the elements that keys share with them.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::alter_table::{self, Spanned};
use super::create::Modifiers;
use super::{constraint, expr, options, target};
use crate::migration::{
    ActionKind, AlterIndex, CreateIndex, Ident, IndexAttributes, IndexChange, IndexedColumn,
    ObjectName, Reindex, ReindexTarget, RelationKind,
};

/// `CREATE [UNIQUE] INDEX`, from behind `INDEX`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let concurrently = cursor.eat("concurrently");
    let if_not_exists = cursor.eat("if not exists");
    let written = match cursor.is("on") {
        true => None,
        false => Some(cursor.name("an index name")?),
    };
    cursor.expect("on")?;
    let (mut table, only) = cursor.relation("a table")?;
    let (schema, name) = match written {
        Some(ObjectName { schema, name }) => (schema, Some(name)),
        None => (None, None),
    };
    // SQLite writes the schema with the index.
    table.schema = table.schema.or(schema);
    let method = match cursor.eat("using") {
        true => cursor.ident("an index method")?.to_string(),
        false => "btree".to_owned(),
    };
    let columns = elements(cursor)?;
    let include = include(cursor)?;
    let nulls_not_distinct = constraint::nulls_not_distinct(cursor);
    constraint::index_options(cursor)?;
    if cursor.eat("tablespace") {
        cursor.ident("a tablespace")?;
    }
    let predicate = match cursor.eat("where") {
        true => Some(expr::expr(&cursor.up_to(usize::MAX))?),
        false => None,
    };
    if predicate.is_some() {
        cursor.take_rest();
    }
    Ok(ActionKind::CreateIndex(Box::new(CreateIndex {
        name,
        table,
        unique: modifiers.unique,
        concurrently,
        if_not_exists,
        only,
        method,
        columns,
        include,
        nulls_not_distinct,
        predicate,
        attributes: IndexAttributes::default(),
    })))
}

fn elements(cursor: &mut Cursor<'_>) -> Parsed<Vec<IndexedColumn>> {
    let mut inner = cursor.parens("'(' before the columns of the index")?;
    let mut columns = Vec::new();
    while !inner.is_done() {
        columns.push(element(inner.until_comma())?);
        inner.comma()?;
    }
    Ok(columns)
}

/// Takes `INCLUDE (…)`.
pub(in super::super) fn include(cursor: &mut Cursor<'_>) -> Parsed<Vec<Ident>> {
    if cursor.eat("include") { cursor.columns() } else { Ok(Vec::new()) }
}

/// One column or expression of an index or key, with what is written behind it.
pub(in super::super) fn element(mut part: Cursor<'_>) -> Parsed<IndexedColumn> {
    let mut element = IndexedColumn::default();
    let key = key(&mut part)?;
    if key.remaining() == 1 && key.is_name_at(0) {
        element.column = Some(key.clone().ident("a column name")?);
    } else {
        element.expr = Some(expr::expr(&key)?);
    }
    if part.eat("collate") {
        element.collation = Some(part.name("a collation")?);
    }
    if part.is_name_at(0) && !part.is_any(&["nulls"]) {
        element.opclass = Some(part.name("an operator class")?);
        if part.is_kind(TokenKind::LeftParen) {
            part.parens("parameters of the operator class")?;
        }
    }
    element.descending = part.eat_any(&["asc", "desc"]) == Some("desc");
    element.nulls_first =
        part.eat_any(&["nulls first", "nulls last"]).map(|order| order == "nulls first");
    part.finish()?;
    Ok(element)
}

/// The column, call or expression in parentheses that an element begins with.
fn key<'a>(part: &mut Cursor<'a>) -> Parsed<Cursor<'a>> {
    if part.is_kind(TokenKind::LeftParen) {
        return part.parens("an expression");
    }
    let start = *part;
    if part.dialect() == crate::migration::Dialect::Sqlite {
        let key = part.until(|at| at.is_any(&["collate", "asc", "desc", "nulls"]));
        return Ok(key);
    }
    part.label("a column or an expression")?;
    while part.eat_kind(TokenKind::Dot) {
        part.label("a name")?;
    }
    if part.is_kind(TokenKind::LeftParen) {
        part.parens("arguments")?;
    }
    Ok(start.up_to(part.offset()))
}

/// `ALTER INDEX`, from behind `INDEX`.
pub(in super::super) fn alter(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let mut ahead = *cursor;
    let if_exists = ahead.eat("if exists");
    if !ahead.sees("all in tablespace") {
        let index = target(ahead.name("an index")?, RelationKind::Index, if_exists);
        let span = ahead.rest();
        if let Some(change) = change(&mut ahead)? {
            *cursor = ahead;
            let altered = ActionKind::AlterIndex(Box::new(AlterIndex { index, change }));
            return Ok(vec![(span, altered)]);
        }
    }
    alter_table::alter(cursor, RelationKind::Index)
}

fn change(cursor: &mut Cursor<'_>) -> Parsed<Option<IndexChange>> {
    if cursor.eat("rename to") {
        return Ok(Some(IndexChange::Rename(cursor.ident("a new name")?)));
    }
    if cursor.eat("attach partition") {
        return Ok(Some(IndexChange::AttachPartition(cursor.name("an index")?)));
    }
    if cursor.eat_any(&["depends on extension", "no depends on extension"]).is_some() {
        cursor.ident("an extension")?;
        return Ok(Some(IndexChange::DependsOnExtension));
    }
    if cursor.eat("set tablespace") {
        let tablespace = cursor.ident("a tablespace")?;
        cursor.eat("nowait");
        return Ok(Some(IndexChange::SetTablespace(tablespace)));
    }
    if cursor.eat("set") {
        let names = options::parameters(cursor)?.into_iter().map(|(name, _)| name).collect();
        return Ok(Some(IndexChange::SetParameters(names)));
    }
    if cursor.eat("reset") {
        let names = options::parameters(cursor)?.into_iter().map(|(name, _)| name).collect();
        return Ok(Some(IndexChange::ResetParameters(names)));
    }
    let mut ahead = *cursor;
    if ahead.eat_any(&["alter column", "alter"]).is_some() && ahead.eat_kind(TokenKind::Number) {
        ahead.expect("set statistics")?;
        ahead.take_rest();
        *cursor = ahead;
        return Ok(Some(IndexChange::SetStatistics));
    }
    Ok(None)
}

/// `REINDEX`.
pub(in super::super) fn reindex(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let mut concurrently = options::flag_of_list(cursor, "concurrently")?;
    if cursor.is_done() || cursor.dialect() == crate::migration::Dialect::Sqlite {
        let name = if cursor.is_done() { None } else { Some(cursor.name("a name")?) };
        let target = name.map_or(ReindexTarget::Database(None), ReindexTarget::Table);
        return Ok(ActionKind::Reindex(Reindex { target, concurrently }));
    }
    let kinds = ["index", "table", "schema", "database", "system"];
    let kind = cursor.eat_any(&kinds).ok_or_else(|| cursor.error("expected INDEX or TABLE"))?;
    concurrently |= cursor.eat("concurrently");
    let target = match kind {
        "index" => ReindexTarget::Index(cursor.name("an index")?),
        "table" => ReindexTarget::Table(cursor.name("a table")?),
        "schema" => ReindexTarget::Schema(cursor.ident("a schema")?),
        _ => {
            let name = if cursor.is_done() { None } else { Some(cursor.ident("a database")?) };
            match kind {
                "database" => ReindexTarget::Database(name),
                _ => ReindexTarget::System(name),
            }
        }
    };
    Ok(ActionKind::Reindex(Reindex { target, concurrently }))
}
