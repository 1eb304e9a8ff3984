//! What InnoDB of MariaDB can do: `ha_innobase::check_if_supported_inplace_alter` and
//! `instant_alter_column_possible` (`storage/innobase/handler/handler0alter.cc`).

use super::changes::Change as C;
use super::difference::{Comparison, Difference};
use super::shape::{KeyKind, RowFormat, Shape, Storage};
use super::support::{Session, Support};
use crate::effects::{Cause, Rebuilt, TableLock};

/// Differences that the engine takes no notice of (`INNOBASE_INPLACE_IGNORE`).
fn is_ignored(change: C) -> bool {
    matches!(
        change,
        C::Default
            | C::Convert
            | C::VirtualExpression
            | C::DropCheck
            | C::IndexComment
            | C::IndexVisibility
            | C::Restated
    )
}

/// Differences that are carried out at once (`INNOBASE_ALTER_INSTANT`).
fn is_instant(change: C) -> bool {
    matches!(
        change,
        C::VirtualOrder
            | C::ColumnName
            | C::AddVirtual
            | C::DropVirtual
            | C::AddForeignKey
            | C::DropForeignKey
            | C::SameBytes
            | C::RenameIndex
    )
}

/// Differences for which indexes come or go (`INNOBASE_ALTER_NOREBUILD`).
fn touches_indexes(change: C) -> bool {
    change.builds_index() || matches!(change, C::DropIndex | C::DropUnique)
}

/// Differences that may need a rebuild (`INNOBASE_ALTER_REBUILD`); [`C::Options`] never does.
fn rebuilds(change: C) -> bool {
    matches!(
        change,
        C::AddPrimary
            | C::DropPrimary
            | C::StorageOptions
            | C::Nullable
            | C::NotNullable
            | C::AddStored
            | C::StoredOrder
            | C::DropStored
            | C::Recreate
            | C::AddVersioning
            | C::DropVersioning
    )
}

/// Differences of columns that may be instant all the same.
fn avoids_rebuild(change: C) -> bool {
    matches!(change, C::AddStored | C::DropStored | C::StoredOrder | C::Nullable)
}

/// What the engine can do with the difference.
pub(super) fn support(
    comparison: &Comparison<'_>,
    found: &Difference<'_>,
    session: &Session,
) -> Support {
    let changes = &found.changes;
    if let Some(cause) = copies(comparison, found, session) {
        return Support::copy(cause);
    }
    let possible = instant_possible(comparison, found);
    if changes.any(C::moves_virtual) && virtuals_refused(comparison, found, possible) {
        return Support::copy(Cause::VirtualColumn);
    }
    if possible && !changes.any(touches_indexes) {
        return instant();
    }
    in_place(comparison, found, possible)
}

fn instant() -> Support {
    Support::Instant { lock: TableLock::None, in_place: Rebuilt::No }
}

/// Why the engine leaves rows to the server.
fn copies(comparison: &Comparison<'_>, found: &Difference<'_>, session: &Session) -> Option<Cause> {
    let changes = &found.changes;
    let is_known = |change| {
        is_ignored(change)
            || is_instant(change)
            || touches_indexes(change)
            || rebuilds(change)
            || change == C::Options
    };
    if let Some(cause) = changes.cause(|change| !is_known(change)) {
        return Some(cause);
    }
    // Rows get a time of their own.
    if changes.has(C::AddVersioning) {
        return Some(Cause::SystemVersioning);
    }
    if changes.has(C::AddForeignKey) && session.foreign_key_checks {
        return Some(Cause::ForeignKeyChecked);
    }
    if comparison.asked.ignore && changes.any(|it| matches!(it, C::AddPrimary | C::AddUnique)) {
        return Some(Cause::Ignore);
    }
    if changes.has(C::DropPrimary) && !changes.has(C::AddPrimary) {
        return Some(Cause::PrimaryKeyDropped);
    }
    if comparison.asked.drops_primary && comparison.before.partitioned {
        return Some(Cause::PrimaryKey);
    }
    let had_key = comparison.before.clustered().is_some();
    if changes.has(C::Nullable) && had_key && comparison.after.clustered().is_none() {
        return Some(Cause::PrimaryKeyDropped);
    }
    let zeros = session.strict
        && session.no_zero_date
        && found.added.iter().any(|column| column.fills_with_zero_dates());
    if zeros {
        return Some(Cause::DefaultExpression(found.added.first()?.name.clone()));
    }
    computed(comparison, found)
        .or_else(|| hash_key(comparison, found))
        .or_else(|| timestamp(comparison))
        .or_else(|| fulltexts(comparison, found))
}

/// Where values are computed and kept, in the row or in an index, no column becomes `NOT NULL` in
/// place, and a virtual column under an index is not stated anew.
fn computed(comparison: &Comparison<'_>, found: &Difference<'_>) -> Option<Cause> {
    let before = comparison.before;
    let stated = |old: &super::shape::ColumnShape| {
        let after = comparison.name_after(&old.name);
        old.is_virtual()
            && before.is_indexed(&old.name)
            && after.is_some_and(|after| comparison.asked.restated.contains(after))
    };
    if before.columns.iter().any(stated) {
        return Some(Cause::IndexedVirtual);
    }
    let stores = |column: &super::shape::ColumnShape| matches!(column.storage, Storage::Stored(_));
    let kept = before.has_indexed_virtual() || before.columns.iter().any(stores);
    changes_null(found).filter(|_| kept)
}

fn changes_null(found: &Difference<'_>) -> Option<Cause> {
    found.changes.cause(|change| change == C::NotNullable)
}

/// A unique key over values that no index holds is kept as a hidden virtual column.
fn hash_key(comparison: &Comparison<'_>, found: &Difference<'_>) -> Option<Cause> {
    let built = comparison.after.keys.iter().filter(|key| found.built.contains(&key.name.as_str()));
    let long = |key: &super::shape::KeyShape| {
        key.kind == KeyKind::Unique && key.is_longer(comparison.after, LONGEST_KEY)
    };
    built.into_iter().any(long).then_some(Cause::HashKey)
}

/// Bytes of the longest key of an index.
const LONGEST_KEY: u64 = 3072;

/// A null in a timestamp would become the time of the copy.
fn timestamp(comparison: &Comparison<'_>) -> Option<Cause> {
    let becomes = |old: &&super::shape::ColumnShape| {
        let new = comparison.name_after(&old.name).and_then(|name| comparison.after.column(name));
        old.nullable
            && new.is_some_and(|new| {
                !new.nullable
                    && new.data_type.as_ref().is_some_and(|it| it.is_named(&["timestamp"]))
            })
    };
    let column = comparison.before.columns.iter().find(becomes)?;
    Some(Cause::Nullability(column.name.clone()))
}

/// One full-text index can be built, and one survives a rebuild.
fn fulltexts(comparison: &Comparison<'_>, found: &Difference<'_>) -> Option<Cause> {
    let survives = need_rebuild(found)
        && !instant_possible(comparison, found)
        && comparison.after.count(KeyKind::Fulltext) > 1;
    let several = found.builds(comparison.after, KeyKind::Fulltext) > 1;
    (survives || several).then_some(Cause::Fulltext)
}

/// `innobase_need_rebuild`.
fn need_rebuild(found: &Difference<'_>) -> bool {
    found.changes.any(rebuilds) || found.adds_auto_increment().is_some()
}

/// `instant_alter_column_possible`.
fn instant_possible(comparison: &Comparison<'_>, found: &Difference<'_>) -> bool {
    let (changes, before, after) = (&found.changes, comparison.before, comparison.after);
    if found.adds_auto_increment().is_some() {
        return false;
    }
    let moves = |change| matches!(change, C::StoredOrder | C::DropStored | C::AddStored);
    let blocks = |table: &Shape| table.has_key(KeyKind::Fulltext);
    if changes.any(moves) && (blocks(before) || blocks(after) || before.has_indexed_virtual()) {
        return false;
    }
    if changes.any(avoids_rebuild) && before.row_format == RowFormat::Compressed {
        return false;
    }
    let needs = |change| rebuilds(change) && !avoids_rebuild(change);
    if changes.any(|change| needs(change) || change.builds_index()) {
        return false;
    }
    if !changes.has(C::Nullable) {
        return true;
    }
    // Only rows without a bitmap of nulls can do without it.
    before.row_format == RowFormat::Redundant && !makes_key_nullable(comparison)
}

fn makes_key_nullable(comparison: &Comparison<'_>) -> bool {
    comparison.before.columns.iter().any(|old| {
        let new = comparison.name_after(&old.name).and_then(|name| comparison.after.column(name));
        !old.nullable
            && new.is_some_and(|new| new.nullable)
            && comparison.before.is_clustered_by(&old.name)
    })
}

/// Virtual columns come, go and move alone, or with what can be instant beside them.
fn virtuals_refused(comparison: &Comparison<'_>, found: &Difference<'_>, possible: bool) -> bool {
    let beside = |change: C| {
        let free = change.moves_virtual()
            || matches!(change, C::VirtualExpression | C::AddIndex | C::DropIndex);
        let instant = possible && matches!(change, C::DropStored | C::StoredOrder);
        !free && !instant
    };
    let indexed = found.indexes_new_virtual(comparison.after) && found.changes.has(C::DropVirtual);
    found.changes.any(beside)
        || comparison.after.partitioned
        || comparison.begins_words()
        || indexed
        || !found.virtuals_are_in_order(comparison)
}

fn in_place(comparison: &Comparison<'_>, found: &Difference<'_>, possible: bool) -> Support {
    let (changes, after) = (&found.changes, comparison.after);
    let rebuilds_rows = need_rebuild(found);
    let numbers = found.builds(after, KeyKind::Fulltext) > 0 && !comparison.before.has_doc_id();
    let shared = if let Some(column) = found.adds_auto_increment() {
        Some(Cause::NewAutoIncrement(column.clone()))
    } else if found.indexes_new_virtual(after) {
        Some(Cause::VirtualColumn)
    } else if found.builds(after, KeyKind::Fulltext) > 0
        || (rebuilds_rows && after.has_key(KeyKind::Fulltext))
    {
        Some(Cause::Fulltext)
    } else if found.builds(after, KeyKind::Spatial) > 0
        || (rebuilds_rows && after.has_key(KeyKind::Spatial))
    {
        Some(Cause::Spatial)
    } else if rebuilds_rows && after.has_indexed_virtual() {
        Some(Cause::IndexedVirtual)
    } else if changes.has(C::DropVersioning) {
        Some(Cause::SystemVersioning)
    } else {
        None
    };
    let lock = if shared.is_some() { TableLock::Shared } else { TableLock::None };
    let rebuilt = (rebuilds_rows && !possible) || numbers;
    let heavy = |change| rebuilds(change) && !avoids_rebuild(change);
    let why = || {
        changes
            .cause(heavy)
            .or_else(|| changes.cause(touches_indexes))
            .or_else(|| changes.cause(|change| change == C::Nullable))
    };
    let cause = shared.or_else(why).unwrap_or(Cause::RowFormat);
    let rebuilt = if rebuilt { Rebuilt::Table } else { Rebuilt::No };
    Support::InPlace { lock, rebuilt, cause }
}
