//! Column definitions.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::constraint::{self, Attributes};
use super::{data_type, expr};
use crate::migration::{ColumnConstraint, ColumnDef, Deferral, Dialect, Ident, Identity, Validity};

/// Whether a column must have a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Typing {
    /// `CREATE TABLE` and `ADD COLUMN`.
    Required,
    /// `OF type` and `PARTITION OF`, which take the type from elsewhere.
    Inherited,
}

/// Takes all of `part` as a column definition.
pub(in super::super) fn column(mut part: Cursor<'_>, typing: Typing) -> Parsed<ColumnDef> {
    let span = constraint::file_span(&part);
    let name = part.ident("a column name")?;
    let mut data_type = match (part.dialect(), typing) {
        (Dialect::Sqlite, _) => data_type::sqlite(&mut part)?,
        (_, Typing::Required) => Some(data_type::data_type(&mut part)?),
        (_, Typing::Inherited) => {
            part.eat("with options");
            None
        }
    };
    let constraints = constraints(&mut part)?;
    part.finish()?;
    if let Some(data_type) = &mut data_type {
        data_type.collation = constraints.iter().find_map(|constraint| match constraint {
            ColumnConstraint::Collate(name) => Some(name.clone()),
            _ => None,
        });
    }
    Ok(ColumnDef { span, name, data_type, constraints })
}

fn constraints(part: &mut Cursor<'_>) -> Parsed<Vec<ColumnConstraint>> {
    let mut found = Vec::new();
    while !part.is_done() {
        let name = match part.eat("constraint") {
            true => Some(part.ident("a constraint name")?),
            false => None,
        };
        let mut stray = Attributes::default();
        if name.is_none() && constraint::attribute(part, &mut stray) {
            if let Some(last) = found.last_mut() {
                amend(last, stray);
            }
            continue;
        }
        found.push(one(part, name)?);
    }
    found.shrink_to_fit();
    Ok(found)
}

/// Attributes stand behind the constraint that they belong to.
fn amend(last: &mut ColumnConstraint, stray: Attributes) {
    match last {
        ColumnConstraint::Unique { deferral, .. } => set_deferral(deferral, stray),
        ColumnConstraint::References { deferral, validity, .. } => {
            set_deferral(deferral, stray);
            set_validity(validity, stray);
        }
        ColumnConstraint::Check { validity, no_inherit, .. } => {
            set_validity(validity, stray);
            *no_inherit |= stray.no_inherit;
        }
        _ => {}
    }
}

fn set_deferral(deferral: &mut Deferral, stray: Attributes) {
    if stray.deferral != Deferral::NotDeferrable && *deferral != Deferral::InitiallyDeferred {
        *deferral = stray.deferral;
    }
}

fn set_validity(validity: &mut Validity, stray: Attributes) {
    if stray.validity != Validity::Valid {
        *validity = stray.validity;
    }
}

fn one(part: &mut Cursor<'_>, name: Option<Ident>) -> Parsed<ColumnConstraint> {
    if part.eat("not null") {
        return Ok(ColumnConstraint::NotNull { name });
    }
    if part.eat("null") {
        return Ok(ColumnConstraint::Null);
    }
    if part.eat("default") {
        return Ok(ColumnConstraint::Default(expr::default(part)?));
    }
    if part.eat("primary key") {
        return primary_key(part, name);
    }
    if part.eat("unique") {
        let nulls_not_distinct = constraint::nulls_not_distinct(part);
        constraint::index_options(part)?;
        let deferral = Deferral::NotDeferrable;
        return Ok(ColumnConstraint::Unique { name, deferral, nulls_not_distinct });
    }
    if part.eat("check") {
        let expr = expr::in_parens(part)?;
        let validity = Validity::Valid;
        return Ok(ColumnConstraint::Check { name, expr, validity, no_inherit: false });
    }
    if part.eat("references") {
        let target = constraint::references(part)?;
        let (deferral, validity) = (Deferral::NotDeferrable, Validity::Valid);
        return Ok(ColumnConstraint::References { name, target, deferral, validity });
    }
    if part.eat("collate") {
        return Ok(ColumnConstraint::Collate(part.name("a collation")?));
    }
    generated(part)
}

fn primary_key(part: &mut Cursor<'_>, name: Option<Ident>) -> Parsed<ColumnConstraint> {
    let mut autoincrement = false;
    if part.dialect() == Dialect::Sqlite {
        part.eat_any(&["asc", "desc"]);
        constraint::attributes(part);
        autoincrement = part.eat("autoincrement");
    }
    constraint::index_options(part)?;
    Ok(ColumnConstraint::PrimaryKey { name, autoincrement })
}

/// `GENERATED …`, SQLite's short `AS (…)`, and what no room asks for.
fn generated(part: &mut Cursor<'_>) -> Parsed<ColumnConstraint> {
    if let Some(identity) = identity(part)? {
        return Ok(ColumnConstraint::Identity(identity));
    }
    if part.eat_any(&["generated always as", "generated by default as", "as"]).is_some() {
        let expr = expr::in_parens(part)?;
        let stored = part.eat_any(&["stored", "virtual"]) == Some("stored");
        return Ok(ColumnConstraint::Generated { expr, stored });
    }
    let start = part.offset();
    if part.eat_any(&["storage", "compression"]).is_some() {
        part.label("a method")?;
    } else if part.eat("options") {
        part.parens("options")?;
    } else {
        return Err(part.error("expected a column constraint"));
    }
    Ok(ColumnConstraint::Other(part.written(part.since(start)).to_owned()))
}

/// Takes `GENERATED … AS IDENTITY [(options)]`, if it is next.
pub(in super::super) fn identity(part: &mut Cursor<'_>) -> Parsed<Option<Identity>> {
    const ALWAYS: &str = "generated always as identity";
    let found = part.eat_any(&[ALWAYS, "generated by default as identity"]);
    let Some(words) = found else { return Ok(None) };
    if part.is_kind(TokenKind::LeftParen) {
        part.parens("sequence options")?;
    }
    Ok(Some(if words == ALWAYS { Identity::Always } else { Identity::ByDefault }))
}
