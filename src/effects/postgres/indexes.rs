//! Indexes: created, altered, rebuilt.

use super::draft::Draft;
use super::keys::{Wanted, attachable};
use super::options::parameters_lock;
use crate::effects::{LockMode, Refusal, TransactionBlock};
use crate::migration::{
    AlterIndex, CreateIndex, IndexChange, Reindex, ReindexTarget, RelationKind,
};
use crate::schema::{ConstraintBody, Index, RelationName};

/// `CREATE INDEX`.
pub(super) fn create(draft: &mut Draft<'_>, index: &CreateIndex) {
    let table = draft.resolve(&index.table);
    draft.needs(&table);
    let mode = if index.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
    if index.concurrently {
        draft.effects.transaction_block = TransactionBlock::Forbidden;
    }
    draft.lock(&table, mode);
    let partitioned = draft.is_partitioned(&table);
    if partitioned && index.concurrently {
        draft.refuse("an index on a partitioned table cannot be built concurrently");
    }
    // Partitions are locked before the name is looked at.
    if partitioned && !index.only {
        draft.lock_tree(&table, mode);
    }
    if exists_already(draft, &table, index) {
        return;
    }
    if !partitioned {
        return draft.build_index(&table);
    }
    if index.only {
        return;
    }
    create_in_partitions(draft, &table, index);
    // What the history could not follow may have made partitions; if it knows none, they are there.
    if !draft.schema.is_complete() {
        draft.build_index(&table);
    }
}

/// The name is taken: with `IF NOT EXISTS` nothing is built, without it the server refuses.
fn exists_already(draft: &mut Draft<'_>, table: &RelationName, index: &CreateIndex) -> bool {
    let Some(name) = index.name.as_ref().map(|name| table.sibling(name.clone())) else {
        return false;
    };
    let Some(found) = draft.relation(&name) else { return false };
    if !found.certain {
        draft.not_known();
        return false;
    }
    if !index.if_not_exists {
        draft.refuse(Refusal::exists(format!("relation {name} exists already")));
    }
    index.if_not_exists
}

fn create_in_partitions(draft: &mut Draft<'_>, table: &RelationName, index: &CreateIndex) {
    let wanted = Wanted {
        columns: &index.columns,
        unique: index.unique,
        method: &index.method,
        predicate: index.predicate.as_ref(),
        constraint: false,
    };
    let children: Vec<RelationName> =
        draft.schema.children(table).map(|relation| relation.name.clone()).collect();
    for child in children {
        match attachable(draft, &child, &wanted) {
            Some(found) => draft.lock_as(&found, RelationKind::Index, LockMode::Share),
            None if draft.is_partitioned(&child) => {
                create_in_partitions(draft, &child, index);
            }
            None => draft.build_index(&child),
        }
    }
}

/// `ALTER INDEX`.
pub(super) fn alter(draft: &mut Draft<'_>, alter: &AlterIndex) {
    let name = draft.resolve(&alter.index.name);
    if alter.index.if_exists && draft.is_missing(&name) {
        return;
    }
    draft.needs(&name);
    let is_index =
        draft.relation(&name).is_none_or(|relation| relation.kind() == RelationKind::Index);
    let mode = match &alter.change {
        IndexChange::Rename(_) | IndexChange::SetStatistics | IndexChange::AttachPartition(_)
            if is_index =>
        {
            LockMode::ShareUpdateExclusive
        }
        IndexChange::SetParameters(names) | IndexChange::ResetParameters(names) => {
            parameters_lock(names.iter().map(String::as_str))
        }
        _ => LockMode::AccessExclusive,
    };
    draft.lock_as(&name, RelationKind::Index, mode);
    match &alter.change {
        IndexChange::AttachPartition(part) => {
            let part = draft.resolve(part);
            draft.lock_as(&part, RelationKind::Index, LockMode::AccessExclusive);
        }
        IndexChange::SetTablespace(tablespace) => {
            let index = draft.schema.index(&name).any();
            let current = index.and_then(|index| index.tablespace.as_ref());
            let same = current.map_or(*tablespace == "pg_default", |current| current == tablespace);
            let parted = index.is_some_and(|index| draft.is_partitioned(&index.table));
            let is_bare = index.is_some_and(|index| draft.is_empty(&index.table));
            if !same && !parted {
                draft.storage_replaced(&name);
            }
            if !same && !parted && !is_bare {
                draft.work(&name, crate::effects::WorkKind::Rewrite);
            }
        }
        _ => {}
    }
}

/// `REINDEX`.
pub(super) fn reindex(draft: &mut Draft<'_>, reindex: &Reindex) {
    let job = Rebuild { concurrently: reindex.concurrently };
    if reindex.concurrently {
        draft.effects.transaction_block = TransactionBlock::Forbidden;
    }
    match &reindex.target {
        ReindexTarget::Index(name) => {
            let name = draft.resolve(name);
            job.index(draft, &name);
        }
        ReindexTarget::Table(name) => {
            let name = draft.resolve(name);
            draft.needs(&name);
            job.table(draft, &name);
        }
        ReindexTarget::Schema(schema) => {
            job.all(draft, |name| name.schema == *schema);
        }
        ReindexTarget::Database(_) => job.all(draft, |_| true),
        ReindexTarget::System(_) => {
            draft.effects.transaction_block = TransactionBlock::Forbidden;
        }
    }
}

struct Rebuild {
    concurrently: bool,
}

impl Rebuild {
    fn table_mode(&self) -> LockMode {
        if self.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share }
    }

    fn index(&self, draft: &mut Draft<'_>, name: &RelationName) {
        draft.needs(name);
        let Some(index) = draft.schema.index(name).any() else {
            draft.lock_as(name, RelationKind::Index, LockMode::AccessExclusive);
            return draft.storage_replaced(name);
        };
        let table = index.table.clone();
        draft.lock(&table, self.table_mode());
        if draft.is_partitioned(&table) {
            return self.partitioned_index(draft, name);
        }
        self.one(draft, name, index);
    }

    /// Rebuilds one index.
    fn one(&self, draft: &mut Draft<'_>, name: &RelationName, index: &Index) {
        draft.lock(&index.table, self.table_mode());
        draft.lock_as(name, RelationKind::Index, LockMode::AccessExclusive);
        draft.storage_replaced(name);
        draft.build_index(&index.table);
    }

    /// From 14 on every part is rebuilt in a transaction of its own.
    fn partitioned_index(&self, draft: &mut Draft<'_>, name: &RelationName) {
        if !draft.target.at_least(14) {
            return draft.refuse("a partitioned index cannot be reindexed");
        }
        draft.effects.transaction_block = TransactionBlock::Forbidden;
        if !draft.target.at_least(18) {
            let mode = if self.concurrently {
                LockMode::ShareUpdateExclusive
            } else {
                LockMode::AccessExclusive
            };
            draft.lock_as(name, RelationKind::Index, mode);
        }
        self.parts(draft, name);
    }

    fn parts(&self, draft: &mut Draft<'_>, name: &RelationName) {
        for (part, table) in super::keys::index_children(draft, name) {
            if draft.is_partitioned(&table) {
                draft.lock_as(&part, RelationKind::Index, LockMode::Share);
                self.parts(draft, &part);
            } else if let Some(index) = draft.schema.index(&part).any() {
                self.one(draft, &part, index);
            }
        }
    }

    fn table(&self, draft: &mut Draft<'_>, name: &RelationName) {
        draft.lock(name, self.table_mode());
        if !draft.is_partitioned(name) {
            if draft.relation(name).is_none() {
                draft.build_index(name);
            }
            return self.indexes_of(draft, name);
        }
        // Up to 13 the server warns and does nothing.
        if !draft.target.at_least(14) {
            return;
        }
        draft.effects.transaction_block = TransactionBlock::Forbidden;
        for member in draft.descendants(name) {
            // The list of partitions is made under Share, also for a concurrent rebuild.
            draft.lock(&member, LockMode::Share);
            if !draft.is_partitioned(&member) {
                self.indexes_of(draft, &member);
            }
        }
    }

    fn indexes_of(&self, draft: &mut Draft<'_>, table: &RelationName) {
        for (name, index) in draft.indexes(table) {
            if self.concurrently && serves_exclusion(draft, table, &name) {
                continue;
            }
            self.one(draft, &name, index);
        }
    }

    /// Every table in a transaction of its own.
    fn all(&self, draft: &mut Draft<'_>, wanted: impl Fn(&RelationName) -> bool) {
        draft.effects.transaction_block = TransactionBlock::Forbidden;
        if !draft.schema.is_complete() {
            draft.not_known();
        }
        let tables: Vec<RelationName> = draft
            .schema
            .relations()
            .filter(|relation| wanted(&relation.name))
            .filter(|relation| {
                matches!(relation.kind(), RelationKind::Table | RelationKind::MaterializedView)
            })
            .map(|relation| relation.name.clone())
            .collect();
        for table in tables {
            if draft.has_storage(&table) {
                draft.lock(&table, self.table_mode());
                self.indexes_of(draft, &table);
            }
        }
    }
}

/// Indexes of exclusion constraints are left out by concurrent rebuilds.
fn serves_exclusion(draft: &Draft<'_>, table: &RelationName, index: &RelationName) -> bool {
    draft.table(table).is_some_and(|table| {
        table.constraints.iter().any(|constraint| {
            matches!(&constraint.body, ConstraintBody::Exclude { index: own, .. } if own == index)
        })
    })
}
