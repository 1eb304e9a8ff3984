//! Unique keys: what tells the rows of a table apart, and what foreign keys and `ON CONFLICT` need.

use super::{ConstraintBody, RelationName, Schema};
use crate::migration::{Deferral, Ident};
use std::collections::BTreeSet;

/// A unique key over plain columns: a constraint, or a unique index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct UniqueKey {
    /// Only rows of a `WHERE` are told apart.
    partial: bool,
    /// It is checked at the end of a statement or transaction.
    deferrable: bool,
}

/// How well the unique keys of a table cover columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFit {
    /// A key over exactly these columns is there, or may be.
    Whole,
    /// The only key over them tells some rows apart.
    Partial,
    /// The only key over them is deferrable.
    Deferrable,
    /// The table surely has none.
    Missing,
}

impl Schema {
    /// How well the unique keys of a table cover exactly these columns, in whatever order. Where
    /// the replay is not sure of the table and of all its keys, one of them may.
    pub fn key_fit(&self, table: &RelationName, columns: &[Ident]) -> KeyFit {
        let Some(keys) = self.keys_over(table, columns) else { return KeyFit::Whole };
        match keys.as_slice() {
            [] => KeyFit::Missing,
            keys if keys.iter().any(|key| !key.partial && !key.deferrable) => KeyFit::Whole,
            keys if keys.iter().any(|key| key.partial) => KeyFit::Partial,
            _ => KeyFit::Deferrable,
        }
    }

    fn keys_over(&self, name: &RelationName, columns: &[Ident]) -> Option<Vec<UniqueKey>> {
        let table = self.table(name).known().filter(|table| table.columns_known)?;
        let is_plain = table.parents().next().is_none() && table.of_type.is_none();
        let are_columns = columns.iter().all(|column| table.column(column).is_some());
        if self.is_clouded() || table.foreign || !is_plain || !are_columns {
            return None;
        }
        let wanted: BTreeSet<&Ident> = columns.iter().collect();
        let constraints = table.constraints.iter().filter_map(|constraint| {
            let (ConstraintBody::PrimaryKey { columns, .. }
            | ConstraintBody::Unique { columns, .. }) = &constraint.body
            else {
                return None;
            };
            let deferrable = constraint.deferral != Deferral::NotDeferrable;
            (columns.iter().collect::<BTreeSet<_>>() == wanted)
                .then_some(UniqueKey { partial: false, deferrable })
        });
        let indexes = self.indexes_of(name).filter_map(|(_, index)| {
            let over: Option<BTreeSet<&Ident>> =
                index.columns.iter().map(|column| column.column.as_ref()).collect();
            let is_it = index.unique && index.constraint.is_none() && over? == wanted;
            let partial = index.predicate.is_some();
            is_it.then_some(UniqueKey { partial, deferrable: false })
        });
        Some(constraints.chain(indexes).collect())
    }
}
