//! Views and materialized views.

use super::draft::Draft;
use super::queries;
use crate::effects::{LockMode, Refusal, WorkKind};
use crate::migration::{CreateView, Refresh, RelationKind};
use crate::schema::RelationName;

/// `CREATE VIEW`, `CREATE MATERIALIZED VIEW`.
pub(super) fn create(draft: &mut Draft<'_>, view: &CreateView) {
    let name = draft.resolve(&view.name);
    let found = draft.relation(&name);
    if view.or_replace && !draft.is_likely_missing(&name) {
        draft.lock_as(&name, RelationKind::View, LockMode::AccessExclusive);
        if found.is_none_or(|found| !found.certain) {
            draft.not_known();
        }
    }
    if view.if_not_exists && found.is_some_and(|found| found.certain) {
        return;
    }
    if view.materialized && view.with_data {
        queries::fill_from(draft, &view.query);
    } else {
        queries::parse_only(draft, &view.query);
    }
}

/// `REFRESH MATERIALIZED VIEW`.
pub(super) fn refresh(draft: &mut Draft<'_>, refresh: &Refresh) {
    let name = draft.resolve(&refresh.name);
    draft.needs(&name);
    let kind = RelationKind::MaterializedView;
    if refresh.concurrently {
        draft.lock_as(&name, kind, LockMode::Exclusive);
        refuse_without_key(draft, &name);
        read_sources(draft, &name);
        draft.scan(&name);
        return;
    }
    draft.lock_as(&name, kind, LockMode::AccessExclusive);
    draft.storage_replaced(&name);
    draft.indexes_replaced(&name);
    if !refresh.with_data {
        return;
    }
    read_sources(draft, &name);
    draft.work(&name, WorkKind::Rewrite);
    if !draft.indexes(&name).is_empty() {
        draft.build_index(&name);
    }
}

fn read_sources(draft: &mut Draft<'_>, name: &RelationName) {
    let Some(view) = draft.schema.view(name).any() else { return };
    for read in &view.reads {
        for table in queries::tables_under(draft, read) {
            draft.lock(&table, LockMode::AccessShare);
            draft.scan(&table);
        }
    }
}

/// Rows are told apart by a unique index over plain columns.
fn refuse_without_key(draft: &mut Draft<'_>, name: &RelationName) {
    if draft.schema.view(name).known().is_none() {
        return;
    }
    let keyed = draft.indexes(name).into_iter().any(|(_, index)| {
        index.unique
            && index.predicate.is_none()
            && index.columns.iter().all(|column| column.column.is_some())
    });
    if !keyed {
        draft.refuse(Refusal::unfit(format!(
            "{name} has no unique index to refresh it concurrently by"
        )));
    }
}
