//! Domains.

use super::super::cursor::{Cursor, Parsed};
use super::create::Modifiers;
use super::{alter_table, constraint, data_type, expr, object};
use crate::migration::{
    ActionKind, AlterDomain, CreateDomain, DomainChange, Ident, ObjectKind, Validity,
};

/// `CREATE DOMAIN`, from behind `DOMAIN`.
pub(in super::super) fn create(cursor: &mut Cursor<'_>, _: &Modifiers) -> Parsed<ActionKind> {
    let name = cursor.name("a domain name")?;
    cursor.eat("as");
    let data_type = data_type::data_type(cursor)?;
    let mut domain =
        CreateDomain { name, data_type, default: None, not_null: false, checks: Vec::new() };
    while !cursor.is_done() {
        constraint_of(cursor, &mut domain)?;
    }
    Ok(ActionKind::CreateDomain(Box::new(domain)))
}

fn constraint_of(cursor: &mut Cursor<'_>, domain: &mut CreateDomain) -> Parsed<()> {
    let name = constraint_name(cursor)?;
    if cursor.eat("default") {
        domain.default = Some(expr::default(cursor)?);
    } else if cursor.eat("not null") {
        domain.not_null = true;
    } else if cursor.eat("check") {
        domain.checks.push((name, expr::in_parens(cursor)?));
    } else if cursor.eat("collate") {
        domain.data_type.collation = Some(cursor.name("a collation")?);
    } else if !cursor.eat("null")
        && !constraint::attribute(cursor, &mut constraint::Attributes::default())
    {
        return Err(cursor.error("expected a constraint of the domain"));
    }
    Ok(())
}

fn constraint_name(cursor: &mut Cursor<'_>) -> Parsed<Option<Ident>> {
    match cursor.eat("constraint") {
        true => Ok(Some(cursor.ident("a constraint name")?)),
        false => Ok(None),
    }
}

/// `ALTER DOMAIN`, from behind `DOMAIN`.
pub(in super::super) fn alter(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let mut ahead = *cursor;
    let name = ahead.name("a domain")?;
    let Some(change) = change(&mut ahead)? else {
        return object::alter_named(cursor, ObjectKind::Domain);
    };
    *cursor = ahead;
    Ok(ActionKind::AlterDomain(Box::new(AlterDomain { name, change })))
}

fn change(cursor: &mut Cursor<'_>) -> Parsed<Option<DomainChange>> {
    Ok(Some(if cursor.eat("add") {
        return add(cursor).map(Some);
    } else if cursor.eat("set not null") {
        DomainChange::SetNotNull
    } else if cursor.eat("drop not null") {
        DomainChange::DropNotNull
    } else if cursor.eat("drop default") {
        DomainChange::DropDefault
    } else if cursor.eat("set default") {
        let default = expr::expr(&cursor.up_to(usize::MAX))?;
        cursor.take_rest();
        DomainChange::SetDefault(default)
    } else if cursor.eat("drop constraint") {
        let if_exists = cursor.eat("if exists");
        let name = cursor.ident("a constraint")?;
        alter_table::cascade(cursor);
        DomainChange::DropConstraint { name, if_exists }
    } else if cursor.eat("validate constraint") {
        DomainChange::ValidateConstraint(cursor.ident("a constraint")?)
    } else if cursor.eat("rename constraint") {
        let name = cursor.ident("a constraint")?;
        cursor.expect("to")?;
        DomainChange::RenameConstraint { name, new_name: cursor.ident("a new name")? }
    } else {
        return Ok(None);
    }))
}

fn add(cursor: &mut Cursor<'_>) -> Parsed<DomainChange> {
    let name = constraint_name(cursor)?;
    if cursor.eat("not null") {
        constraint::attributes(cursor);
        return Ok(DomainChange::SetNotNull);
    }
    cursor.expect("check")?;
    let expr = expr::in_parens(cursor)?;
    let not_valid = constraint::attributes(cursor).validity == Validity::NotValid;
    Ok(DomainChange::AddCheck { name, expr, not_valid })
}
