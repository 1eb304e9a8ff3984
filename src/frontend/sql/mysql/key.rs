//! Keys, indexes and constraints as elements of a table.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::{constraint, expr};
use super::super::scanner::TokenKind;
use super::index;
use crate::migration::{
    ConstraintKind, CreateIndex, Deferral, Form, Ident, IndexedColumn, ObjectName, TableConstraint,
    Validity,
};

/// An element of a table that is no column.
pub(in super::super) enum Element {
    /// A key or another constraint.
    Constraint(TableConstraint),
    /// An index that is no constraint.
    Index(CreateIndex),
}

/// Whether such an element is next.
pub(in super::super) fn is_next(cursor: &Cursor<'_>) -> bool {
    const WORDS: [&str; 8] =
        ["constraint", "primary", "unique", "foreign", "check", "fulltext", "spatial", "vector"];
    if cursor.is_any(&["index", "key"]) {
        return true;
    }
    if cursor.is("vector") {
        return cursor.is_at(1, "index") || cursor.is_at(1, "key");
    }
    cursor.is_any(&WORDS)
}

/// Takes one, of the table named.
pub(in super::super) fn element(cursor: &mut Cursor<'_>, table: &ObjectName) -> Parsed<Element> {
    let start = cursor.offset();
    if let Some(method) = cursor.eat_any(&["fulltext", "spatial", "vector"]) {
        cursor.eat_any(&["index", "key"]);
        let mut found = index::element(cursor, table)?;
        method.clone_into(&mut found.method);
        return Ok(Element::Index(found));
    }
    if cursor.eat_any(&["index", "key"]).is_some() {
        return Ok(Element::Index(index::element(cursor, table)?));
    }
    let name = match cursor.eat("constraint") {
        true if !is_kind(cursor) => {
            cursor.eat_form("if not exists", Form::ConstraintIfExists);
            Some(cursor.ident("a constraint name")?)
        }
        _ => None,
    };
    let (kind, own_name, validity) = kind(cursor)?;
    let span = cursor.file(cursor.since(start));
    let deferral = Deferral::NotDeferrable;
    // Of an index's name and a constraint's name the index's wins for unique keys.
    let name = match &kind {
        ConstraintKind::ForeignKey { .. } => name.or(own_name),
        _ => own_name.or(name),
    };
    Ok(Element::Constraint(TableConstraint { span, name, kind, deferral, validity }))
}

fn is_kind(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(&["primary", "unique", "foreign", "check"])
}

type Found = (ConstraintKind, Option<Ident>, Validity);

fn kind(cursor: &mut Cursor<'_>) -> Parsed<Found> {
    if cursor.eat("primary key") {
        // A primary key is always called PRIMARY.
        let _ = index_name(cursor)?;
        let columns = columns(cursor)?;
        index::options(cursor)?;
        let kind = ConstraintKind::PrimaryKey { columns, include: vec![], without_overlaps: false };
        return Ok((kind, None, Validity::Valid));
    }
    if cursor.eat_any(&["unique index", "unique key", "unique"]).is_some() {
        let name = index_name(cursor)?;
        let columns = columns(cursor)?;
        index::options(cursor)?;
        let kind = ConstraintKind::Unique {
            columns,
            include: vec![],
            nulls_not_distinct: false,
            without_overlaps: false,
        };
        return Ok((kind, name, Validity::Valid));
    }
    if cursor.eat("foreign key") {
        cursor.eat_form("if not exists", Form::ConstraintIfExists);
        let name = index_name(cursor)?;
        let columns = cursor.columns()?;
        cursor.expect("references")?;
        let target = constraint::references(cursor)?;
        return Ok((
            ConstraintKind::ForeignKey { columns, target, period: false },
            name,
            Validity::Valid,
        ));
    }
    if cursor.eat("check") {
        let expr = expr::in_parens(cursor)?;
        let validity = enforcement(cursor);
        return Ok((ConstraintKind::Check { expr, no_inherit: false }, None, validity));
    }
    Err(cursor.error("expected a key or constraint"))
}

/// Takes `[NOT] ENFORCED`.
pub(in super::super) fn enforcement(cursor: &mut Cursor<'_>) -> Validity {
    let word = cursor.eat_any(&["not enforced", "enforced"]);
    if word.is_some() {
        cursor.uses(Form::Enforced);
    }
    match word {
        Some("not enforced") => Validity::NotEnforced,
        _ => Validity::Valid,
    }
}

/// Takes `[IF NOT EXISTS] [name] [USING method]` before the columns of a key.
fn index_name(cursor: &mut Cursor<'_>) -> Parsed<Option<Ident>> {
    cursor.eat_form("if not exists", Form::IndexIfExists);
    let mut name = None;
    if !cursor.is_kind(TokenKind::LeftParen) && !cursor.is_any(&["using", "type"]) {
        name = Some(cursor.label("an index name")?);
    }
    index::method(cursor)?;
    Ok(name)
}

/// Takes the columns of a key: `name[(length)] [ASC | DESC]`, or `(expression)`.
pub(in super::super) fn columns(cursor: &mut Cursor<'_>) -> Parsed<Vec<IndexedColumn>> {
    let mut inner = cursor.parens("'(' before the columns of the key")?;
    let mut columns = Vec::new();
    while !inner.is_done() {
        columns.push(key_column(&mut inner)?);
        // MariaDB's application-time periods.
        inner.eat("without overlaps");
        inner.comma()?;
    }
    Ok(columns)
}

fn key_column(inner: &mut Cursor<'_>) -> Parsed<IndexedColumn> {
    let mut found = IndexedColumn::default();
    if inner.is_kind(TokenKind::LeftParen) {
        inner.uses(Form::ExpressionKey);
        found.expr = Some(expr::in_parens(inner)?);
    } else {
        found.column = Some(inner.label("a column name")?);
        if inner.is_kind(TokenKind::LeftParen) {
            let mut length = inner.parens("a length")?;
            let digits = super::online::number(&mut length)?;
            length.finish()?;
            found.prefix = Some(u32::try_from(digits).unwrap_or(u32::MAX));
        }
    }
    found.descending = inner.eat_any(&["asc", "desc"]) == Some("desc");
    Ok(found)
}
