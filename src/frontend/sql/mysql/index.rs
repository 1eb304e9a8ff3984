//! Indexes: `CREATE INDEX`, and `INDEX` among the elements of a table.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::create::Modifiers;
use super::{key, online};
use crate::migration::{ActionKind, CreateIndex, Form, Ident, IndexAttributes, ObjectName};

/// `CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX`, from behind `INDEX`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat_form("if not exists", Form::IndexIfExists);
    let name = cursor.ident("an index name")?;
    let before = method(cursor)?;
    cursor.expect("on")?;
    let table = cursor.name("a table")?;
    let wait = online::wait(cursor)?;
    let columns = key::columns(cursor)?;
    let found = options(cursor)?;
    let mut attributes = found.attributes;
    attributes.online = attributes.online.and(online::clauses(cursor)?);
    attributes.online.wait = attributes.online.wait.or(wait);
    attributes.online.online |= modifiers.online;
    attributes.or_replace = modifiers.or_replace;
    let method = modifiers.method.map(str::to_owned).or(found.method).or(before);
    Ok(ActionKind::CreateIndex(Box::new(CreateIndex {
        unique: modifiers.unique,
        if_not_exists,
        method: method.unwrap_or_else(btree),
        columns,
        attributes,
        ..empty(table, Some(name))
    })))
}

fn btree() -> String {
    "btree".to_owned()
}

fn empty(table: ObjectName, name: Option<Ident>) -> CreateIndex {
    CreateIndex {
        name,
        table,
        unique: false,
        concurrently: false,
        if_not_exists: false,
        only: false,
        method: btree(),
        columns: Vec::new(),
        include: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        attributes: IndexAttributes::default(),
    }
}

/// An index among the elements of a table, from behind `INDEX` or `KEY`.
pub(in super::super) fn element(
    cursor: &mut Cursor<'_>,
    table: &ObjectName,
) -> Parsed<CreateIndex> {
    let if_not_exists = cursor.eat_form("if not exists", Form::IndexIfExists);
    let mut name = None;
    if !cursor.is_kind(TokenKind::LeftParen) && !is_method(cursor) {
        name = Some(cursor.ident("an index name")?);
    }
    let before = method(cursor)?;
    let columns = key::columns(cursor)?;
    let found = options(cursor)?;
    Ok(CreateIndex {
        if_not_exists,
        method: found.method.or(before).unwrap_or_else(btree),
        columns,
        attributes: found.attributes,
        ..empty(table.clone(), name)
    })
}

fn is_method(cursor: &Cursor<'_>) -> bool {
    cursor.is("using")
        || (cursor.is("type") && (cursor.is_at(1, "btree") || cursor.is_at(1, "hash")))
}

/// Takes `USING method`, if it is next.
pub(in super::super) fn method(cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
    if !is_method(cursor) {
        return Ok(None);
    }
    cursor.bump();
    Ok(Some(cursor.label("an index method")?.folded().to_owned()))
}

/// What stands behind the columns of an index.
#[derive(Debug, Default)]
pub(in super::super) struct Options {
    /// `USING`.
    pub method: Option<String>,
    /// The rest.
    pub attributes: IndexAttributes,
}

/// Takes the options of an index.
pub(in super::super) fn options(cursor: &mut Cursor<'_>) -> Parsed<Options> {
    let mut found = Options::default();
    let start = cursor.offset();
    let mut others = false;
    loop {
        if let Some(method) = method(cursor)? {
            found.method = Some(method);
        } else if let Some(word) = eat_visibility(cursor) {
            found.attributes.invisible = matches!(word, "invisible" | "ignored");
        } else if other(cursor)? {
            others = true;
        } else {
            break;
        }
    }
    found.attributes.written = others.then(|| cursor.written(cursor.since(start)).to_owned());
    Ok(found)
}

/// Takes whether the optimizer uses an index, which the servers say with different words.
pub(in super::super) fn eat_visibility(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    let word = cursor.eat_any(&["invisible", "visible", "not ignored", "ignored"])?;
    cursor.uses(match word {
        "invisible" | "visible" => Form::InvisibleIndex,
        _ => Form::IgnoredIndex,
    });
    Some(word)
}

fn other(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    const VALUED: [&str; 9] = [
        "key_block_size",
        "comment",
        "engine_attribute",
        "secondary_engine_attribute",
        "clustering",
        "m",
        "distance",
        "type",
        "max_edges_per_node",
    ];
    if cursor.eat("with parser") {
        cursor.ident("a parser")?;
        return Ok(true);
    }
    match cursor.eat_any(&VALUED) {
        None => return Ok(false),
        Some("engine_attribute" | "secondary_engine_attribute") => {
            cursor.uses(Form::EngineAttribute);
        }
        Some(_) => {}
    }
    cursor.eat_operator("=");
    match cursor.bump() {
        Some(_) => Ok(true),
        None => Err(cursor.error("expected a value")),
    }
}
