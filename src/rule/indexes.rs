//! How indexes compare: equal ones, and one that is the beginning of another.

use crate::migration::{Ident, IndexedColumn};
use crate::schema::Index;

/// The column by which an index is searched first, where it is a plain one.
pub fn first_key(index: &Index) -> Option<&Ident> {
    index.columns.first().and_then(|first| first.column.as_ref())
}

/// Whether both hold the same entries in the same order.
pub fn same_index(a: &Index, b: &Index) -> bool {
    let text = |index: &Index| index.predicate.as_ref().map(|expr| expr.sql.clone());
    a.method == b.method
        && a.include == b.include
        && a.nulls_not_distinct == b.nulls_not_distinct
        && text(a) == text(b)
        && a.columns.len() == b.columns.len()
        && a.columns.iter().zip(&b.columns).all(|(a, b)| same_key(a, b))
}

/// Whether a B-tree index that is not unique is the beginning of a longer one.
pub fn begins_index(short: &Index, long: &Index) -> bool {
    let is_btree = |index: &Index| index.method == "btree";
    is_btree(short)
        && is_btree(long)
        && !short.unique
        && short.constraint.is_none()
        && short.include.is_empty()
        && short.columns.len() < long.columns.len()
        && short.columns.iter().zip(&long.columns).all(|(a, b)| same_key(a, b))
}

fn same_key(a: &IndexedColumn, b: &IndexedColumn) -> bool {
    let text = |key: &IndexedColumn| key.expr.as_ref().map(|expr| expr.sql.clone());
    // NULLS FIRST is the default of DESC, NULLS LAST that of ASC.
    let nulls = |key: &IndexedColumn| key.nulls_first.unwrap_or(key.descending);
    a.column == b.column
        && text(a) == text(b)
        && a.opclass == b.opclass
        && a.collation == b.collation
        && a.descending == b.descending
        && nulls(a) == nulls(b)
}
