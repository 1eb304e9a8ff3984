//! What a statement makes and drops, told by the schema before and after it.
//!
//! The replay knows generated names and the victims of `CASCADE`; here they become objects made
//! and dropped, and the locks that a removal takes (`dependency.c`: AccessExclusive on the object,
//! and on the table of an index, constraint, trigger, policy or column).

use super::draft::Draft;
use super::foreign_keys::lock_dropped;
use crate::effects::{LockMode, Loss, ObjectRef};
use crate::migration::{
    Action, ActionKind, ColumnChange, Ident, ObjectKind, RelationKind, Statement, TableChange,
};
use crate::schema::{
    Constraint, ConstraintBody, Relation, RelationBody, RelationName, Schema, Table,
};
use imbl::ordmap::DiffItem;
use std::sync::Arc;

/// What a statement is to the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It makes relations.
    Makes,
    /// It drops, and locks what it drops.
    Drops,
    /// It drops an index concurrently, which locks by its own rules.
    DropsConcurrently,
    /// Neither, or names change and nothing else.
    Other,
}

/// Adds objects made and dropped, and the locks of those dropped.
pub(super) fn judge(draft: &mut Draft<'_>, statement: &Statement, after: &Schema) {
    let kind = kind_of(&statement.actions);
    if kind == Kind::Other {
        return;
    }
    let before = draft.schema;
    let mut added: Vec<&Arc<Relation>> = Vec::new();
    let mut removed: Vec<&Arc<Relation>> = Vec::new();
    for difference in before.relations.diff(&after.relations) {
        match difference {
            DiffItem::Add(_, relation) => added.push(relation),
            DiffItem::Remove(_, relation) => removed.push(relation),
            DiffItem::Update { old: (_, old), new: (_, new) } if old.birth != new.birth => {
                removed.push(old);
                added.push(new);
            }
            DiffItem::Update { old: (_, old), new: (_, new) } if kind == Kind::Drops => {
                lost_parts(draft, old, new);
            }
            DiffItem::Update { .. } => {}
        }
    }
    for relation in added.iter().filter(|relation| !relation.is_assumed()) {
        if !removed.iter().any(|old| is_renamed(old, relation)) {
            made(draft, relation);
            // A key that is made anew under its name has another file behind it.
            if removed.iter().any(|old| old.name == relation.name) {
                draft.storage_replaced(&relation.name);
            }
        }
    }
    for relation in &removed {
        if kind != Kind::Makes && !added.iter().any(|new| is_renamed(relation, new)) {
            gone(draft, relation, kind);
        }
    }
    if kind == Kind::Drops {
        other_objects(draft, before, after);
    }
}

fn kind_of(actions: &[Action]) -> Kind {
    let mut kind = Kind::Other;
    for action in actions {
        match &action.kind {
            ActionKind::Drop(drop) if drop.concurrently => return Kind::DropsConcurrently,
            // What a called function makes and drops is made and dropped by the statement.
            ActionKind::Drop(_) | ActionKind::Call(_) | ActionKind::Evaluate(_) => {
                return Kind::Drops;
            }
            rows @ (ActionKind::Select(_)
            | ActionKind::Insert(_)
            | ActionKind::Update(_)
            | ActionKind::Delete(_)
            | ActionKind::Merge(_))
                if rows.query().is_some_and(|query| !query.functions().is_empty()) =>
            {
                return Kind::Drops;
            }
            ActionKind::AlterTable { change, .. } => match change.as_ref() {
                TableChange::Rename { .. } | TableChange::SetSchema { .. } => return Kind::Other,
                change if drops(change) => kind = Kind::Drops,
                _ if kind == Kind::Other => kind = Kind::Makes,
                _ => {}
            },
            ActionKind::CreateTable(_)
            | ActionKind::CreateTableAs(_)
            | ActionKind::CreateIndex(_)
            | ActionKind::CreateView(_)
            | ActionKind::CreateSequence(_) => kind = Kind::Makes,
            _ => {}
        }
    }
    kind
}

fn drops(change: &TableChange) -> bool {
    matches!(
        change,
        TableChange::DropColumn { .. }
            | TableChange::DropConstraint { .. }
            | TableChange::AlterColumn { change: ColumnChange::DropIdentity { .. }, .. }
    )
}

/// A key's index is renamed when the key is, or when it adopts the index.
fn is_renamed(old: &Relation, new: &Relation) -> bool {
    match (&old.body, &new.body) {
        (RelationBody::Index(before), RelationBody::Index(after)) => {
            old.birth == new.birth && before.table == after.table && before.columns == after.columns
        }
        _ => false,
    }
}

fn made(draft: &mut Draft<'_>, relation: &Arc<Relation>) {
    draft.effects.created.push(ObjectRef::of(relation));
}

/// A relation that goes, with the locks of its removal.
fn gone(draft: &mut Draft<'_>, relation: &Arc<Relation>, kind: Kind) {
    draft.effects.dropped.push(ObjectRef::of(relation));
    if kind == Kind::DropsConcurrently {
        return;
    }
    let name = &relation.name;
    draft.lock(name, LockMode::AccessExclusive);
    match &relation.body {
        RelationBody::Index(index) => draft.lock(&index.table, LockMode::AccessExclusive),
        RelationBody::Table(table) => {
            draft.lose(Loss::Table(name.clone()));
            table_gone(draft, name, table);
        }
        _ => {}
    }
}

fn table_gone(draft: &mut Draft<'_>, name: &RelationName, table: &Table) {
    // A partition's part of its parent's key has no triggers of its own on the referenced table.
    for constraint in table.constraints.iter().filter(|constraint| !constraint.inherited) {
        if let Some(referenced) = constraint.references() {
            lock_dropped(draft, name, referenced);
        }
    }
    keys_of_ancestors(draft, name);
    let rules = |table: &Table| table.rules.iter().any(|rule| rule.writes.contains(name));
    let ruled: Vec<RelationName> = draft
        .schema
        .dependents(name)
        .filter(|relation| relation.as_table().is_some_and(rules))
        .map(|relation| relation.name.clone())
        .collect();
    for user in ruled {
        draft.lock(&user, LockMode::AccessExclusive);
    }
    if let Some((parent, _)) = &table.partition_of {
        draft.lock(parent, LockMode::AccessExclusive);
        super::partitions::lock_default(draft, parent);
    }
}

/// Foreign keys that reference a partitioned table go, by `CASCADE`, with any of its partitions.
fn keys_of_ancestors(draft: &mut Draft<'_>, name: &RelationName) {
    for ancestor in super::partitions::ancestors(draft, name) {
        let users: Vec<RelationName> =
            draft.schema.referencing(&ancestor).map(|(user, _)| user.name.clone()).collect();
        for user in users {
            lock_dropped(draft, &user, &ancestor);
        }
    }
}

/// A relation that stays but loses parts.
fn lost_parts(draft: &mut Draft<'_>, old: &Arc<Relation>, new: &Arc<Relation>) {
    let (RelationBody::Table(before), RelationBody::Table(after)) = (&old.body, &new.body) else {
        return;
    };
    let name = &old.name;
    for constraint in &before.constraints {
        if after.constraint(&constraint.name).is_none() {
            constraint_gone(draft, name, constraint);
        }
    }
    for column in &before.columns {
        let kept = after.column(&column.name);
        if kept.is_none() {
            member_gone(draft, ObjectKind::Column, name, &column.name);
        } else if kept.is_some_and(|kept| kept.default.is_none()) && column.default.is_some() {
            draft.lock(name, LockMode::AccessExclusive);
        }
    }
    for trigger in &before.triggers {
        if !after.triggers.iter().any(|kept| kept.name == trigger.name) {
            member_gone(draft, ObjectKind::Trigger, name, &trigger.name);
        }
    }
    for policy in &before.policies {
        if !after.policies.iter().any(|kept| kept.name == policy.name) {
            member_gone(draft, ObjectKind::Policy, name, &policy.name);
        }
    }
}

fn constraint_gone(draft: &mut Draft<'_>, table: &RelationName, constraint: &Constraint) {
    // Not-null constraints have names from 18 on, but go without more locks than the column's.
    if matches!(constraint.body, ConstraintBody::NotNull { .. }) {
        return;
    }
    member_gone(draft, ObjectKind::Constraint, table, &constraint.name);
    if let Some(referenced) = constraint.references() {
        lock_dropped(draft, table, referenced);
    }
}

fn member_gone(draft: &mut Draft<'_>, kind: ObjectKind, table: &RelationName, member: &Ident) {
    draft.lock_as(table, RelationKind::Table, LockMode::AccessExclusive);
    draft.effects.dropped.push(ObjectRef {
        kind,
        name: table.clone(),
        member: Some(member.clone()),
        on: None,
    });
}

/// Types and functions that go.
fn other_objects(draft: &mut Draft<'_>, before: &Schema, after: &Schema) {
    let mut gone: Vec<(ObjectKind, RelationName)> = Vec::new();
    for difference in before.types.diff(&after.types) {
        if let DiffItem::Remove(name, _) = difference {
            gone.push((ObjectKind::Type, name.clone()));
        }
    }
    for difference in before.routines.diff(&after.routines) {
        if let DiffItem::Remove(name, _) = difference {
            gone.push((ObjectKind::Function, name.clone()));
        }
    }
    for (kind, name) in gone {
        draft.effects.dropped.push(ObjectRef { kind, name, member: None, on: None });
    }
}
