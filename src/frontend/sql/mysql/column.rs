//! Column definitions.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::{constraint, expr};
use super::super::scanner::TokenKind;
use super::{data_type, key};
use crate::migration::{
    Charset, ColumnConstraint, ColumnDef, ColumnPosition, Deferral, Expr, Form, Ident, ObjectName,
    Validity,
};

/// Takes a column definition: name, type, attributes.
pub(in super::super) fn column(cursor: &mut Cursor<'_>) -> Parsed<ColumnDef> {
    let start = cursor.offset();
    let name = cursor.ident("a column name")?;
    let serial = cursor.is("serial");
    let data_type = data_type::data_type(cursor)?;
    let mut constraints = Vec::new();
    if serial {
        constraints.extend(serial_attributes());
    }
    while let Some(found) = attribute(cursor)? {
        constraints.push(found);
    }
    constraints.shrink_to_fit();
    let mut data_type = if serial { serial_type(&data_type.written) } else { data_type };
    data_type.collation = collation(&constraints);
    let span = cursor.file(cursor.since(start));
    Ok(ColumnDef { span, name, data_type: Some(data_type), constraints })
}

fn serial_type(written: &str) -> crate::migration::SqlType {
    super::types::canonical("bigint unsigned", Vec::new(), written)
}

/// `SERIAL` is `BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE`.
fn serial_attributes() -> [ColumnConstraint; 3] {
    [ColumnConstraint::NotNull { name: None }, ColumnConstraint::AutoIncrement, unique(None)]
}

fn unique(name: Option<Ident>) -> ColumnConstraint {
    let deferral = Deferral::NotDeferrable;
    ColumnConstraint::Unique { name, deferral, nulls_not_distinct: false }
}

fn collation(constraints: &[ColumnConstraint]) -> Option<ObjectName> {
    constraints.iter().rev().find_map(|constraint| match constraint {
        ColumnConstraint::Charset(Charset { collation: Some(name), .. }) => {
            Some(ObjectName::bare(name.clone()))
        }
        _ => None,
    })
}

/// Takes one attribute, if one is next.
fn attribute(cursor: &mut Cursor<'_>) -> Parsed<Option<ColumnConstraint>> {
    if let Some(found) = simple(cursor) {
        return Ok(Some(found));
    }
    if let Some(charset) = charset(cursor)? {
        return Ok(Some(ColumnConstraint::Charset(charset)));
    }
    if cursor.eat("default") {
        if cursor.is_kind(TokenKind::LeftParen) {
            cursor.uses(Form::DefaultExpression);
        }
        return Ok(Some(ColumnConstraint::Default(default(cursor)?)));
    }
    if cursor.eat("on update") {
        return Ok(Some(ColumnConstraint::OnUpdate(default(cursor)?)));
    }
    if cursor.eat("comment") {
        cursor.eat_operator("=");
        return Ok(Some(ColumnConstraint::Comment(cursor.string("a comment")?)));
    }
    if cursor.eat_any(&["generated always as", "as"]).is_some() {
        let expr = expr::in_parens(cursor)?;
        let kind = cursor.eat_any(&["stored", "persistent", "virtual"]);
        let stored = matches!(kind, Some("stored" | "persistent"));
        return Ok(Some(ColumnConstraint::Generated { expr, stored }));
    }
    if cursor.eat("references") {
        let (deferral, validity) = (Deferral::NotDeferrable, Validity::Valid);
        let target = constraint::references(cursor)?;
        return Ok(Some(ColumnConstraint::References { name: None, target, deferral, validity }));
    }
    if cursor.is("check") || (cursor.is("constraint") && sees_check(cursor)) {
        return check(cursor).map(Some);
    }
    other(cursor)
}

/// Attributes that are words alone.
fn simple(cursor: &mut Cursor<'_>) -> Option<ColumnConstraint> {
    const WORDS: [&str; 16] = [
        "not null",
        "null",
        "auto_increment",
        "primary key",
        "unique key",
        "unique",
        "key",
        "invisible",
        "visible",
        "with system versioning",
        "without system versioning",
        "binary",
        "ascii",
        "unicode",
        "byte",
        "serial default value",
    ];
    Some(match cursor.eat_any(&WORDS)? {
        "not null" => ColumnConstraint::NotNull { name: None },
        "null" => ColumnConstraint::Null,
        "auto_increment" | "serial default value" => ColumnConstraint::AutoIncrement,
        // A bare KEY behind a column makes it the primary key.
        "primary key" | "key" => ColumnConstraint::PrimaryKey { name: None, autoincrement: false },
        "unique key" | "unique" => unique(None),
        "invisible" => {
            cursor.uses(Form::InvisibleColumn);
            ColumnConstraint::Visible(false)
        }
        "visible" => ColumnConstraint::Visible(true),
        word @ ("with system versioning" | "without system versioning") => {
            cursor.uses(Form::Versioning);
            ColumnConstraint::SystemVersioning(word == "with system versioning")
        }
        word => ColumnConstraint::Other(word.to_ascii_uppercase()),
    })
}

/// Takes `CHARACTER SET …` or `COLLATE …`, if one is next.
pub(in super::super) fn charset(cursor: &mut Cursor<'_>) -> Parsed<Option<Charset>> {
    let mut found = Charset::default();
    if cursor.eat_any(&["character set", "charset", "char set"]).is_some() {
        cursor.eat_operator("=");
        found.character_set = Some(charset_name(cursor)?);
    } else if cursor.eat("collate") {
        cursor.eat_operator("=");
        found.collation = Some(charset_name(cursor)?);
    } else {
        return Ok(None);
    }
    Ok(Some(found))
}

/// A character set or collation: a name or a string; `utf8` is an alias.
pub(in super::super) fn charset_name(cursor: &mut Cursor<'_>) -> Parsed<Ident> {
    let name = match cursor.is_kind(TokenKind::String) {
        true => cursor.string("a character set")?,
        false => cursor.label("a character set")?.folded().to_owned(),
    };
    let name = name.to_ascii_lowercase();
    Ok(match name.strip_prefix("utf8") {
        Some("") => Ident::new("utf8mb3"),
        Some(rest) if rest.starts_with('_') => Ident::new(format!("utf8mb3{rest}")),
        _ => Ident::new(name),
    })
}

fn sees_check(cursor: &Cursor<'_>) -> bool {
    cursor.is_at(1, "check") || cursor.is_at(2, "check")
}

fn check(cursor: &mut Cursor<'_>) -> Parsed<ColumnConstraint> {
    let name = match cursor.eat("constraint") {
        true if !cursor.is("check") => Some(cursor.ident("a constraint name")?),
        _ => None,
    };
    cursor.expect("check")?;
    let expr = expr::in_parens(cursor)?;
    let validity = key::enforcement(cursor);
    Ok(ColumnConstraint::Check { name, expr, validity, no_inherit: false })
}

/// What no room asks for, as written.
fn other(cursor: &mut Cursor<'_>) -> Parsed<Option<ColumnConstraint>> {
    const VALUED: [&str; 9] = [
        "column_format",
        "storage",
        "engine_attribute",
        "secondary_engine_attribute",
        "srid",
        "ref_system_id",
        "compressed",
        "encrypted",
        "page_compressed",
    ];
    let start = cursor.offset();
    let Some(word) = cursor.eat_any(&VALUED) else { return Ok(None) };
    match word {
        "engine_attribute" | "secondary_engine_attribute" => cursor.uses(Form::EngineAttribute),
        "srid" => cursor.uses(Form::Srid),
        "compressed" => cursor.uses(Form::CompressedColumn),
        _ => {}
    }
    let is_valued =
        cursor.eat_operator("=") || matches!(word, "column_format" | "storage" | "srid");
    if is_valued && cursor.bump().is_none() {
        return Err(cursor.error("expected a value"));
    }
    Ok(Some(ColumnConstraint::Other(cursor.written(cursor.since(start)).to_owned())))
}

/// Takes the value of `DEFAULT` or `ON UPDATE`: an expression in parentheses, or operands with
/// operators between them.
pub(in super::super) fn default(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let start = cursor.offset();
    loop {
        while cursor.eat_kind(TokenKind::Operator) {}
        operand(cursor)?;
        if !cursor.is_kind(TokenKind::Operator) {
            break;
        }
    }
    expr::expr(&cursor.slice(cursor.since(start)))
}

fn operand(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.is_kind(TokenKind::LeftParen) {
        cursor.parens("an expression")?;
        return Ok(());
    }
    // `NEXT VALUE FOR sequence`.
    if cursor.eat_any(&["next value for", "previous value for"]).is_some() {
        cursor.name("a sequence")?;
        return Ok(());
    }
    let Some(first) = cursor.bump() else { return Err(cursor.error("expected a value")) };
    match first.kind {
        TokenKind::String => {
            while cursor.is_kind(TokenKind::String) {
                cursor.bump();
            }
        }
        TokenKind::Word | TokenKind::QuotedName => {
            // An introducer such as `_utf8mb4` stands before its string.
            cursor.eat_kind(TokenKind::String);
            while cursor.eat_kind(TokenKind::Dot) {
                cursor.label("a name")?;
            }
            if cursor.is_kind(TokenKind::LeftParen) {
                cursor.parens("arguments")?;
            }
        }
        TokenKind::Number | TokenKind::Parameter => {}
        _ => return Err(cursor.error("expected a value")),
    }
    Ok(())
}

/// Takes `FIRST` or `AFTER column`, if one is next.
pub(in super::super) fn position(cursor: &mut Cursor<'_>) -> Parsed<Option<ColumnPosition>> {
    if cursor.eat("first") {
        return Ok(Some(ColumnPosition::First));
    }
    if cursor.eat("after") {
        return Ok(Some(ColumnPosition::After(cursor.ident("a column name")?)));
    }
    Ok(None)
}
