//! Explicit locks, `VACUUM`, `ANALYZE`, `CLUSTER`.

use super::draft::Draft;
use super::queries::through_views;
use crate::effects::{LockMode, TransactionBlock};
use crate::migration::{Ident, LockTable, ObjectName, RelationKind, Vacuum};
use crate::schema::{RelationBody, RelationName};

/// `LOCK TABLE`: partitions and children too, and the tables under a view.
pub(super) fn lock_table(draft: &mut Draft<'_>, lock: &LockTable) {
    let mode = LockMode::from_sql(&lock.mode).unwrap_or(LockMode::AccessExclusive);
    for (written, only) in &lock.tables {
        let name = draft.resolve(written);
        draft.needs(&name);
        draft.lock(&name, mode);
        if let Some(RelationBody::View(_)) = draft.relation(&name).map(|it| &it.body) {
            for read in through_views(draft, &name, |_| true) {
                draft.lock_tree(&read, mode);
            }
        } else if !only {
            draft.lock_tree(&name, mode);
        }
    }
}

/// Tables and materialized views with rows of their own.
fn all_tables(draft: &mut Draft<'_>) -> Vec<RelationName> {
    if !draft.schema.is_complete() {
        draft.not_known();
    }
    draft
        .schema
        .relations()
        .filter(|it| matches!(it.kind(), RelationKind::Table | RelationKind::MaterializedView))
        .map(|it| it.name.clone())
        .collect()
}

/// `VACUUM`.
pub(super) fn vacuum(draft: &mut Draft<'_>, vacuum: &Vacuum) {
    draft.effects.transaction_block = TransactionBlock::Forbidden;
    let tables =
        if vacuum.tables.is_empty() { all_tables(draft) } else { named(draft, &vacuum.tables) };
    for table in tables {
        if !vacuum.full {
            draft.lock(&table, LockMode::ShareUpdateExclusive);
        } else if draft.is_partitioned(&table) {
            draft.lock(&table, LockMode::AccessExclusive);
        } else if draft.has_storage(&table) {
            draft.lock(&table, LockMode::AccessExclusive);
            draft.rewrite(&table);
        }
    }
}

/// Named tables with their partitions; from 18 on with inheritance children too.
fn named(draft: &mut Draft<'_>, written: &[(ObjectName, bool)]) -> Vec<RelationName> {
    let mut tables = Vec::new();
    for (name, only) in written {
        let name = draft.resolve(name);
        draft.needs(&name);
        let expand = !only && (draft.is_partitioned(&name) || draft.target.at_least(18));
        let members = if expand { draft.tree(&name) } else { vec![name] };
        tables.extend(members);
    }
    tables
}

/// `ANALYZE` reads a sample.
pub(super) fn analyze(draft: &mut Draft<'_>, written: &[(ObjectName, bool)]) {
    let tables = if written.is_empty() { all_tables(draft) } else { named(draft, written) };
    for table in tables {
        draft.lock(&table, LockMode::ShareUpdateExclusive);
    }
}

/// `CLUSTER`.
pub(super) fn cluster(draft: &mut Draft<'_>, table: Option<&ObjectName>, index: Option<&Ident>) {
    let Some(table) = table else {
        draft.effects.transaction_block = TransactionBlock::Forbidden;
        let clustered: Vec<RelationName> = all_tables(draft)
            .into_iter()
            .filter(|name| draft.table(name).is_some_and(|table| table.clustered_on.is_some()))
            .collect();
        return clustered.iter().for_each(|name| rewrite(draft, name));
    };
    let name = draft.resolve(table);
    draft.needs(&name);
    if !draft.is_partitioned(&name) {
        let known = draft.schema.table(&name).known();
        if index.is_none() && known.is_some_and(|table| table.clustered_on.is_none()) {
            draft.refuse(format!("{name} was never clustered"));
        }
        return rewrite(draft, &name);
    }
    draft.effects.transaction_block = TransactionBlock::Forbidden;
    if !draft.target.at_least(15) {
        draft.refuse("a partitioned table cannot be clustered");
    }
    draft.lock(&name, LockMode::AccessExclusive);
    for member in draft.descendants(&name) {
        if draft.has_storage(&member) {
            rewrite(draft, &member);
        }
    }
}

fn rewrite(draft: &mut Draft<'_>, name: &RelationName) {
    draft.lock(name, LockMode::AccessExclusive);
    draft.rewrite(name);
}
