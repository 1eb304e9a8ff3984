//! `CREATE TABLE`, `CREATE TABLE AS`, `TRUNCATE`.

use super::draft::Draft;
use super::foreign_keys::{lock_sides, sides};
use super::reactions::fire_triggers;
use super::{drops, partitions, queries};
use crate::effects::{LockMode, Loss, Refusal};
use crate::migration::{
    ColumnConstraint, ConstraintKind, CreateTable, CreateTableAs, ForeignKeyTarget, RelationKind,
    Truncate,
};
use crate::schema::RelationName;

/// `CREATE TABLE`: what it does to relations that exist.
pub(super) fn create(draft: &mut Draft<'_>, table: &CreateTable) {
    let name = draft.resolve(&table.name);
    if let Some(found) = draft.relation(&name) {
        if table.if_not_exists && found.certain {
            return;
        }
        draft.not_known();
    }
    for target in foreign_keys(table) {
        let referenced = draft.resolve(&target.table);
        if referenced != name {
            reference(draft, &referenced);
        }
    }
    for parent in &table.inherits {
        let parent = draft.resolve(parent);
        draft.lock(&parent, LockMode::ShareUpdateExclusive);
    }
    for like in &table.like {
        let source = draft.resolve(&like.source);
        draft.lock(&source, LockMode::AccessShare);
    }
    if let Some(partition) = &table.partition_of {
        let parent = draft.resolve(&partition.parent);
        partitions::create_in_place(draft, &parent, &partition.bound);
    }
}

/// A foreign key's triggers are made on the referenced table and its partitions.
fn reference(draft: &mut Draft<'_>, referenced: &RelationName) {
    lock_sides(draft, referenced, referenced, LockMode::ShareRowExclusive);
}

fn foreign_keys(table: &CreateTable) -> Vec<&ForeignKeyTarget> {
    let of_columns =
        table.columns.iter().flat_map(|column| &column.constraints).filter_map(|constraint| {
            match constraint {
                ColumnConstraint::References { target, .. } => Some(target),
                _ => None,
            }
        });
    let of_table = table.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey { target, .. } => Some(target),
        _ => None,
    });
    of_columns.chain(of_table).collect()
}

/// `CREATE TABLE AS`.
pub(super) fn create_as(draft: &mut Draft<'_>, table: &CreateTableAs) {
    let name = draft.resolve(&table.name);
    if table.if_not_exists && draft.relation(&name).is_some_and(|found| found.certain) {
        return;
    }
    if table.with_data {
        queries::fill_from(draft, &table.query);
    } else {
        queries::parse_only(draft, &table.query);
    }
}

/// `TRUNCATE`: new, empty files for the tables, what `CASCADE` reaches, and their indexes.
pub(super) fn truncate(draft: &mut Draft<'_>, truncate: &Truncate) {
    let mut tables: Vec<RelationName> = Vec::new();
    for (written, only) in &truncate.tables {
        let name = draft.resolve(written);
        draft.needs(&name);
        let members = if *only { vec![name] } else { draft.tree(&name) };
        for member in members {
            if !tables.contains(&member) {
                tables.push(member);
            }
        }
    }
    let mut at = 0;
    while let Some(table) = tables.get(at).cloned() {
        for user in referencing(draft, &table) {
            if tables.contains(&user) {
                continue;
            }
            if !truncate.cascade {
                draft
                    .refuse(Refusal::in_use(format!("a foreign key of {user} references {table}")));
                continue;
            }
            // Inheritance children keep their rows: they do not have the key.
            for member in sides(draft, &user) {
                if !tables.contains(&member) {
                    tables.push(member);
                }
            }
        }
        at += 1;
    }
    for table in tables {
        empty(draft, &table, truncate.restart_identity);
    }
}

/// Tables with a foreign key to this one, or to a partitioned table that it is part of.
fn referencing(draft: &Draft<'_>, table: &RelationName) -> Vec<RelationName> {
    let mut names = partitions::ancestors(draft, table);
    names.insert(0, table.clone());
    let users = names.iter().flat_map(|name| draft.schema.referencing(name));
    users
        .filter(|(user, constraint)| {
            user.name != *table && user.certain && constraint.certain && !constraint.inherited
        })
        .map(|(user, _)| user.name.clone())
        .collect()
}

fn empty(draft: &mut Draft<'_>, table: &RelationName, restart_identity: bool) {
    draft.lock(table, LockMode::AccessExclusive);
    if draft.has_storage(table) {
        draft.storage_replaced(table);
        draft.indexes_replaced(table);
        if !draft.is_empty(table) {
            draft.lose(Loss::Rows(table.clone()));
        }
    }
    // Up to 13 the parent of a partition is opened too.
    if !draft.target.at_least(14)
        && let Some((parent, _)) = draft.table(table).and_then(|it| it.partition_of.as_ref())
    {
        draft.lock(&parent.clone(), LockMode::AccessShare);
    }
    if restart_identity {
        for sequence in drops::owned_sequences(draft.schema, table) {
            draft.lock_as(&sequence, RelationKind::Sequence, LockMode::AccessExclusive);
            draft.storage_replaced(&sequence);
        }
    }
    fire_triggers(draft, table, "truncate", None);
}
