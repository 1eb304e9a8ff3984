//! `ALTER TABLE` forms that concern the relation as a whole: names, owners, storage, triggers,
//! inheritance.

use super::alter_table::Alter;
use super::draft::Draft;
use crate::effects::LockMode;
use crate::migration::{
    Ident, ObjectChange, ObjectName, Persistence, RelationKind, TableChange, TriggerSwitch,
};
use crate::schema::{RelationName, Table, given_role};

/// Judges a form; what is not named here locks the relation alone.
pub(super) fn judge(alter: &mut Alter<'_, '_>, change: &TableChange) {
    match change {
        TableChange::SetSchema { .. } => lock_sequences(alter),
        TableChange::SetOwner { role } => set_owner(alter, role),
        TableChange::SwitchTrigger(switch) => switch_trigger(alter, switch),
        TableChange::ReplicaIdentity { index: Some(index), .. } => {
            lock_index(alter, index, LockMode::Share);
        }
        TableChange::ClusterOn { index } => {
            lock_index(alter, index, LockMode::ShareUpdateExclusive);
        }
        TableChange::SetLogged { logged } => set_logged(alter, *logged),
        TableChange::SetTablespace { tablespace } => set_tablespace(alter, tablespace),
        TableChange::SetAccessMethod { method } => set_access_method(alter, method.as_ref()),
        TableChange::Inherit { parent } => {
            lock_parent(alter, parent, LockMode::ShareUpdateExclusive);
        }
        TableChange::NoInherit { parent } => lock_parent(alter, parent, LockMode::AccessShare),
        _ => {}
    }
}

fn lock_parent(alter: &mut Alter<'_, '_>, parent: &ObjectName, mode: LockMode) {
    let parent = alter.draft.resolve(parent);
    alter.draft.lock(&parent, mode);
}

fn lock_index(alter: &mut Alter<'_, '_>, index: &Ident, mode: LockMode) {
    let index = alter.name.sibling(index.clone());
    alter.draft.lock_as(&index, RelationKind::Index, mode);
}

/// Sequences that belong to columns move with their table.
fn lock_sequences(alter: &mut Alter<'_, '_>) {
    for sequence in owned_sequences(alter) {
        alter.draft.lock_as(&sequence, RelationKind::Sequence, LockMode::AccessExclusive);
    }
}

fn owned_sequences(alter: &Alter<'_, '_>) -> Vec<RelationName> {
    super::drops::owned_sequences(alter.draft.schema, &alter.name)
}

/// Indexes and sequences change hands with their table, unless it has that owner already.
fn set_owner(alter: &mut Alter<'_, '_>, role: &str) {
    let now = alter.draft.relation(&alter.name).and_then(|relation| relation.owner.clone());
    if now != given_role(role) {
        change_hands(alter.draft, &alter.name);
    }
}

/// `REASSIGN OWNED`: what scripts gave to the role goes on; it may have more.
pub(super) fn reassign(draft: &mut Draft<'_>, object: &ObjectChange) {
    draft.not_known();
    let Some(role) = &object.name else { return };
    let owned = draft.schema.owned_by(&role.name).map(|relation| relation.name.clone());
    for name in owned.collect::<Vec<_>>() {
        draft.lock(&name, LockMode::AccessExclusive);
        change_hands(draft, &name);
    }
}

/// Indexes and sequences of columns go with their table.
fn change_hands(draft: &mut Draft<'_>, name: &RelationName) {
    for (index, _) in draft.indexes(name) {
        draft.lock_as(&index, RelationKind::Index, LockMode::AccessExclusive);
    }
    for sequence in super::drops::owned_sequences(draft.schema, name) {
        draft.lock_as(&sequence, RelationKind::Sequence, LockMode::AccessExclusive);
    }
}

/// Row triggers of a partitioned table are switched in its partitions too.
fn switch_trigger(alter: &mut Alter<'_, '_>, switch: &TriggerSwitch) {
    let Some(table) = alter.draft.table(&alter.name) else { return };
    if switch.rule || table.partitioning.is_none() {
        return;
    }
    let named = |table: &Table| {
        table.triggers.iter().any(|trigger| {
            trigger.for_each_row && switch.name.as_ref().is_none_or(|name| *name == trigger.name)
        })
    };
    // Up to 14 foreign keys have no triggers on partitioned tables, only on their partitions.
    let keys = alter.draft.target.at_least(15)
        && switch.name.is_none()
        && !switch.written.to_ascii_uppercase().contains("USER")
        && (table.constraints.iter().any(|constraint| constraint.references().is_some())
            || alter.draft.schema.referencing(&alter.name).next().is_some());
    if named(table) || keys {
        alter.lock_children();
    }
}

/// `SET LOGGED`, `SET UNLOGGED`: the whole table is copied, and from 15 on its sequences.
fn set_logged(alter: &mut Alter<'_, '_>, logged: bool) {
    if alter.draft.is_partitioned(&alter.name) {
        if alter.draft.target.at_least(18) {
            alter.draft.refuse("a partitioned table has no storage to log");
        }
        return;
    }
    let now = alter.draft.table(&alter.name).map(|table| table.persistence);
    let wanted = if logged { Persistence::Permanent } else { Persistence::Unlogged };
    if now == Some(wanted) {
        return;
    }
    if alter.kind == RelationKind::Sequence {
        let sequence = alter.name.clone();
        return alter.draft.storage_replaced(&sequence);
    }
    alter.phases.rewrite(&alter.name.clone());
    if alter.draft.target.at_least(15) {
        for sequence in owned_sequences(alter) {
            alter.draft.lock_as(&sequence, RelationKind::Sequence, LockMode::AccessExclusive);
            alter.draft.storage_replaced(&sequence);
        }
    }
}

/// `SET TABLESPACE`: the file is copied block by block; indexes stay where they are.
fn set_tablespace(alter: &mut Alter<'_, '_>, tablespace: &Ident) {
    let here = alter.draft.table(&alter.name).and_then(|table| table.tablespace.clone());
    let current = here.unwrap_or_else(|| Ident::new("pg_default"));
    if current == *tablespace || !alter.draft.has_storage(&alter.name) {
        return;
    }
    let name = alter.name.clone();
    alter.draft.storage_replaced(&name);
    if !alter.draft.is_empty(&name) {
        alter.draft.work(&name, crate::effects::WorkKind::Rewrite);
    }
}

/// `SET ACCESS METHOD`: another method means another storage.
fn set_access_method(alter: &mut Alter<'_, '_>, method: Option<&Ident>) {
    let default = Ident::new("heap");
    let wanted = method.unwrap_or(&default);
    let table = alter.draft.table(&alter.name);
    let current = table.and_then(|table| table.access_method.clone()).unwrap_or(default.clone());
    if alter.draft.is_partitioned(&alter.name) {
        if !alter.draft.target.at_least(17) {
            alter.draft.refuse("the access method of a partitioned table cannot be changed");
        }
    } else if current != *wanted {
        alter.phases.rewrite(&alter.name.clone());
    }
}
