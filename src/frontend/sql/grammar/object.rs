//! Kinds that are modelled by the kind alone: what is named, and what changes, in words.

use super::super::cursor::{Cursor, Parsed};
use super::super::dml;
use super::super::scanner::TokenKind;
use super::named::{self, Named};
use crate::migration::{ActionKind, Ident, ObjectChange, ObjectKind, ObjectName};
use crate::source::Span;

/// A change without tables and new name.
pub(in super::super) fn change(
    kind: ObjectKind,
    name: Option<ObjectName>,
    option: &str,
    span: Span,
) -> ObjectChange {
    ObjectChange { kind, name, tables: Vec::new(), option: option.to_owned(), new_name: None, span }
}

/// `CREATE` of a kind that is modelled by its kind alone, from behind the kind.
pub(in super::super) fn create(cursor: &mut Cursor<'_>, kind: ObjectKind) -> Parsed<ActionKind> {
    let start = cursor.offset();
    cursor.eat("if not exists");
    let mut option = "create".to_owned();
    let (name, tables) = match kind {
        ObjectKind::OperatorClass | ObjectKind::OperatorFamily => {
            (Some(cursor.name("a name")?), Vec::new())
        }
        ObjectKind::Rule => {
            let name = bare(cursor)?;
            (Some(name), rule_tables(cursor, &mut option)?)
        }
        ObjectKind::Statistics => statistics(cursor)?,
        ObjectKind::Publication => (Some(bare(cursor)?), publication_tables(cursor)?),
        ObjectKind::Policy | ObjectKind::Trigger => {
            let Named { name, table, .. } = named::named(cursor, kind)?;
            (name, table.into_iter().collect())
        }
        _ => (named::named(cursor, kind)?.name, Vec::new()),
    };
    cursor.take_rest();
    let span = cursor.file(cursor.since(start));
    let change = ObjectChange { tables, ..change(kind, name, &option, span) };
    Ok(ActionKind::CreateObject(change))
}

fn bare(cursor: &mut Cursor<'_>) -> Parsed<ObjectName> {
    Ok(ObjectName { schema: None, name: cursor.ident("a name")? })
}

/// The table of a rule, and the relations that its commands write.
fn rule_tables(cursor: &mut Cursor<'_>, option: &mut String) -> Parsed<Vec<ObjectName>> {
    cursor.expect("as on")?;
    *option = format!("on {}", cursor.label("an event")?);
    cursor.expect("to")?;
    let mut tables = vec![cursor.name("a table")?];
    cursor.until(|at| at.is("do"));
    cursor.expect("do")?;
    cursor.eat_any(&["also", "instead"]);
    let mut commands =
        if cursor.is_kind(TokenKind::LeftParen) { cursor.parens("commands")? } else { *cursor };
    while !commands.is_done() {
        let command = commands.until(|at| at.is_kind(TokenKind::Semicolon));
        commands.eat_kind(TokenKind::Semicolon);
        let kinds = dml::lower(command.text(command.rest()), command.dialect());
        tables.extend(kinds.iter().flatten().filter_map(ActionKind::written_relation).cloned());
    }
    Ok(tables)
}

type NameAndTables = (Option<ObjectName>, Vec<ObjectName>);

fn statistics(cursor: &mut Cursor<'_>) -> Parsed<NameAndTables> {
    let name = if cursor.is_any(&["on"]) || cursor.is_kind(TokenKind::LeftParen) {
        None
    } else {
        Some(cursor.name("a name")?)
    };
    cursor.until(|at| at.is("from"));
    cursor.expect("from")?;
    Ok((name, vec![cursor.name("a table")?]))
}

/// `FOR TABLE a, b (columns) WHERE (…), TABLES IN SCHEMA …`.
fn publication_tables(cursor: &mut Cursor<'_>) -> Parsed<Vec<ObjectName>> {
    if !cursor.eat("for") {
        return Ok(Vec::new());
    }
    if cursor.sees("all tables") || cursor.sees("all sequences") {
        cursor.take_rest();
        return Ok(Vec::new());
    }
    table_list(cursor)
}

/// `TABLE a (columns) WHERE (…), b, TABLES IN SCHEMA c, TABLE d`; without the word, entries are of
/// the kind before them.
fn table_list(cursor: &mut Cursor<'_>) -> Parsed<Vec<ObjectName>> {
    let mut tables = Vec::new();
    let mut in_schemas = false;
    loop {
        let mut part = cursor.until(|at| at.is_kind(TokenKind::Comma) || at.is("with"));
        in_schemas = part.eat("tables in schema") || (in_schemas && !part.is("table"));
        if !in_schemas {
            part.eat("table");
            tables.push(part.relation("a table")?.0);
        }
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(tables);
        }
    }
}

/// `ALTER` of a kind that is modelled by its kind alone, from behind the kind.
pub(in super::super) fn alter_named(
    cursor: &mut Cursor<'_>,
    kind: ObjectKind,
) -> Parsed<ActionKind> {
    cursor.eat("if exists");
    let Named { name, table, .. } = match kind {
        ObjectKind::Role => role(cursor)?,
        _ => named::named(cursor, kind)?,
    };
    let span = cursor.file(cursor.rest());
    let mut altered = change(kind, name, "", span);
    altered.tables.extend(table);
    if cursor.is_done() {
        return Err(cursor.error("expected what changes"));
    }
    what(cursor, &mut altered)?;
    cursor.take_rest();
    Ok(ActionKind::AlterObject(altered))
}

fn role(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    let all = cursor.eat("all");
    let name = if all { None } else { Some(named::role(cursor)?) };
    Ok(Named { name, ..Named::default() })
}

fn what(cursor: &mut Cursor<'_>, altered: &mut ObjectChange) -> Parsed<()> {
    const NEW_NAME: [(&str, &str); 2] = [("rename to", "rename"), ("set schema", "set schema")];
    for (words, option) in NEW_NAME {
        if cursor.eat(words) {
            altered.option = option.to_owned();
            altered.new_name = Some(cursor.label("a new name")?);
            return Ok(());
        }
    }
    if cursor.eat("owner to") {
        altered.option = "owner".to_owned();
        return Ok(());
    }
    let tables = ["add table", "set table", "drop table"];
    if altered.kind == ObjectKind::Publication
        && let Some(words) = tables.into_iter().find(|words| cursor.sees(words))
    {
        cursor.bump();
        altered.option = words.to_owned();
        altered.tables = table_list(cursor)?;
        return Ok(());
    }
    altered.option = words(cursor);
    Ok(())
}

/// Changes that take more than one word to say.
const CHANGES: [&str; 22] = [
    "add attribute",
    "drop attribute",
    "alter attribute",
    "rename attribute",
    "add mapping",
    "alter mapping",
    "drop mapping",
    "add publication",
    "set publication",
    "drop publication",
    "refresh publication",
    "refresh sequences",
    "refresh version",
    "add tables in schema",
    "set tables in schema",
    "drop tables in schema",
    "set tablespace",
    "set statistics",
    "security definer",
    "security invoker",
    "depends on extension",
    "no depends on extension",
];

/// The words that say what changes; of others the first one.
fn words(cursor: &mut Cursor<'_>) -> String {
    match cursor.eat_any(&CHANGES) {
        Some(words) => words.to_owned(),
        None => cursor.word().unwrap_or_else(|| "options".to_owned()),
    }
}

/// `CREATE SCHEMA`, from behind `SCHEMA`; its elements are left to the caller.
pub(in super::super) fn create_schema(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let mut name: Option<Ident> = None;
    if !cursor.is("authorization") {
        name = Some(cursor.ident("a schema")?);
    }
    if cursor.eat("authorization") {
        let role = named::role(cursor)?;
        name.get_or_insert(role.name);
    }
    let name = name.ok_or_else(|| cursor.error("expected a schema"))?;
    Ok(ActionKind::CreateSchema { name, if_not_exists })
}

/// `CREATE EXTENSION`, from behind `EXTENSION`.
pub(in super::super) fn create_extension(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.ident("an extension")?;
    cursor.eat("with");
    let mut schema = None;
    while !cursor.is_done() {
        if cursor.eat("schema") {
            schema = Some(cursor.ident("a schema")?);
        } else if cursor.eat_any(&["version", "from"]).is_some() {
            cursor.bump();
        } else if !cursor.eat("cascade") {
            return Err(cursor.error("expected SCHEMA, VERSION or CASCADE"));
        }
    }
    Ok(ActionKind::CreateExtension { name, if_not_exists, schema })
}
