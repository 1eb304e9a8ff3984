//! Primary keys, unique and exclusion constraints, and the indexes behind them.

use super::alter_table::Alter;
use super::columns::{has_unproved_not_null, is_not_null, key_columns, verify_not_null};
use super::draft::Draft;
use crate::effects::{LockMode, Refusal};
use crate::migration::{ConstraintKind, Expr, Ident, IndexedColumn, RelationKind, TableConstraint};
use crate::schema::{Constraint, ConstraintBody, Index, RelationName};

/// A new index as far as an existing one can be found to be like it (`CompareIndexInfo`).
pub(super) struct Wanted<'w> {
    /// Key columns and expressions.
    pub columns: &'w [IndexedColumn],
    /// Unique.
    pub unique: bool,
    /// Method.
    pub method: &'w str,
    /// The predicate.
    pub predicate: Option<&'w Expr>,
    /// Whether it serves a constraint.
    pub constraint: bool,
}

impl Wanted<'_> {
    /// Whether a partition's index can be attached instead of building one.
    pub(super) fn fits(&self, index: &Index) -> bool {
        index.parent.is_none()
            && index.unique == self.unique
            && index.method == self.method
            && written(index.predicate.as_ref()) == written(self.predicate)
            && (!self.constraint || index.constraint.is_some())
            && index.columns.len() == self.columns.len()
            && index.columns.iter().zip(self.columns).all(|(have, want)| same_column(have, want))
    }
}

fn written(expr: Option<&Expr>) -> Option<&str> {
    expr.map(|expr| expr.sql.as_ref())
}

fn same_column(have: &IndexedColumn, want: &IndexedColumn) -> bool {
    have.column == want.column
        && written(have.expr.as_ref()) == written(want.expr.as_ref())
        && have.opclass == want.opclass
        && have.collation == want.collation
}

/// `ADD PRIMARY KEY`, `ADD UNIQUE`, `ADD EXCLUDE`.
pub(super) fn add_constraint(alter: &mut Alter<'_, '_>, kind: &ConstraintKind) {
    let columns = key_columns(kind);
    if matches!(kind, ConstraintKind::PrimaryKey { .. }) {
        refuse_second_primary_key(alter);
        refuse_unproved_not_null(alter, &columns);
        make_not_null(alter, &columns);
    }
    let wanted = match kind {
        ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
            columns.as_slice()
        }
        _ => &[],
    };
    refuse_exclusion(alter, kind);
    add(alter, wanted);
}

/// Builds the index of a key on the table, on a partitioned one in every partition. Partitions
/// are locked like their parent from 18 on, against writers alone before.
pub(super) fn add(alter: &mut Alter<'_, '_>, columns: &[IndexedColumn]) {
    if !alter.draft.is_partitioned(&alter.name) {
        return alter.phases.build(&alter.name.clone());
    }
    let mode = if alter.draft.target.at_least(18) { alter.mode } else { LockMode::Share };
    let wanted =
        Wanted { columns, unique: true, method: "btree", predicate: None, constraint: true };
    for child in alter.children() {
        alter.draft.lock(&child, mode);
        match attachable(alter.draft, &child, &wanted) {
            Some(index) => alter.draft.lock_as(&index, RelationKind::Index, LockMode::Share),
            None => alter.phases.build(&child),
        }
    }
}

/// The index of a partition that can serve as part of a parent's.
pub(super) fn attachable(
    draft: &Draft<'_>,
    table: &RelationName,
    wanted: &Wanted<'_>,
) -> Option<RelationName> {
    draft.indexes(table).into_iter().find(|(_, index)| wanted.fits(index)).map(|(name, _)| name)
}

/// A primary key makes its columns not null, in children too. Inheritance children are locked even
/// where nothing changes, partitions up to 17 only where a column was nullable.
fn make_not_null(alter: &mut Alter<'_, '_>, columns: &[Ident]) {
    let inheritance = !alter.draft.is_partitioned(&alter.name);
    for member in alter.members() {
        let table = alter.draft.table(&member);
        let nullable: Vec<_> = columns
            .iter()
            .filter(|column| alter.added_column(column).is_none())
            .filter(|column| table.is_none_or(|table| !is_not_null(table, column)))
            .collect();
        if inheritance || !nullable.is_empty() {
            alter.draft.lock(&member, alter.mode);
        }
        for column in nullable {
            verify_not_null(alter, &member, column);
        }
    }
}

/// The not-null constraint of a key's column must be valid (18).
fn refuse_unproved_not_null(alter: &mut Alter<'_, '_>, columns: &[Ident]) {
    let Some(table) = alter.draft.schema.table(&alter.name).known() else { return };
    if let Some(column) = columns.iter().find(|column| has_unproved_not_null(table, column)) {
        alter.draft.refuse(Refusal::unfit(format!(
            "the NOT NULL constraint of column \"{column}\" is not validated"
        )));
    }
}

fn refuse_second_primary_key(alter: &mut Alter<'_, '_>) {
    let Some(table) = alter.draft.schema.table(&alter.name).known() else { return };
    let Some(key) = table.primary_key().filter(|key| key.certain) else { return };
    let goes = alter.drops_constraint(&key.name)
        || key.columns().iter().any(|column| alter.drops_column(column));
    if !goes {
        alter.draft.refuse(Refusal::exists(format!("{} has a primary key already", alter.name)));
    }
}

/// Up to 16 a partitioned table has no exclusion constraints.
fn refuse_exclusion(alter: &mut Alter<'_, '_>, kind: &ConstraintKind) {
    let is_exclusion = matches!(kind, ConstraintKind::Exclude { .. });
    if is_exclusion && alter.draft.is_partitioned(&alter.name) && !alter.draft.target.at_least(17) {
        alter.draft.refuse("exclusion constraints are not supported on partitioned tables");
    }
}

/// `ADD … USING INDEX`: the index becomes the constraint's, renamed if the names differ.
pub(super) fn add_using_index(alter: &mut Alter<'_, '_>, constraint: &TableConstraint) {
    let (index, primary) = match &constraint.kind {
        ConstraintKind::PrimaryKeyUsingIndex(index) => (index, true),
        ConstraintKind::UniqueUsingIndex(index) => (index, false),
        _ => return,
    };
    let name = alter.name.sibling(index.clone());
    if constraint.name.as_ref().is_some_and(|name| name != index) {
        alter.draft.lock_as(&name, RelationKind::Index, LockMode::ShareUpdateExclusive);
    }
    if alter.draft.is_partitioned(&alter.name) {
        alter.draft.refuse("USING INDEX is not supported on partitioned tables");
    }
    if primary && constraint.name.is_some() {
        refuse_second_primary_key(alter);
    }
    let Some(found) = alter.draft.schema.index(&name).any() else {
        alter.draft.not_known();
        return;
    };
    refuse_unfit(alter, &name, found);
    if primary {
        let columns: Vec<Ident> =
            found.columns.iter().filter_map(|column| column.column.clone()).collect();
        make_not_null(alter, &columns);
    }
}

fn refuse_unfit(alter: &mut Alter<'_, '_>, name: &RelationName, index: &Index) {
    let reason = if !index.unique {
        "is not unique"
    } else if index.predicate.is_some() {
        "is partial"
    } else if index.columns.iter().any(|column| column.column.is_none()) {
        "contains expressions"
    } else if index.method != "btree" {
        "is no b-tree"
    } else if !index.valid {
        "is not valid"
    } else if index.constraint.is_some() {
        "belongs to a constraint already"
    } else {
        return;
    };
    if alter.draft.schema.index(name).known().is_some() {
        alter.draft.refuse(Refusal::unfit(format!("index {name} {reason}")));
    }
}

/// `DROP CONSTRAINT` of a key: its index goes, in every partition.
pub(super) fn drop(alter: &mut Alter<'_, '_>, constraint: &Constraint) {
    let Some(index) = constraint.index() else { return };
    lock_index_tree(alter.draft, index);
    if matches!(constraint.body, ConstraintBody::Exclude { .. }) {
        return;
    }
    if alter.draft.is_partitioned(&alter.name) {
        alter.lock_children();
    }
}

/// Locks an index, its partitions' indexes and their tables as its removal does.
pub(super) fn lock_index_tree(draft: &mut Draft<'_>, index: &RelationName) {
    draft.lock_as(index, RelationKind::Index, LockMode::AccessExclusive);
    for (child, table) in index_children(draft, index) {
        draft.lock(&table, LockMode::AccessExclusive);
        lock_index_tree(draft, &child);
    }
}

/// Indexes of partitions that belong to an index, with their tables.
pub(super) fn index_children(
    draft: &Draft<'_>,
    index: &RelationName,
) -> Vec<(RelationName, RelationName)> {
    let Some(parent) = draft.schema.index(index).any() else { return Vec::new() };
    draft
        .schema
        .children(&parent.table)
        .flat_map(|table| draft.schema.indexes_of(&table.name))
        .filter(|(_, child)| child.parent.as_ref() == Some(index))
        .map(|(relation, child)| (relation.name.clone(), child.table.clone()))
        .collect()
}
