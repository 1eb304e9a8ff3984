//! Partitions: attached, detached, created in place.

use super::alter_table::Alter;
use super::bounds::{excludes_bound, implies_bound};
use super::draft::Draft;
use super::keys::{Wanted, attachable};
use crate::effects::{LockMode, Refusal, TransactionBlock};
use crate::migration::{DetachMode, ObjectName, PartitionBound, RelationKind, Validity};
use crate::schema::{Constraint, ConstraintBody, RelationName, Table};

/// `ATTACH PARTITION`.
pub(super) fn attach(alter: &mut Alter<'_, '_>, partition: &ObjectName, bound: &PartitionBound) {
    let draft = &mut *alter.draft;
    let parent = alter.name.clone();
    let name = draft.resolve(partition);
    draft.needs(&name);
    draft.lock_tree(&name, LockMode::AccessExclusive);
    check_new_rows(draft, &parent, &name, bound);
    check_default(draft, &parent, Some(&name), bound);
    attach_indexes(draft, &parent, &name);
    attach_foreign_keys(draft, &parent, &name);
    lock_referencing(draft, &parent);
    if let (Some(parent), Some(child)) =
        (draft.schema.table(&parent).known(), draft.schema.table(&name).known())
    {
        refuse_misfit(draft, parent, child);
    }
}

/// The rows of the new partition are read, unless valid checks prove that they belong there.
fn check_new_rows(
    draft: &mut Draft<'_>,
    parent: &RelationName,
    name: &RelationName,
    bound: &PartitionBound,
) {
    if matches!(bound, PartitionBound::Default) && draft.schema.children(parent).next().is_none() {
        return;
    }
    if proves(draft, parent, name, bound) {
        return;
    }
    for member in draft.tree(name) {
        if !proves(draft, parent, &member, bound) {
            draft.scan(&member);
        }
    }
}

fn proves(
    draft: &Draft<'_>,
    parent: &RelationName,
    table: &RelationName,
    bound: &PartitionBound,
) -> bool {
    let Some(partitioned) = draft.schema.table(parent).known() else { return false };
    let (Some(partitioning), Some(own)) =
        (&partitioned.partitioning, draft.schema.table(table).known())
    else {
        return false;
    };
    implies_bound(own, partitioning, bound)
        && partitioned
            .partition_of
            .as_ref()
            .is_none_or(|(above, bound)| proves(draft, above, table, bound))
}

/// The default partition, where there is one beside `except`.
fn default_partition(
    draft: &Draft<'_>,
    parent: &RelationName,
    except: Option<&RelationName>,
) -> Option<RelationName> {
    draft
        .schema
        .children(parent)
        .filter(|relation| Some(&relation.name) != except)
        .find(|relation| {
            let table = relation.as_table();
            table
                .and_then(|table| table.partition_of.as_ref())
                .is_some_and(|(of, bound)| of == parent && matches!(bound, PartitionBound::Default))
        })
        .map(|relation| relation.name.clone())
}

/// Rows of the default partition that would belong to the new one are looked for.
fn check_default(
    draft: &mut Draft<'_>,
    parent: &RelationName,
    new: Option<&RelationName>,
    bound: &PartitionBound,
) {
    let Some(default) = default_partition(draft, parent, new) else { return };
    draft.lock_tree(&default, LockMode::AccessExclusive);
    let partitioning = draft.table(parent).and_then(|table| table.partitioning.as_ref());
    for member in draft.tree(&default) {
        let excluded = partitioning.is_some_and(|partitioning| {
            draft
                .schema
                .table(&member)
                .known()
                .is_some_and(|table| excludes_bound(table, partitioning, bound))
        });
        if !excluded {
            draft.scan(&member);
        } else if member == default {
            return;
        }
    }
}

/// Each index of the parent gets its part: one that is there is attached, else one is built.
fn attach_indexes(draft: &mut Draft<'_>, parent: &RelationName, name: &RelationName) {
    for (index, wanted) in draft.indexes(parent) {
        draft.lock_as(&index, RelationKind::Index, LockMode::ShareUpdateExclusive);
        let wanted = Wanted {
            columns: &wanted.columns,
            unique: wanted.unique,
            method: &wanted.method,
            predicate: wanted.predicate.as_ref(),
            constraint: wanted.constraint.is_some(),
        };
        for member in draft.tree(name) {
            if attachable(draft, &member, &wanted).is_none() {
                draft.build_index(&member);
            }
        }
    }
}

fn foreign_keys(table: &Table) -> impl Iterator<Item = &Constraint> {
    table
        .constraints
        .iter()
        .filter(|constraint| matches!(constraint.body, ConstraintBody::ForeignKey { .. }))
}

fn same_key(a: &Constraint, b: &Constraint) -> bool {
    match (&a.body, &b.body) {
        (
            ConstraintBody::ForeignKey { columns, table, referenced, on_delete, on_update },
            ConstraintBody::ForeignKey {
                columns: columns2,
                table: table2,
                referenced: referenced2,
                on_delete: on_delete2,
                on_update: on_update2,
            },
        ) => {
            columns == columns2
                && table == table2
                && referenced == referenced2
                && on_delete == on_delete2
                && on_update == on_update2
        }
        _ => false,
    }
}

/// The parent's foreign keys: a valid one of the partition loses its own triggers, which locks the
/// referenced table against all; else one is made and checked.
fn attach_foreign_keys(draft: &mut Draft<'_>, parent: &RelationName, name: &RelationName) {
    let Some(table) = draft.table(parent) else { return };
    for key in foreign_keys(table) {
        let Some(referenced) = key.references() else { continue };
        let own =
            draft.table(name).and_then(|own| foreign_keys(own).find(|own| same_key(own, key)));
        let valid = own.is_some_and(|own| own.validity == Validity::Valid);
        let adopted = valid || (own.is_some() && draft.target.at_least(18));
        let mode = if adopted { LockMode::AccessExclusive } else { LockMode::ShareRowExclusive };
        for side in draft.tree(referenced) {
            draft.lock(&side, mode);
        }
        if !valid && key.validity == Validity::Valid {
            scan_both(draft, name, referenced);
        }
    }
}

fn scan_both(draft: &mut Draft<'_>, referencing: &RelationName, referenced: &RelationName) {
    for member in draft.tree(referencing) {
        draft.scan(&member);
    }
    for member in draft.tree(referenced) {
        draft.scan(&member);
    }
}

/// Tables with foreign keys to the parent: their keys are copied for the new partition.
fn lock_referencing(draft: &mut Draft<'_>, parent: &RelationName) {
    let mode =
        if draft.target.at_least(15) { LockMode::ShareRowExclusive } else { LockMode::AccessShare };
    for table in referencing(draft, parent) {
        if table != *parent {
            draft.lock(&table, mode);
        }
    }
}

/// Tables with foreign keys to a partitioned table, or to one that it is part of.
fn referencing(draft: &Draft<'_>, name: &RelationName) -> Vec<RelationName> {
    let names = std::iter::once(name.clone()).chain(ancestors(draft, name));
    let users = names.flat_map(|name| {
        draft.schema.referencing(&name).map(|(user, _)| user.name.clone()).collect::<Vec<_>>()
    });
    users.collect()
}

/// Differences that the server does not mend.
fn refuse_misfit(draft: &mut Draft<'_>, parent: &Table, child: &Table) {
    if !parent.columns_known || !child.columns_known {
        return;
    }
    for column in &parent.columns {
        let Some(own) = child.column(&column.name) else {
            return draft
                .refuse(Refusal::unfit(format!("the partition lacks column \"{}\"", column.name)));
        };
        if column.not_null && column.certain && own.certain && !own.not_null {
            return draft
                .refuse(Refusal::unfit(format!("column \"{}\" must be NOT NULL", column.name)));
        }
    }
    let missing = parent.constraints.iter().find(|constraint| {
        constraint.certain
            && matches!(constraint.body, ConstraintBody::Check { no_inherit: false, .. })
            && child.constraint(&constraint.name).is_none()
    });
    if let Some(missing) = missing {
        draft
            .refuse(Refusal::unfit(format!("the partition lacks constraint \"{}\"", missing.name)));
    }
}

/// `CREATE TABLE … PARTITION OF`: what it does to relations that exist.
pub(super) fn create_in_place(
    draft: &mut Draft<'_>,
    parent: &RelationName,
    bound: &PartitionBound,
) {
    draft.needs(parent);
    draft.lock(parent, LockMode::AccessExclusive);
    check_default(draft, parent, None, bound);
    for (index, _) in draft.indexes(parent) {
        draft.lock_as(&index, RelationKind::Index, LockMode::ShareUpdateExclusive);
    }
    if let Some(table) = draft.table(parent) {
        let keys: Vec<RelationName> =
            foreign_keys(table).filter_map(|key| key.references().cloned()).collect();
        for referenced in keys {
            draft.lock_tree(&referenced, LockMode::ShareRowExclusive);
        }
    }
    lock_referencing(draft, parent);
}

/// `DETACH PARTITION`.
pub(super) fn detach(alter: &mut Alter<'_, '_>, partition: &ObjectName, mode: DetachMode) {
    let draft = &mut *alter.draft;
    let parent = alter.name.clone();
    let name = draft.resolve(partition);
    draft.needs(&name);
    let blocking = mode == DetachMode::Blocking;
    let own = if blocking && !draft.target.at_least(14) {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::AccessExclusive
    };
    draft.lock(&name, own);
    for below in draft.descendants(&name) {
        draft.lock(&below, LockMode::AccessExclusive);
    }
    // Copies of the parent's row triggers are dropped.
    let copies = |table: &Table| table.triggers.iter().any(|trigger| trigger.for_each_row);
    if draft.table(&parent).is_some_and(copies) {
        draft.lock(&name, LockMode::AccessExclusive);
    }
    if mode == DetachMode::Concurrently {
        draft.effects.transaction_block = TransactionBlock::Forbidden;
    }
    match default_partition(draft, &parent, None) {
        Some(default) if blocking => draft.lock(&default, LockMode::AccessExclusive),
        Some(_) if mode == DetachMode::Concurrently => {
            draft.refuse("a partition cannot be detached concurrently beside a default partition");
        }
        _ => {}
    }
    for (index, part) in draft.indexes(&name) {
        if part.parent.is_some() {
            draft.lock_as(&index, RelationKind::Index, LockMode::AccessExclusive);
        }
    }
    detach_foreign_keys(draft, &parent, &name);
}

/// The partition gets triggers of its own on what the parent references; what references the
/// parent must not reference rows of the partition.
fn detach_foreign_keys(draft: &mut Draft<'_>, parent: &RelationName, name: &RelationName) {
    if let Some(table) = draft.table(parent) {
        let keys: Vec<RelationName> =
            foreign_keys(table).filter_map(|key| key.references().cloned()).collect();
        for referenced in keys {
            draft.lock_tree(&referenced, LockMode::ShareRowExclusive);
        }
    }
    for table in referencing(draft, parent) {
        draft.lock(name, LockMode::AccessExclusive);
        draft.lock_tree(&table, LockMode::AccessExclusive);
        scan_both(draft, &table, name);
    }
}

/// Locks the default partition of a parent that loses a partition: its bound changes.
pub(super) fn lock_default(draft: &mut Draft<'_>, parent: &RelationName) {
    if let Some(default) = default_partition(draft, parent, None) {
        draft.lock(&default, LockMode::AccessExclusive);
    }
}

/// The partitioned tables that a table is part of, the nearest first.
pub(super) fn ancestors(draft: &Draft<'_>, name: &RelationName) -> Vec<RelationName> {
    let above = |name: &RelationName| {
        draft.table(name).and_then(|table| table.partition_of.as_ref()).map(|(of, _)| of.clone())
    };
    let mut found = Vec::new();
    let mut at = above(name);
    while let Some(parent) = at.filter(|parent| !found.contains(parent)) {
        at = above(&parent);
        found.push(parent);
    }
    found
}
