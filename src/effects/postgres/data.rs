//! Statements that change rows; what they set off is in `reactions`.

use super::bounds::{key_column, prunes, takes};
use super::draft::Draft;
use super::reactions::{fire_triggers, referential_actions};
use super::{calls, queries};
use crate::effects::{LockMode, WorkKind};
use crate::migration::{
    Copy, Delete, Expr, Ident, IndexedColumn, Insert, InsertSource, InsertValue, Merge,
    MergeChange, ObjectName, OnConflict, PartitionBound, Predicate, RelationKind, RowPredicate,
    Update,
};
use crate::schema::{RelationBody, RelationName};

/// `INSERT`.
pub(super) fn insert(draft: &mut Draft<'_>, insert: &Insert) {
    let written = draft.resolve(&insert.table);
    for name in targets(draft, &written) {
        draft.needs(&name);
        draft.lock(&name, LockMode::RowExclusive);
        defaults(draft, &name, insert);
        if draft.is_partitioned(&name) {
            route(draft, &name, insert);
        }
        fire_triggers(draft, &name, "insert", None);
        if insert.on_conflict == OnConflict::Change {
            fire_triggers(draft, &name, "update", None);
        }
        if insert.source == InsertSource::Query {
            draft.work(&name, WorkKind::DataChange);
        }
    }
    if insert.source == InsertSource::Query {
        queries::fill_from(draft, &insert.query);
    } else {
        queries::run(draft, &insert.query);
    }
}

/// Rows of a query may go to any partition; literal ones go where their key says.
fn route(draft: &mut Draft<'_>, name: &RelationName, insert: &Insert) {
    let InsertSource::Values(rows) = insert.source else {
        return draft.lock_tree(name, LockMode::RowExclusive);
    };
    if rows > insert.values.len() {
        draft.not_known();
    }
    for row in &insert.values {
        match partition_of_row(draft, name, insert, row) {
            Some(partition) => {
                draft.lock(&partition, LockMode::RowExclusive);
                if draft.is_partitioned(&partition) {
                    draft.not_known();
                }
            }
            None => draft.not_known(),
        }
    }
}

/// The partition that takes a row whose key is a plain literal.
fn partition_of_row(
    draft: &Draft<'_>,
    name: &RelationName,
    insert: &Insert,
    row: &[InsertValue],
) -> Option<RelationName> {
    let table = draft.table(name)?;
    let key = key_column(table.partitioning.as_ref()?)?;
    let at = if insert.columns.is_empty() {
        table.columns.iter().position(|column| column.name == *key)?
    } else {
        insert.columns.iter().position(|column| column == key)?
    };
    let InsertValue::Literal(value) = row.get(at)? else { return None };
    let bounds = || {
        draft.schema.children(name).filter_map(|relation| {
            let (_, bound) = relation.as_table()?.partition_of.as_ref()?;
            Some((&relation.name, bound))
        })
    };
    let default = || bounds().find(|(_, bound)| matches!(bound, PartitionBound::Default));
    let found = bounds().find(|(_, bound)| takes(bound, value)).or_else(default);
    found.map(|(name, _)| name.clone())
}

/// Defaults of columns that the statement leaves out are computed: sequences are written.
fn defaults(draft: &mut Draft<'_>, name: &RelationName, insert: &Insert) {
    let Some(table) = draft.table(name) else { return };
    for (at, column) in table.columns.iter().enumerate() {
        if is_given(insert, at, &column.name) {
            continue;
        }
        if let Some(sequence) = column.sequence.as_ref().filter(|_| column.identity.is_some()) {
            draft.lock_as(sequence, RelationKind::Sequence, LockMode::RowExclusive);
        }
        if let Some(default) = &column.default {
            lock_sequences(draft, default);
        }
    }
}

/// Whether every row gives the column, the `at`-th of its table, a value of its own. Without a list
/// of columns values are given from the left; those of a query are taken to give all.
fn is_given(insert: &Insert, at: usize, column: &Ident) -> bool {
    let place = match insert.source {
        InsertSource::Defaults => return false,
        _ if insert.columns.is_empty() => Some(at),
        _ => insert.columns.iter().position(|listed| listed == column),
    };
    let Some(place) = place else { return false };
    insert
        .values
        .iter()
        .all(|row| row.get(place).is_some_and(|value| *value != InsertValue::Default))
}

/// Sequences that an expression takes values from.
pub(super) fn lock_sequences(draft: &mut Draft<'_>, expr: &Expr) {
    for call in expr.functions() {
        calls::lock_sequence(draft, call);
    }
}

/// `UPDATE`.
pub(super) fn update(draft: &mut Draft<'_>, update: &Update) {
    let columns: Vec<Ident> = update.assignments.iter().map(|(column, _)| column.clone()).collect();
    let change = RowChange {
        event: "update",
        columns: Some(&columns),
        rows: &update.rows,
        only: update.only,
    };
    change.judge(draft, &update.table);
    for (_, expr) in &update.assignments {
        lock_sequences(draft, expr);
    }
    queries::run(draft, &update.query);
}

/// `DELETE`.
pub(super) fn delete(draft: &mut Draft<'_>, delete: &Delete) {
    let change =
        RowChange { event: "delete", columns: None, rows: &delete.rows, only: delete.only };
    change.judge(draft, &delete.table);
    queries::run(draft, &delete.query);
}

/// An `UPDATE` or `DELETE`.
struct RowChange<'r> {
    event: &'static str,
    /// Columns that an update sets.
    columns: Option<&'r [Ident]>,
    rows: &'r RowPredicate,
    only: bool,
}

impl RowChange<'_> {
    fn judge(&self, draft: &mut Draft<'_>, written: &ObjectName) {
        let written = draft.resolve(written);
        for name in targets(draft, &written) {
            draft.needs(&name);
            let members = if self.only { vec![name.clone()] } else { self.members(draft, &name) };
            for member in members {
                draft.lock(&member, LockMode::RowExclusive);
                self.read(draft, &member);
            }
            if self.moves_rows(draft, &name) {
                draft.not_known();
            }
            fire_triggers(draft, &name, self.event, self.columns);
            referential_actions(draft, &name, self.columns, &mut Vec::new());
        }
    }

    /// Whether rows may leave their partitions: which ones they go to is not followed.
    fn moves_rows(&self, draft: &Draft<'_>, name: &RelationName) -> bool {
        let partitioning = draft.table(name).and_then(|table| table.partitioning.as_ref());
        let (Some(partitioning), Some(set)) = (partitioning, self.columns) else { return false };
        let is_set =
            |key: &IndexedColumn| key.column.as_ref().is_none_or(|column| set.contains(column));
        partitioning.key.iter().any(is_set)
    }

    fn conjuncts(&self) -> &[Predicate] {
        self.rows.condition().map_or(&[], |condition| condition.conjuncts())
    }

    /// The table and those of its partitions and children that the condition leaves.
    fn members(&self, draft: &Draft<'_>, name: &RelationName) -> Vec<RelationName> {
        let mut members = vec![name.clone()];
        let table = draft.table(name);
        let children: Vec<(&RelationName, Option<&PartitionBound>)> = draft
            .schema
            .children(name)
            .map(|relation| {
                let bound = relation.as_table().and_then(|table| table.partition_of.as_ref());
                (&relation.name, bound.map(|(_, bound)| bound))
            })
            .collect();
        let bounds: Vec<&PartitionBound> =
            children.iter().filter_map(|(_, bound)| *bound).collect();
        for (child, bound) in children {
            let pruned = table
                .zip(bound)
                .is_some_and(|(table, bound)| prunes(self.conjuncts(), table, bound, &bounds));
            if !pruned {
                members.extend(self.members(draft, child));
            }
        }
        members
    }

    /// Without a condition that an index answers, every row is read; without one that a unique
    /// key answers, any number of rows is changed.
    fn read(&self, draft: &mut Draft<'_>, name: &RelationName) {
        if *self.rows == RowPredicate::CurrentOf {
            return;
        }
        let is_bound = self.rows.condition().is_some();
        if !(is_bound && found_by_index(draft, name, self.conjuncts())) {
            draft.scan(name);
        }
        if draft.has_storage(name) && !(is_bound && found_by_key(draft, name, self.conjuncts())) {
            draft.work(name, WorkKind::DataChange);
        }
    }
}

/// Whether a condition fixes the leading column of an index, or encloses it from both sides.
fn found_by_index(draft: &Draft<'_>, name: &RelationName, conjuncts: &[Predicate]) -> bool {
    draft.indexes(name).into_iter().any(|(_, index)| {
        let leading = index.columns.first().and_then(|column| column.column.as_ref());
        let Some(leading) = leading.filter(|_| index.predicate.is_none() && index.valid) else {
            return false;
        };
        let has = |start: char| {
            conjuncts.iter().any(|part| {
                matches!(part, Predicate::Compare { column, operator, .. }
                    if column == leading && operator.starts_with(start) && *operator != "<>")
            })
        };
        let any_of = conjuncts
            .iter()
            .any(|part| matches!(part, Predicate::AnyOf { column, .. } if column == leading));
        has('=') || any_of || (has('<') && has('>'))
    })
}

/// Whether a condition fixes every column of a unique index: it finds few rows.
fn found_by_key(draft: &Draft<'_>, name: &RelationName, conjuncts: &[Predicate]) -> bool {
    let fixed: Vec<&Ident> = conjuncts
        .iter()
        .filter_map(|part| match part {
            Predicate::Compare { column, operator: "=", .. } | Predicate::AnyOf { column, .. } => {
                Some(column)
            }
            _ => None,
        })
        .collect();
    draft.indexes(name).into_iter().any(|(_, index)| {
        let is_fixed = |column: &IndexedColumn| {
            column.column.as_ref().is_some_and(|column| fixed.contains(&column))
        };
        index.unique && index.predicate.is_none() && index.columns.iter().all(is_fixed)
    })
}

/// The relations that a write to a name writes: a view and the tables under it.
fn targets(draft: &mut Draft<'_>, name: &RelationName) -> Vec<RelationName> {
    let mut found = Vec::new();
    below(draft, name, &mut found, &mut Vec::new());
    found
}

/// Follows views down to tables; views that read each other (a replaced one can) end at `seen`.
fn below(
    draft: &mut Draft<'_>,
    name: &RelationName,
    found: &mut Vec<RelationName>,
    seen: &mut Vec<RelationName>,
) {
    if seen.contains(name) {
        return;
    }
    seen.push(name.clone());
    let Some(RelationBody::View(view)) = draft.relation(name).map(|relation| &relation.body) else {
        return found.push(name.clone());
    };
    draft.lock(name, LockMode::RowExclusive);
    let functions: Vec<_> =
        view.triggers.iter().filter_map(|trigger| trigger.function.clone()).collect();
    if functions.is_empty() {
        for read in view.reads.clone() {
            below(draft, &read, found, seen);
        }
    }
    for function in functions {
        calls::trigger_function(draft, &function);
    }
}

/// Planning a statement locks what it would write.
pub(super) fn plan(draft: &mut Draft<'_>, writes: &[ObjectName]) {
    for written in writes {
        let written = draft.resolve(written);
        for name in targets(draft, &written) {
            draft.needs(&name);
            draft.lock_tree(&name, LockMode::RowExclusive);
        }
    }
}

/// `MERGE`.
pub(super) fn merge(draft: &mut Draft<'_>, merge: &Merge) {
    let written = draft.resolve(&merge.table);
    for name in targets(draft, &written) {
        draft.needs(&name);
        draft.lock_tree(&name, LockMode::RowExclusive);
        draft.work(&name, WorkKind::DataChange);
        for change in &merge.changes {
            let (event, columns) = match change {
                MergeChange::Insert => ("insert", None),
                MergeChange::Update(columns) => ("update", Some(columns.as_slice())),
                MergeChange::Delete => ("delete", None),
            };
            fire_triggers(draft, &name, event, columns);
            if *change != MergeChange::Insert {
                referential_actions(draft, &name, columns, &mut Vec::new());
            }
        }
    }
    queries::run(draft, &merge.query);
}

/// `COPY`.
pub(super) fn copy(draft: &mut Draft<'_>, copy: &Copy) {
    if let Some(query) = &copy.query {
        return queries::fill_from(draft, query);
    }
    let Some(name) = copy.table.as_ref().map(|table| draft.resolve(table)) else { return };
    draft.needs(&name);
    if !copy.from {
        draft.lock(&name, LockMode::AccessShare);
        return draft.scan(&name);
    }
    draft.lock(&name, LockMode::RowExclusive);
    if draft.is_partitioned(&name) {
        draft.not_known();
    }
    draft.work(&name, WorkKind::DataChange);
    fire_triggers(draft, &name, "insert", None);
}
