//! `DROP`: what is named. What goes with it is told by the schema before and after; see `changes`.

use super::draft::Draft;
use super::extensions;
use super::foreign_keys::lock_dropped;
use crate::effects::{LockMode, Loss, Refusal, TransactionBlock};
use crate::migration::{DropObject, Ident, ObjectKind, ObjectName, RelationKind};
use crate::schema::{ConstraintBody, Index, RelationBody, RelationName, Schema, Table};
use std::collections::BTreeSet;

/// `DROP` of anything.
pub(super) fn judge(draft: &mut Draft<'_>, drop: &DropObject) {
    match drop.kind {
        ObjectKind::Index => drop.names.iter().for_each(|name| index(draft, drop, name)),
        ObjectKind::Table
        | ObjectKind::ForeignTable
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence => relations(draft, drop),
        ObjectKind::Trigger => trigger(draft, drop),
        ObjectKind::Policy | ObjectKind::Rule => on_table(draft, drop),
        ObjectKind::Extension => extensions::drop(draft, drop),
        ObjectKind::Schema => schemas(draft, drop),
        ObjectKind::Type | ObjectKind::Domain if !drop.cascade => refuse_used_type(draft, drop),
        ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Subscription => {
            draft.effects.transaction_block = TransactionBlock::Forbidden;
        }
        ObjectKind::Statistics => statistics(draft, drop),
        ObjectKind::Owned => draft.not_known(),
        _ => {}
    }
    let reaches_far = matches!(
        drop.kind,
        ObjectKind::Type
            | ObjectKind::Domain
            | ObjectKind::Function
            | ObjectKind::Collation
            | ObjectKind::OperatorClass
    );
    if reaches_far && drop.cascade && !draft.schema.is_complete() {
        draft.not_known();
    }
}

fn index(draft: &mut Draft<'_>, drop: &DropObject, written: &ObjectName) {
    let name = draft.resolve(written);
    if drop.concurrently {
        draft.effects.transaction_block = TransactionBlock::Forbidden;
        if drop.names.len() > 1 {
            draft.refuse("DROP INDEX CONCURRENTLY takes one index");
        }
        if drop.cascade {
            draft.refuse("DROP INDEX CONCURRENTLY does not support CASCADE");
        }
    }
    if drop.if_exists && draft.is_likely_missing(&name) {
        return;
    }
    draft.needs(&name);
    draft.lock_as(&name, RelationKind::Index, LockMode::AccessExclusive);
    let Some(found) = draft.schema.index(&name).any() else { return };
    let mode =
        if drop.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
    draft.lock(&found.table, mode);
    let sure = draft.schema.index(&name).known().is_some();
    keys_by_index(draft, &name, found, drop.cascade);
    if draft.is_partitioned(&found.table) && drop.concurrently {
        draft.refuse("a partitioned index cannot be dropped concurrently");
    }
    if !drop.concurrently {
        super::keys::lock_index_tree(draft, &name);
    }
    if sure && found.parent.is_some() {
        draft.refuse(Refusal::unfit(format!("{name} is part of a partitioned index")));
    }
    if sure && found.constraint.is_some() {
        draft.refuse(Refusal::unfit(format!("{name} belongs to a constraint")));
    }
}

/// Foreign keys that need a unique index go with it by `CASCADE`.
fn keys_by_index(draft: &mut Draft<'_>, name: &RelationName, index: &Index, cascade: bool) {
    // A key may name the columns in another order.
    let columns = |index: &Index| -> BTreeSet<Ident> {
        index.columns.iter().filter_map(|column| column.column.clone()).collect()
    };
    let own = columns(index);
    let another = draft
        .indexes(&index.table)
        .into_iter()
        .any(|(other, found)| other != *name && found.unique && columns(found) == own);
    if !index.unique || index.predicate.is_some() || another {
        return;
    }
    let users: Vec<RelationName> = draft
        .schema
        .referencing(&index.table)
        .filter(|(_, constraint)| match &constraint.body {
            ConstraintBody::ForeignKey { referenced, .. } => {
                referenced.iter().cloned().collect::<BTreeSet<_>>() == own
            }
            _ => false,
        })
        .map(|(user, _)| user.name.clone())
        .collect();
    for user in users {
        if cascade {
            lock_dropped(draft, &user, &index.table.clone());
        } else {
            draft.refuse(Refusal::in_use(format!("a foreign key of {user} needs {name}")));
        }
    }
}

fn relations(draft: &mut Draft<'_>, drop: &DropObject) {
    let dropped: Vec<RelationName> = drop.names.iter().map(|name| draft.resolve(name)).collect();
    let kind = Option::<RelationKind>::from(drop.kind).unwrap_or(RelationKind::Table);
    for name in &dropped {
        // A table holds rows: one that may be there is not taken for missing.
        let missing = match kind {
            RelationKind::Table if !drop.makes_room => draft.is_missing(name),
            _ => drop.if_exists && draft.is_likely_missing(name),
        };
        if drop.if_exists && missing {
            continue;
        }
        draft.needs(name);
        draft.lock_as(name, kind, LockMode::AccessExclusive);
        if kind == RelationKind::Table {
            draft.lose(Loss::Table(name.clone()));
        }
        if !drop.cascade {
            refuse_used(draft, name, &dropped);
        }
    }
}

/// A relation that others need goes only with `CASCADE`, or with them.
fn refuse_used(draft: &mut Draft<'_>, name: &RelationName, dropped: &[RelationName]) {
    if draft.schema.relation(name).known().is_none() {
        return;
    }
    let stays = |other: &RelationName| !dropped.contains(other) && other != name;
    let schema = draft.schema;
    let view = schema.views_on(name).find(|relation| relation.certain && stays(&relation.name));
    let key = schema.referencing(name).find(|(relation, constraint)| {
        relation.certain && constraint.certain && stays(&relation.name)
    });
    let child = schema.children(name).find(|relation| {
        relation.certain
            && stays(&relation.name)
            && relation.as_table().is_some_and(|table| table.partition_of.is_none())
    });
    let partitions = draft.tree(name);
    let part_of_key = super::partitions::ancestors(draft, name).iter().find_map(|ancestor| {
        schema.referencing(ancestor).find(|(relation, _)| {
            relation.certain && !dropped.contains(ancestor) && stays(&relation.name)
        })
    });
    if let Some((relation, _)) = part_of_key {
        return draft
            .refuse(Refusal::in_use(format!("a foreign key of {} references it", relation.name)));
    }
    if let Some(view) = view {
        draft.refuse(Refusal::in_use(format!("view {} reads {name}", view.name)));
    } else if let Some((relation, _)) = key.filter(|(it, _)| !partitions.contains(&it.name)) {
        draft.refuse(Refusal::in_use(format!(
            "a foreign key of {} references {name}",
            relation.name
        )));
    } else if let Some(child) = child {
        draft.refuse(Refusal::in_use(format!("{} inherits from {name}", child.name)));
    }
}

/// The trigger goes from its table, a row trigger of a partitioned table from the partitions too.
fn trigger(draft: &mut Draft<'_>, drop: &DropObject) {
    let Some(table) = drop.table.as_ref().map(|table| draft.resolve(table)) else { return };
    let Some(name) = drop.names.first() else { return };
    if drop.if_exists && draft.is_missing(&table) {
        return;
    }
    draft.needs(&table);
    let found = draft
        .table(&table)
        .and_then(|table| table.triggers.iter().find(|trigger| trigger.name == name.name));
    if drop.if_exists && draft.is_likely_without(&name.name, found.is_some()) {
        return;
    }
    if found.is_none() && draft.is_known_in_full(&table) {
        draft.refuse(Refusal::missing(format!("{table} has no trigger \"{}\"", name.name)));
    }
    draft.lock(&table, LockMode::AccessExclusive);
    if draft.is_partitioned(&table) && found.is_none_or(|trigger| trigger.for_each_row) {
        draft.lock_tree(&table, LockMode::AccessExclusive);
    }
}

fn on_table(draft: &mut Draft<'_>, drop: &DropObject) {
    let Some(table) = drop.table.as_ref().map(|table| draft.resolve(table)) else { return };
    if draft.is_missing(&table) {
        if !drop.if_exists {
            draft.refuse(Refusal::missing(format!("{table} does not exist")));
        }
        return;
    }
    let name = drop.names.first().map(|name| &name.name);
    let has = |table: &Table| match drop.kind {
        ObjectKind::Policy => table.policies.iter().any(|policy| Some(&policy.name) == name),
        _ => table.rules.iter().any(|rule| Some(&rule.name) == name),
    };
    let found = draft.table(&table).is_some_and(has);
    draft.needs(&table);
    if drop.if_exists && name.is_some_and(|name| draft.is_likely_without(name, found)) {
        return;
    }
    if !found
        && draft.is_known_in_full(&table)
        && let Some(name) = name
    {
        let kind = if drop.kind == ObjectKind::Policy { "policy" } else { "rule" };
        draft.refuse(Refusal::missing(format!("{table} has no {kind} \"{name}\"")));
    }
    draft.lock(&table, LockMode::AccessExclusive);
}

fn schemas(draft: &mut Draft<'_>, drop: &DropObject) {
    if !drop.cascade {
        let filled = drop.names.iter().any(|schema| {
            draft
                .schema
                .relations()
                .any(|relation| relation.certain && relation.name.schema == schema.name)
        });
        if filled {
            draft.refuse(Refusal::in_use("the schema is not empty"));
        }
    }
    if !draft.schema.is_complete() {
        draft.not_known();
    }
}

/// A type that a column has goes only with `CASCADE`; the server waits for the table first.
fn refuse_used_type(draft: &mut Draft<'_>, drop: &DropObject) {
    let uses = |name: &ObjectName| {
        let wanted = draft.schema.type_def(name).map(|def| def.name.clone());
        draft.schema.relations().find(|relation| {
            relation.certain
                && relation.as_table().is_some_and(|table| {
                    table.columns.iter().any(|column| {
                        let data_type = column.data_type.as_ref();
                        wanted.is_some()
                            && data_type
                                .and_then(|data_type| draft.schema.type_def(&data_type.name))
                                .map(|def| def.name.clone())
                                == wanted
                    })
                })
        })
    };
    let user = drop.names.iter().find_map(uses).map(|relation| relation.name.clone());
    if let Some(user) = user {
        draft.lock(&user, LockMode::AccessExclusive);
        draft.refuse(Refusal::in_use(format!("a column of {user} has the type")));
    }
}

/// The table of a statistics object is locked with it.
fn statistics(draft: &mut Draft<'_>, drop: &DropObject) {
    for name in &drop.names {
        let name = RelationName::of_qualified(name)
            .unwrap_or_else(|| draft.schema.creation_name(&name.name));
        let table = draft.schema.relations().find(|relation| {
            relation.as_table().is_some_and(|table| table.statistics.contains(&name))
        });
        match table {
            Some(table) => draft.lock(&table.name, LockMode::ShareUpdateExclusive),
            None => draft.not_known(),
        }
    }
}

/// Sequences that belong to columns of a table. One that a default takes its values from need not.
pub(super) fn owned_sequences(schema: &Schema, table: &RelationName) -> Vec<RelationName> {
    schema
        .dependents(table)
        .filter(|relation| match &relation.body {
            RelationBody::Sequence(sequence) => {
                sequence.owned_by.as_ref().is_some_and(|(owner, _)| owner == table)
            }
            _ => false,
        })
        .map(|relation| relation.name.clone())
        .collect()
}
