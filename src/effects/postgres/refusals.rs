//! Refusals that the schema after a statement shows: keys that foreign keys and `ON CONFLICT` lack,
//! indexes that cannot be, columns that a replaced view would lose.

use super::draft::Draft;
use super::facts::is_classless;
use super::types::domain_of;
use crate::effects::{Refusal, keys};
use crate::migration::{
    ActionKind, ColumnChange, CreateView, Ident, IndexedColumn, Statement, TableChange, Validity,
};
use crate::schema::{ConstraintBody, Index, Relation, RelationName, Schema};

/// Notes why the server refuses the statement.
pub(super) fn judge(draft: &mut Draft<'_>, statement: &Statement, after: &Schema) {
    for action in &statement.actions {
        let refusal = match &action.kind {
            ActionKind::CreateTable(table) => made(draft, &after.resolve(&table.name), after),
            ActionKind::AlterTable { table, change } => {
                let table = after.resolve(&table.name);
                made(draft, &table, after).or_else(|| retyped(draft, &table, change, after))
            }
            ActionKind::CreateIndex(index) => indexes(draft, &after.resolve(&index.table), after),
            ActionKind::Insert(insert) => keys::upsert(insert, draft.schema),
            ActionKind::CreateView(view) if view.or_replace => columns(draft, view, after),
            _ => None,
        };
        if let Some(refusal) = refusal {
            draft.refuse(refusal);
        }
    }
}

/// Keys of a table that the statement made, and that cannot be: foreign keys are made last.
fn made(draft: &Draft<'_>, table: &RelationName, after: &Schema) -> Option<Refusal> {
    indexes(draft, table, after).or_else(|| foreign_keys(draft, table, after))
}

/// An index that the statement made, and that cannot be.
fn indexes(draft: &Draft<'_>, table: &RelationName, after: &Schema) -> Option<Refusal> {
    let is_made =
        |relation: &Relation| relation.certain && relation.birth.clock >= draft.schema.clock();
    let mut made = after.indexes_of(table).filter(|(relation, _)| is_made(relation));
    made.find_map(|(_, index)| {
        partition_key(table, index, after).or_else(|| {
            index.columns.iter().find_map(|key| classless(draft, table, index, key, after))
        })
    })
}

/// A unique key finds a row's twin only in the partition that the key itself tells.
fn partition_key(table: &RelationName, index: &Index, after: &Schema) -> Option<Refusal> {
    let partitioning = after.table(table).known()?.partitioning.as_ref()?;
    let has = |column: &Ident| index.columns.iter().any(|key| key.column.as_ref() == Some(column));
    let mut key = partitioning.key.iter();
    let misses = key.any(|part| part.column.as_ref().is_none_or(|column| !has(column)));
    (index.unique && misses).then(|| "a unique key must include all partitioning columns".into())
}

/// A column gets a type that an index over it cannot take.
fn retyped(
    draft: &Draft<'_>,
    table: &RelationName,
    change: &TableChange,
    after: &Schema,
) -> Option<Refusal> {
    let TableChange::AlterColumn { column, change: ColumnChange::Type { .. } } = change else {
        return None;
    };
    let mut indexes = after.indexes_of(table).filter(|(relation, _)| relation.certain);
    indexes.find_map(|(_, index)| {
        let key = index.columns.iter().find(|key| key.column.as_ref() == Some(column))?;
        classless(draft, table, index, key, after)
    })
}

/// A key of a type that the index's method takes only with an operator class that is named.
fn classless(
    draft: &Draft<'_>,
    table: &RelationName,
    index: &Index,
    key: &IndexedColumn,
    after: &Schema,
) -> Option<Refusal> {
    let column = after.table(table).known()?.column(key.column.as_ref()?)?;
    let written = column.data_type.as_ref().filter(|_| column.certain && key.opclass.is_none())?;
    // A type of the history that is called like one of the server is found behind it.
    let data_type = domain_of(after, written).map_or_else(|| written.clone(), |domain| domain.base);
    let name = data_type.name.name.as_str();
    let bare = data_type.dimensions == 0 && data_type.name.schema.is_none();
    (bare && is_classless(&index.method, name, draft.target)).then(|| {
        let (method, column) = (&index.method, &column.name);
        format!("{method} has no default operator class for type {name} of column \"{column}\"")
            .into()
    })
}

/// A foreign key that the statement made, and that cannot be, or has nothing to point at.
fn foreign_keys(draft: &Draft<'_>, table: &RelationName, after: &Schema) -> Option<Refusal> {
    let made = after.table(table).known()?.constraints.iter();
    let mut made = made.filter(|key| key.certain && key.born >= draft.schema.clock());
    // Rows of partitions are looked up at once until 18.
    let needs_proof = draft.is_partitioned(table) && !draft.target.at_least(18);
    made.find_map(|key| match (&key.body, key.validity) {
        (ConstraintBody::ForeignKey { .. }, Validity::NotValid) if needs_proof => {
            Some("a foreign key of a partitioned table cannot be NOT VALID".into())
        }
        _ => keys::foreign_key(key, after),
    })
}

/// A view may get more columns at its end; those that it has keep their names and their order
/// (`checkViewColumns`).
fn columns(draft: &Draft<'_>, view: &CreateView, after: &Schema) -> Option<Refusal> {
    let name = draft.resolve(&view.name);
    let old = draft.schema.view(&name).known()?.columns.as_ref()?;
    let new = after.view(&name).known()?.columns.as_ref()?;
    if new.len() < old.len() {
        let missing = old.get(new.len())?;
        return Some(Refusal::reshaped(format!(
            "\"{name}\" has {} columns, and {} are left: \"{missing}\" cannot go",
            old.len(),
            new.len()
        )));
    }
    let mut pairs = old.iter().zip(new);
    let (old, new) = pairs.find(|(old, new)| old != new && is_named(old) && is_named(new))?;
    Some(Refusal::reshaped(format!(
        "column \"{old}\" of \"{name}\" cannot become \"{new}\" in its place"
    )))
}

/// What the replay has no name for, the server names by what computes it.
fn is_named(column: &Ident) -> bool {
    *column != "?column?"
}
