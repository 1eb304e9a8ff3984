//! Table constraints, and the parts that column constraints share with them.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::{expr, index};
use crate::migration::{
    ConstraintKind, Deferral, Dialect, ForeignKeyTarget, Ident, IndexedColumn, ReferentialAction,
    TableConstraint, Validity,
};
use crate::source::Span;

/// What may be written behind a constraint, in any order.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Attributes {
    /// Deferral.
    pub deferral: Deferral,
    /// Whether existing rows are checked.
    pub validity: Validity,
    /// `NO INHERIT`.
    pub no_inherit: bool,
}

/// Takes the attributes of a constraint.
pub(in super::super) fn attributes(cursor: &mut Cursor<'_>) -> Attributes {
    let mut found = Attributes::default();
    while attribute(cursor, &mut found) {}
    found
}

/// Takes one attribute, if one is next.
pub(in super::super) fn attribute(cursor: &mut Cursor<'_>, found: &mut Attributes) -> bool {
    const WORDS: [&str; 9] = [
        "deferrable",
        "not deferrable",
        "initially deferred",
        "initially immediate",
        "not valid",
        "not enforced",
        "enforced",
        "no inherit",
        "on conflict",
    ];
    if cursor.dialect() == Dialect::Postgres && cursor.sees("on conflict") {
        return false;
    }
    let Some(words) = cursor.eat_any(&WORDS) else { return false };
    match words {
        "deferrable" if found.deferral == Deferral::NotDeferrable => {
            found.deferral = Deferral::Deferrable;
        }
        "initially deferred" => found.deferral = Deferral::InitiallyDeferred,
        "not valid" => found.validity = Validity::NotValid,
        "not enforced" => found.validity = Validity::NotEnforced,
        "no inherit" => found.no_inherit = true,
        // SQLite's conflict resolution: one more word.
        "on conflict" => {
            cursor.bump();
        }
        _ => {}
    }
    true
}

/// Whether a table constraint, and no column, is next.
pub(in super::super) fn is_next(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(&["constraint", "check", "unique", "primary", "foreign"])
        || cursor.sees("not null")
        || (cursor.is("exclude")
            && (cursor.is_at(1, "using")
                || cursor.peek_at(1).is_some_and(|token| token.kind == TokenKind::LeftParen)))
}

/// Takes a table constraint, with its name if it has one.
pub(in super::super) fn table_constraint(cursor: &mut Cursor<'_>) -> Parsed<TableConstraint> {
    let start = cursor.offset();
    let name = match cursor.eat("constraint") {
        true => Some(cursor.ident("a constraint name")?),
        false => None,
    };
    let mut kind = constraint_kind(cursor)?;
    let attributes = attributes(cursor);
    if let ConstraintKind::Check { no_inherit, .. } | ConstraintKind::NotNull { no_inherit, .. } =
        &mut kind
    {
        *no_inherit = attributes.no_inherit;
    }
    let span = cursor.file(cursor.since(start));
    let Attributes { deferral, validity, .. } = attributes;
    Ok(TableConstraint { span, name, kind, deferral, validity })
}

fn constraint_kind(cursor: &mut Cursor<'_>) -> Parsed<ConstraintKind> {
    if cursor.eat("check") {
        return Ok(ConstraintKind::Check { expr: expr::in_parens(cursor)?, no_inherit: false });
    }
    if cursor.eat("primary key") {
        return primary_key(cursor);
    }
    if cursor.eat("unique") {
        return unique(cursor);
    }
    if cursor.eat("foreign key") {
        return foreign_key(cursor);
    }
    if cursor.eat("exclude") {
        return exclude(cursor);
    }
    if cursor.eat("not null") {
        let column = cursor.ident("a column name")?;
        return Ok(ConstraintKind::NotNull { column, no_inherit: false });
    }
    Err(cursor.error("expected a constraint"))
}

fn primary_key(cursor: &mut Cursor<'_>) -> Parsed<ConstraintKind> {
    if cursor.eat("using index") {
        let index = cursor.ident("an index name")?;
        return Ok(ConstraintKind::PrimaryKeyUsingIndex(index));
    }
    let (columns, without_overlaps) = key_columns(cursor)?;
    let include = index::include(cursor)?;
    index_options(cursor)?;
    Ok(ConstraintKind::PrimaryKey { columns, include, without_overlaps })
}

fn unique(cursor: &mut Cursor<'_>) -> Parsed<ConstraintKind> {
    if cursor.eat("using index") {
        let index = cursor.ident("an index name")?;
        return Ok(ConstraintKind::UniqueUsingIndex(index));
    }
    let nulls_not_distinct = nulls_not_distinct(cursor);
    let (columns, without_overlaps) = key_columns(cursor)?;
    let include = index::include(cursor)?;
    index_options(cursor)?;
    Ok(ConstraintKind::Unique { columns, include, nulls_not_distinct, without_overlaps })
}

/// Takes `NULLS [NOT] DISTINCT`.
pub(in super::super) fn nulls_not_distinct(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_any(&["nulls not distinct", "nulls distinct"]) == Some("nulls not distinct")
}

fn key_columns(cursor: &mut Cursor<'_>) -> Parsed<(Vec<IndexedColumn>, bool)> {
    let mut inner = cursor.parens("'(' before the columns of the key")?;
    let mut columns = Vec::new();
    let mut without_overlaps = false;
    while !inner.is_done() {
        let part = inner.until(|at| at.is_kind(TokenKind::Comma) || at.sees("without overlaps"));
        columns.push(index::element(part)?);
        without_overlaps |= inner.eat("without overlaps");
        inner.comma()?;
    }
    Ok((columns, without_overlaps))
}

/// Takes `WITH (…)` and `USING INDEX TABLESPACE …` behind a key.
pub(in super::super) fn index_options(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.is("with") && cursor.peek_at(1).is_some_and(|t| t.kind == TokenKind::LeftParen) {
        cursor.bump();
        cursor.parens("index parameters")?;
    }
    if cursor.eat("using index tablespace") {
        cursor.ident("a tablespace")?;
    }
    Ok(())
}

fn foreign_key(cursor: &mut Cursor<'_>) -> Parsed<ConstraintKind> {
    let (columns, period) = period_columns(cursor)?;
    cursor.expect("references")?;
    let target = references(cursor)?;
    Ok(ConstraintKind::ForeignKey { columns, target, period })
}

fn period_columns(cursor: &mut Cursor<'_>) -> Parsed<(Vec<Ident>, bool)> {
    let mut inner = cursor.parens("'(' before the columns of the foreign key")?;
    let mut columns = Vec::new();
    let mut period = false;
    while !inner.is_done() {
        period |= inner.is_name_at(1) && inner.eat("period");
        columns.push(inner.ident("a column name")?);
        inner.comma()?;
    }
    Ok((columns, period))
}

/// Takes what follows `REFERENCES`.
pub(in super::super) fn references(cursor: &mut Cursor<'_>) -> Parsed<ForeignKeyTarget> {
    let table = cursor.name("the referenced table")?;
    let columns = match cursor.is_kind(TokenKind::LeftParen) {
        true => period_columns(cursor)?.0,
        false => Vec::new(),
    };
    let mut target = ForeignKeyTarget {
        table,
        columns,
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        match_full: false,
    };
    loop {
        if cursor.eat("on delete") {
            target.on_delete = referential_action(cursor)?;
        } else if cursor.eat("on update") {
            target.on_update = referential_action(cursor)?;
        } else if let Some(kind) = cursor.eat_any(&["match full", "match partial", "match simple"])
        {
            target.match_full = kind == "match full";
        } else {
            return Ok(target);
        }
    }
}

fn referential_action(cursor: &mut Cursor<'_>) -> Parsed<ReferentialAction> {
    const WORDS: [&str; 5] = ["no action", "restrict", "cascade", "set null", "set default"];
    let action = match cursor.eat_any(&WORDS) {
        Some("no action") => ReferentialAction::NoAction,
        Some("restrict") => ReferentialAction::Restrict,
        Some("cascade") => ReferentialAction::Cascade,
        Some("set null") => ReferentialAction::SetNull,
        Some(_) => ReferentialAction::SetDefault,
        None => return Err(cursor.error("expected an action such as CASCADE")),
    };
    // SET NULL and SET DEFAULT may name columns (15); no room asks for them.
    cursor.optional_columns()?;
    Ok(action)
}

fn exclude(cursor: &mut Cursor<'_>) -> Parsed<ConstraintKind> {
    let method = match cursor.eat("using") {
        true => cursor.ident("an index method")?.to_string(),
        false => "btree".to_owned(),
    };
    let mut inner = cursor.parens("'(' before the elements of the constraint")?;
    let mut elements = Vec::new();
    while !inner.is_done() {
        let column = index::element(inner.until(|at| at.is("with")))?;
        inner.expect("with")?;
        let operator = inner.until_comma();
        elements.push((column, operator.written(operator.rest()).to_owned()));
        inner.comma()?;
    }
    index::include(cursor)?;
    index_options(cursor)?;
    let predicate = match cursor.eat("where") {
        true => Some(expr::in_parens(cursor)?),
        false => None,
    };
    Ok(ConstraintKind::Exclude { method, elements, predicate })
}

/// The span of a part, bytes of the file.
pub(in super::super) fn file_span(part: &Cursor<'_>) -> Span {
    part.file(part.rest())
}
