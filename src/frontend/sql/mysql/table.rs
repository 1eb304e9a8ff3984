//! `CREATE TABLE` in all its forms.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::expr;
use super::super::scanner::TokenKind;
use super::create::Modifiers;
use super::key::Element;
use super::{column, key, options, partition};
use crate::migration::{
    ActionKind, CreateTable, CreateTableAs, Form, Ident, LikeClause, MysqlTable, Persistence,
    Query, TableOption,
};

/// `CREATE [TEMPORARY] TABLE`, from behind `TABLE`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a table name")?;
    let persistence = match modifiers.temporary {
        true => Persistence::Temporary,
        false => Persistence::Permanent,
    };
    let mut table = CreateTable::new(name, if_not_exists, persistence);
    let mut own = MysqlTable { or_replace: modifiers.or_replace, ..MysqlTable::default() };
    if let Some(source) = like(cursor)? {
        table.like.push(source);
    } else {
        if cursor.is_kind(TokenKind::LeftParen) && !holds_query(cursor) {
            let mut inner = cursor.parens("'(' before the columns")?;
            elements(&mut inner, &mut table, &mut own)?;
        }
        tail(cursor, &mut own)?;
        own.query = from_query(cursor)?;
        let defines_nothing = table.columns.is_empty()
            && table.constraints.is_empty()
            && own.indexes.is_empty()
            && own.partitions.is_none();
        if defines_nothing
            && !own.or_replace
            && let Some(query) = own.query.take()
        {
            return Ok(made_of(query, table));
        }
    }
    table.columns.shrink_to_fit();
    table.constraints.shrink_to_fit();
    if own != MysqlTable::default() {
        table.mysql = Some(Box::new(own));
    }
    Ok(ActionKind::CreateTable(Box::new(table)))
}

/// `LIKE t` and `(LIKE t)`: columns, defaults and indexes, but no foreign keys.
fn like(cursor: &mut Cursor<'_>) -> Parsed<Option<LikeClause>> {
    let source = if cursor.eat("like") {
        cursor.name("a table")?
    } else if cursor.is_kind(TokenKind::LeftParen) && cursor.is_at(1, "like") {
        let mut inner = cursor.parens("LIKE")?;
        inner.expect("like")?;
        let source = inner.name("a table")?;
        inner.finish()?;
        source
    } else {
        return Ok(None);
    };
    let including = vec!["ALL".to_owned()];
    Ok(Some(LikeClause { source, including, excluding: Vec::new() }))
}

fn holds_query(cursor: &Cursor<'_>) -> bool {
    ["select", "with", "values", "table"].iter().any(|word| cursor.is_at(1, word))
}

fn elements(inner: &mut Cursor<'_>, table: &mut CreateTable, own: &mut MysqlTable) -> Parsed<()> {
    while !inner.is_done() {
        if inner.eat_form("period for", Form::Versioning) {
            own.periods.push(period(inner)?);
        } else if key::is_next(inner) {
            match key::element(inner, &table.name)? {
                Element::Constraint(constraint) => table.constraints.push(constraint),
                Element::Index(index) => own.indexes.push(index),
            }
        } else {
            table.columns.push(column::column(inner)?);
        }
        inner.comma()?;
    }
    Ok(())
}

/// From behind `PERIOD FOR`.
pub(in super::super) fn period(cursor: &mut Cursor<'_>) -> Parsed<(Ident, Vec<Ident>)> {
    let name = cursor.ident("a period")?;
    Ok((name, cursor.columns()?))
}

fn tail(cursor: &mut Cursor<'_>, own: &mut MysqlTable) -> Parsed<()> {
    loop {
        cursor.eat_kind(TokenKind::Comma);
        if cursor.eat("partition by") {
            own.partitions = Some(partition::scheme(cursor)?);
            return Ok(());
        }
        let Some(option) = options::option(cursor)? else { return Ok(()) };
        match option {
            TableOption::Other { name, .. } if name == "with_system_versioning" => {
                own.system_versioned = true;
            }
            option => own.options.push(option),
        }
    }
}

/// `[IGNORE | REPLACE] [AS] SELECT …`.
fn from_query(cursor: &mut Cursor<'_>) -> Parsed<Option<Query>> {
    cursor.eat_any(&["ignore", "replace"]);
    let is_query = cursor.eat("as")
        || cursor.is_any(&["select", "with", "values", "table"])
        || cursor.is_kind(TokenKind::LeftParen);
    if !is_query {
        return Ok(None);
    }
    let query = expr::query(&cursor.up_to(usize::MAX))?;
    cursor.take_rest();
    Ok(Some(query))
}

/// A table whose columns all come from its query.
fn made_of(query: Query, table: CreateTable) -> ActionKind {
    ActionKind::CreateTableAs(Box::new(CreateTableAs {
        name: table.name,
        if_not_exists: table.if_not_exists,
        persistence: table.persistence,
        columns: Vec::new(),
        query,
        with_data: true,
    }))
}
