//! Table constraints: added, validated, dropped, renamed.

use super::alter_table::Alter;
use super::columns::{is_not_null, set_not_null, verify_not_null};
use super::{foreign_keys, keys};
use crate::effects::{LockMode, Refusal};
use crate::migration::{
    ConstraintKind, Ident, RelationKind, TableChange, TableConstraint, Validity,
};
use crate::schema::{Constraint, ConstraintBody, RelationName};

/// `ADD CONSTRAINT`.
pub(super) fn add(alter: &mut Alter<'_, '_>, constraint: &TableConstraint) {
    match &constraint.kind {
        ConstraintKind::Check { no_inherit, .. } => add_check(alter, constraint, *no_inherit),
        ConstraintKind::NotNull { column, no_inherit } => {
            add_not_null(alter, column, constraint.validity, *no_inherit);
        }
        ConstraintKind::ForeignKey { columns, target, period } => {
            let key = foreign_keys::NewKey {
                columns,
                target,
                validity: constraint.validity,
                period: *period,
                deferral: constraint.deferral,
            };
            foreign_keys::add(alter, &key);
        }
        ConstraintKind::PrimaryKeyUsingIndex(_) | ConstraintKind::UniqueUsingIndex(_) => {
            keys::add_using_index(alter, constraint);
        }
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Exclude { .. } => keys::add_constraint(alter, &constraint.kind),
    }
}

/// A named not-null constraint (18). The children are locked also where they do not get it.
fn add_not_null(alter: &mut Alter<'_, '_>, column: &Ident, validity: Validity, no_inherit: bool) {
    alter.lock_children();
    match (validity, no_inherit) {
        (Validity::Valid, false) => set_not_null(alter, column),
        (Validity::Valid, true) => verify_not_null(alter, &alter.name.clone(), column),
        _ => {}
    }
}

/// A valid check is proved by a scan of every table that gets it anew.
fn add_check(alter: &mut Alter<'_, '_>, constraint: &TableConstraint, no_inherit: bool) {
    // From 18 on the children are locked although they do not get it.
    if !no_inherit || alter.draft.target.at_least(18) {
        alter.lock_children();
    }
    if constraint.validity != Validity::Valid {
        return;
    }
    alter.phases.verify(&alter.name.clone());
    if no_inherit {
        return;
    }
    for child in alter.children() {
        if !has_check(alter, &child, constraint) {
            alter.phases.verify(&child);
        }
    }
}

/// A child that has the constraint already keeps it (`MergeWithExistingConstraint`).
fn has_check(alter: &Alter<'_, '_>, child: &RelationName, constraint: &TableConstraint) -> bool {
    let (Some(table), Some(name)) = (alter.draft.table(child), &constraint.name) else {
        return false;
    };
    table.constraint(name).is_some_and(|own| matches!(own.body, ConstraintBody::Check { .. }))
}

/// `VALIDATE CONSTRAINT`.
pub(super) fn validate(alter: &mut Alter<'_, '_>, name: &Ident) {
    if let Some(added) = added_here(alter, name) {
        return validate_added(alter, &added);
    }
    let Some(table) = alter.draft.table(&alter.name) else {
        alter.draft.not_known();
        return alter.phases.verify(&alter.name.clone());
    };
    let Some(constraint) = table.constraint(name) else {
        if alter.draft.schema.table(&alter.name).known().is_none()
            || !alter.draft.schema.is_complete()
        {
            alter.draft.not_known();
            alter.phases.verify(&alter.name.clone());
        } else {
            alter.draft.refuse(Refusal::missing(format!("constraint \"{name}\" does not exist")));
        }
        return;
    };
    if !constraint.certain {
        alter.draft.not_known();
    }
    if constraint.is_proved() {
        return;
    }
    validate_existing(alter, constraint);
}

fn validate_existing(alter: &mut Alter<'_, '_>, constraint: &Constraint) {
    match &constraint.body {
        ConstraintBody::ForeignKey { .. } => foreign_keys::validate(alter, constraint),
        ConstraintBody::Check { no_inherit: true, .. } => {
            alter.phases.verify(&alter.name.clone());
        }
        _ => {
            for member in alter.members() {
                alter.draft.lock(&member, alter.mode);
                let own = alter.draft.table(&member).and_then(|it| it.constraint(&constraint.name));
                if own.is_none_or(|own| !own.is_proved()) {
                    alter.phases.verify(&member);
                }
            }
        }
    }
}

/// The constraint of that name that the same statement adds.
fn added_here(alter: &Alter<'_, '_>, name: &Ident) -> Option<TableConstraint> {
    alter.changes.iter().find_map(|change| match change {
        TableChange::AddConstraint(added) if added.name.as_ref() == Some(name) => {
            Some(added.clone())
        }
        _ => None,
    })
}

fn validate_added(alter: &mut Alter<'_, '_>, added: &TableConstraint) {
    let mut valid = added.clone();
    valid.validity = Validity::Valid;
    match &added.kind {
        ConstraintKind::NotNull { column, no_inherit } => {
            validate_added_not_null(alter, column, *no_inherit);
        }
        _ => add(alter, &valid),
    }
}

/// A not-null constraint that is there, `NOT VALID`, is proved by a declaration alone, not by a
/// check.
fn validate_added_not_null(alter: &mut Alter<'_, '_>, column: &Ident, no_inherit: bool) {
    let members = if no_inherit { vec![alter.name.clone()] } else { alter.members() };
    for member in members {
        if alter.draft.table(&member).is_none_or(|table| !is_not_null(table, column)) {
            alter.phases.verify(&member);
        }
    }
}

/// `DROP CONSTRAINT`. What goes with it by `CASCADE` is told by the schema before and after; see
/// `drops`.
pub(super) fn drop(alter: &mut Alter<'_, '_>, name: &Ident, if_exists: bool) {
    let known = alter.draft.schema.table(&alter.name).known();
    let found = alter.draft.table(&alter.name).and_then(|table| table.constraint(name));
    let Some(constraint) = found else {
        if alter.draft.is_known_in_full(&alter.name) && !if_exists {
            alter.draft.refuse(Refusal::missing(format!("constraint \"{name}\" does not exist")));
        } else if known.is_none() || !if_exists {
            alter.draft.not_known();
        }
        return;
    };
    if constraint.inherited {
        alter.draft.refuse(Refusal::unfit(format!("constraint \"{name}\" is inherited")));
    }
    match &constraint.body {
        ConstraintBody::ForeignKey { table, .. } => {
            alter.draft.needs(table);
            alter.draft.lock(table, LockMode::AccessExclusive);
            foreign_keys::lock_dropped(alter.draft, &alter.name, table);
        }
        ConstraintBody::Check { no_inherit: true, .. } => {}
        ConstraintBody::Check { .. } | ConstraintBody::NotNull { .. } => {
            alter.lock_children();
            alter.lock_heirs();
        }
        ConstraintBody::PrimaryKey { .. }
        | ConstraintBody::Unique { .. }
        | ConstraintBody::Exclude { .. } => keys::drop(alter, constraint),
    }
}

/// `RENAME CONSTRAINT`: a key's index is renamed with it, a check in all children.
pub(super) fn rename(alter: &mut Alter<'_, '_>, name: &Ident) {
    let found = alter.draft.table(&alter.name).and_then(|table| table.constraint(name));
    let Some(constraint) = found else {
        if alter.draft.is_known_in_full(&alter.name) {
            alter.draft.refuse(Refusal::missing(format!("constraint \"{name}\" does not exist")));
        }
        return;
    };
    if let Some(index) = constraint.index() {
        alter.draft.lock_as(index, RelationKind::Index, LockMode::ShareUpdateExclusive);
    }
    match &constraint.body {
        ConstraintBody::Check { no_inherit: false, .. }
        | ConstraintBody::NotNull { no_inherit: false, .. } => alter.lock_children(),
        _ => {}
    }
}
