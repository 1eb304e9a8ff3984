//! Kinds of objects by their words, and how each kind is named.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use crate::migration::{Ident, ObjectKind, ObjectName};

/// Words of every kind; longer ones stand before their own beginnings.
const KINDS: [(&str, ObjectKind); 47] = [
    ("foreign data wrapper", ObjectKind::ForeignDataWrapper),
    ("foreign table", ObjectKind::ForeignTable),
    ("table", ObjectKind::Table),
    ("materialized view", ObjectKind::MaterializedView),
    ("view", ObjectKind::View),
    ("index", ObjectKind::Index),
    ("sequence", ObjectKind::Sequence),
    ("column", ObjectKind::Column),
    ("constraint", ObjectKind::Constraint),
    ("type", ObjectKind::Type),
    ("domain", ObjectKind::Domain),
    ("function", ObjectKind::Function),
    ("procedure", ObjectKind::Procedure),
    ("routine", ObjectKind::Routine),
    ("aggregate", ObjectKind::Aggregate),
    ("operator class", ObjectKind::OperatorClass),
    ("operator family", ObjectKind::OperatorFamily),
    ("operator", ObjectKind::Operator),
    ("cast", ObjectKind::Cast),
    ("collation", ObjectKind::Collation),
    ("conversion", ObjectKind::Conversion),
    ("event trigger", ObjectKind::EventTrigger),
    ("trigger", ObjectKind::Trigger),
    ("rule", ObjectKind::Rule),
    ("policy", ObjectKind::Policy),
    ("schema", ObjectKind::Schema),
    ("database", ObjectKind::Database),
    ("tablespace", ObjectKind::Tablespace),
    ("extension", ObjectKind::Extension),
    ("user mapping", ObjectKind::UserMapping),
    ("role", ObjectKind::Role),
    ("user", ObjectKind::Role),
    ("group", ObjectKind::Role),
    ("server", ObjectKind::Server),
    ("publication", ObjectKind::Publication),
    ("subscription", ObjectKind::Subscription),
    ("statistics", ObjectKind::Statistics),
    ("text search configuration", ObjectKind::TextSearch),
    ("text search dictionary", ObjectKind::TextSearch),
    ("text search parser", ObjectKind::TextSearch),
    ("text search template", ObjectKind::TextSearch),
    ("procedural language", ObjectKind::Language),
    ("language", ObjectKind::Language),
    ("transform", ObjectKind::Transform),
    ("access method", ObjectKind::AccessMethod),
    ("large object", ObjectKind::LargeObject),
    ("owned", ObjectKind::Owned),
];

/// Takes the words of a kind of object.
pub(in super::super) fn kind(cursor: &mut Cursor<'_>) -> Option<ObjectKind> {
    KINDS.iter().find(|(words, _)| cursor.eat(words)).map(|(_, kind)| *kind)
}

/// What an object is called.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Named {
    /// Its name; what has no name of its own (a cast, an operator) by what is written.
    pub name: Option<ObjectName>,
    /// The table of a trigger, rule, policy, constraint or column.
    pub table: Option<ObjectName>,
    /// Argument types as written.
    pub arguments: Option<String>,
}

/// Takes the name of an object of the kind.
pub(in super::super) fn named(cursor: &mut Cursor<'_>, kind: ObjectKind) -> Parsed<Named> {
    use ObjectKind as Kind;
    match kind {
        Kind::Function | Kind::Procedure | Kind::Routine | Kind::Aggregate => routine(cursor),
        Kind::Trigger | Kind::Rule | Kind::Policy | Kind::Constraint => on_table(cursor),
        Kind::Column => {
            let (table, column) = cursor.member("a column")?;
            let name = Some(ObjectName { schema: None, name: column });
            Ok(Named { name, table: Some(table), arguments: None })
        }
        Kind::Operator => operator(cursor),
        Kind::OperatorClass | Kind::OperatorFamily => {
            let name = cursor.name("a name")?;
            cursor.expect("using")?;
            cursor.ident("an index method")?;
            Ok(of(name))
        }
        Kind::Cast => cast(cursor),
        Kind::Transform => transform(cursor),
        Kind::UserMapping => user_mapping(cursor),
        Kind::LargeObject => {
            let oid = cursor.bump().map_or("", |token| cursor.written(token.span()));
            Ok(of(ObjectName::bare(Ident::new(oid))))
        }
        Kind::Type | Kind::Domain => type_name(cursor),
        Kind::Role => Ok(of(role(cursor)?)),
        _ => Ok(of(cursor.name("a name")?)),
    }
}

fn of(name: ObjectName) -> Named {
    Named { name: Some(name), ..Named::default() }
}

/// Types are named as types: `double precision`, `int4[]`.
fn type_name(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    let data_type = super::data_type::data_type(cursor)?;
    let mut name = data_type.name;
    if data_type.dimensions > 0 {
        name.name = Ident::new(format!("{}[]", name.name));
    }
    Ok(of(name))
}

/// Takes a role: a name, `CURRENT_USER` and its like, or `PUBLIC`.
pub(in super::super) fn role(cursor: &mut Cursor<'_>) -> Parsed<ObjectName> {
    Ok(ObjectName { schema: None, name: cursor.label("a role")? })
}

fn routine(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    let name = cursor.name("a function")?;
    let mut arguments = None;
    if cursor.is_kind(TokenKind::LeftParen) {
        let inner = cursor.parens("arguments")?;
        let written = if inner.is_done() { "" } else { inner.written(inner.rest()) };
        arguments = Some(written.to_owned());
    }
    Ok(Named { name: Some(name), table: None, arguments })
}

fn on_table(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    let name = cursor.ident("a name")?;
    let mut named = of(ObjectName { schema: None, name });
    // SQLite's triggers and PostgreSQL's old rules stand alone.
    if cursor.eat("on") {
        cursor.eat("domain");
        named.table = Some(cursor.name("a table")?);
    } else if cursor.eat_kind(TokenKind::Dot) {
        let schema = named.name.take().map(|name| name.name);
        named.name = Some(ObjectName { schema, name: cursor.label("a name")? });
    }
    Ok(named)
}

fn operator(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    let mut schema = None;
    while cursor.is_name_at(0) {
        schema = Some(cursor.ident("a schema")?);
        cursor.eat_kind(TokenKind::Dot);
    }
    let start = cursor.offset();
    if !cursor.eat_kind(TokenKind::Operator) {
        return Err(cursor.error("expected an operator"));
    }
    let name = Ident::new(cursor.written(cursor.since(start)));
    let mut arguments = None;
    if cursor.is_kind(TokenKind::LeftParen) {
        let inner = cursor.parens("operand types")?;
        arguments = Some(inner.written(inner.rest()).to_owned());
    }
    Ok(Named { name: Some(ObjectName { schema, name }), table: None, arguments })
}

fn cast(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    let inner = cursor.parens("'(' before the types of the cast")?;
    Ok(of(ObjectName::bare(Ident::new(inner.written(inner.rest())))))
}

fn transform(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    cursor.expect("for")?;
    let start = cursor.offset();
    super::data_type::data_type(cursor)?;
    cursor.expect("language")?;
    cursor.ident("a language")?;
    Ok(of(ObjectName::bare(Ident::new(cursor.written(cursor.since(start))))))
}

fn user_mapping(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    cursor.expect("for")?;
    let name = role(cursor)?;
    cursor.expect("server")?;
    cursor.ident("a server")?;
    Ok(of(name))
}
