//! Foreign keys: what happens on both sides.

use super::alter_table::Alter;
use super::columns::{has_raw_default, has_values, verify_not_null};
use super::draft::Draft;
use super::phases::ForeignKeyCheck;
use crate::effects::{LockMode, Refusal};
use crate::migration::{ColumnDef, Deferral, ForeignKeyTarget, Ident, TableChange, Validity};
use crate::schema::{Constraint, ConstraintBody, RelationName};

/// A foreign key that a statement adds.
pub(super) struct NewKey<'k> {
    /// Referencing columns.
    pub columns: &'k [Ident],
    /// Referenced table and columns.
    pub target: &'k ForeignKeyTarget,
    /// Whether existing rows are checked.
    pub validity: Validity,
    /// `PERIOD` on the last column.
    pub period: bool,
    /// When it is checked.
    pub deferral: Deferral,
}

/// `ADD FOREIGN KEY`: triggers are made on both sides, then both are read.
pub(super) fn add(alter: &mut Alter<'_, '_>, key: &NewKey<'_>) {
    let referenced = alter.draft.resolve(&key.target.table);
    lock_sides(alter.draft, &alter.name.clone(), &referenced, LockMode::ShareRowExclusive);
    // From 18 on inheritance children are locked too, although they do not get the key.
    if alter.draft.target.at_least(18) {
        alter.lock_children();
    }
    if alter.draft.is_partitioned(&alter.name) {
        alter.lock_children();
    }
    let proved = adopt(alter, key, &referenced);
    if key.validity != Validity::Valid {
        return;
    }
    let without_values = key
        .columns
        .iter()
        .any(|column| alter.added_column(column).is_some_and(|column| !has_values(column)));
    let mut referencing = sides(alter.draft, &alter.name);
    referencing.retain(|table| !proved.contains(table));
    let spared = without_values || key.period;
    let referenced = if spared { Vec::new() } else { sides(alter.draft, &referenced) };
    alter.phases.check_foreign_key(ForeignKeyCheck { referencing, referenced });
}

/// Partitions that have such a key keep it as their part of the new one: its own triggers go, which
/// locks the referenced table against all (`tryAttachPartitionForeignKey`). Gives those whose rows
/// are checked already. Up to 17 a key that is not valid stays beside the new one; from 18 on the
/// first one that fits is taken, valid or not.
fn adopt(
    alter: &mut Alter<'_, '_>,
    key: &NewKey<'_>,
    referenced: &RelationName,
) -> Vec<RelationName> {
    if !alter.draft.is_partitioned(&alter.name) {
        return Vec::new();
    }
    let mut proved = Vec::new();
    for partition in alter.children() {
        let Some(table) = alter.draft.table(&partition) else { continue };
        let own = table.constraints.iter().filter(|own| serves(alter.draft, own, key, referenced));
        let mut own = own.map(|own| own.validity == Validity::Valid).peekable();
        if own.peek().is_none() {
            continue;
        }
        let is_valid = match alter.draft.target.at_least(18) {
            true => own.next() == Some(true),
            false => own.any(|is_valid| is_valid),
        };
        if is_valid {
            proved.push(partition);
        }
        if is_valid || alter.draft.target.at_least(18) {
            alter.draft.lock_tree(referenced, LockMode::AccessExclusive);
        }
    }
    proved
}

/// Whether a key of a partition is the same as a new one of the table above.
fn serves(
    draft: &Draft<'_>,
    own: &Constraint,
    key: &NewKey<'_>,
    referenced: &RelationName,
) -> bool {
    let ConstraintBody::ForeignKey { columns, table, referenced: targets, on_delete, on_update } =
        &own.body
    else {
        return false;
    };
    let primary = draft.table(referenced).and_then(|table| table.primary_key());
    let wanted = match key.target.columns.as_slice() {
        [] => primary.map_or(&[][..], Constraint::columns),
        written => written,
    };
    !own.inherited
        && own.deferral == key.deferral
        && columns == key.columns
        && table == referenced
        && targets == wanted
        && *on_delete == key.target.on_delete
        && *on_update == key.target.on_update
}

/// `REFERENCES` in `ADD COLUMN`: not checked where no column of the statement has a default, for
/// then no row has a key to look up (`transformFKConstraints`).
pub(super) fn add_inline(
    alter: &mut Alter<'_, '_>,
    column: &ColumnDef,
    target: &ForeignKeyTarget,
    validity: Validity,
) {
    let referenced = alter.draft.resolve(&target.table);
    lock_sides(alter.draft, &alter.name.clone(), &referenced, LockMode::ShareRowExclusive);
    let any_default = if alter.draft.target.at_least(13) {
        has_raw_default(column)
    } else {
        // Up to 12 subcommands are prepared together, and the default of one counts for all.
        alter.changes.iter().any(|change| match change {
            TableChange::AddColumn { column, .. } => has_raw_default(column),
            _ => false,
        })
    };
    if validity == Validity::Valid && any_default {
        check(alter, &referenced, !has_values(column));
    }
}

/// Both sides are read; the referenced one only where there is a key to look up.
fn check(alter: &mut Alter<'_, '_>, referenced: &RelationName, referencing_only: bool) {
    let referencing = sides(alter.draft, &alter.name);
    let referenced = if referencing_only { Vec::new() } else { sides(alter.draft, referenced) };
    alter.phases.check_foreign_key(ForeignKeyCheck { referencing, referenced });
}

/// The tables whose rows a foreign key is about: partitions, but not inheritance children.
pub(super) fn sides(draft: &Draft<'_>, table: &RelationName) -> Vec<RelationName> {
    if draft.is_partitioned(table) { draft.tree(table) } else { vec![table.clone()] }
}

/// Locks both sides of a foreign key that goes with something else. Up to 14 a referenced
/// partitioned table has no triggers of its own, only its partitions have.
pub(super) fn lock_dropped(
    draft: &mut Draft<'_>,
    referencing: &RelationName,
    referenced: &RelationName,
) {
    if draft.target.at_least(15) || !draft.is_partitioned(referenced) {
        return lock_sides(draft, referencing, referenced, LockMode::AccessExclusive);
    }
    lock_sides(draft, referencing, referencing, LockMode::AccessExclusive);
    for partition in draft.descendants(referenced) {
        if !draft.is_partitioned(&partition) {
            draft.lock(&partition, LockMode::AccessExclusive);
        }
    }
}

/// Locks what carries the triggers of a foreign key: partitions on both sides too.
pub(super) fn lock_sides(
    draft: &mut Draft<'_>,
    referencing: &RelationName,
    referenced: &RelationName,
    mode: LockMode,
) {
    draft.lock(referencing, mode);
    if draft.is_partitioned(referencing) {
        draft.lock_tree(referencing, mode);
    }
    draft.needs(referenced);
    draft.lock(referenced, mode);
    if draft.is_partitioned(referenced) {
        draft.lock_tree(referenced, mode);
    }
}

/// `VALIDATE CONSTRAINT` of a foreign key.
pub(super) fn validate(alter: &mut Alter<'_, '_>, constraint: &Constraint) {
    let ConstraintBody::ForeignKey { table, .. } = &constraint.body else { return };
    alter.draft.lock(table, LockMode::RowShare);
    if alter.draft.is_partitioned(&alter.name) {
        alter.lock_children();
    }
    check(alter, table, false);
}

/// `ALTER CONSTRAINT`: the referenced side keeps its triggers, unless enforcement changes.
pub(super) fn alter(
    alter: &mut Alter<'_, '_>,
    name: &Ident,
    enforced: Option<bool>,
    inherit: Option<bool>,
) {
    let inherits = inherit == Some(true);
    let found = alter.draft.table(&alter.name).and_then(|table| table.constraint(name));
    let Some(constraint) = found else {
        alter.draft.not_known();
        return;
    };
    match &constraint.body {
        ConstraintBody::ForeignKey { table, .. } => {
            if alter.draft.is_partitioned(&alter.name) {
                alter.lock_children();
            }
            let Some(enforced) = enforced else { return };
            if enforced == (constraint.validity != Validity::NotEnforced) {
                return;
            }
            // Triggers are made on both sides, or dropped from them.
            let mode =
                if enforced { LockMode::ShareRowExclusive } else { LockMode::AccessExclusive };
            lock_sides(alter.draft, &alter.name.clone(), table, mode);
            if enforced {
                check(alter, table, false);
            }
        }
        // `INHERIT` gives a not-null constraint to the children, whose rows are checked.
        ConstraintBody::NotNull { column, .. } if inherits => {
            for child in alter.children() {
                alter.draft.lock(&child, alter.mode);
                verify_not_null(alter, &child, column);
            }
        }
        // What is not inherited already is left as it is.
        ConstraintBody::NotNull { no_inherit: true, .. } if inherit.is_some() => {}
        _ => {
            alter.lock_children();
            if constraint.certain && inherit.is_none() {
                let reason = format!("constraint \"{name}\" is not a foreign key");
                alter.draft.refuse(Refusal::unfit(reason));
            }
        }
    }
}
