//! What InnoDB of MySQL can do: `ha_innobase::check_if_supported_inplace_alter` and
//! `innobase_support_instant` (`storage/innobase/handler/handler0alter.cc`).

use super::changes::Change as C;
use super::difference::{Comparison, Difference};
use super::shape::{KeyKind, RowFormat};
use super::support::{Session, Support};
use crate::effects::{Cause, Rebuilt, TableLock};

/// Differences that the engine takes no notice of (`INNOBASE_INPLACE_IGNORE`).
fn is_ignored(change: C) -> bool {
    matches!(change, C::Default | C::DropCheck | C::Restated)
}

/// Differences that it can carry out without a rebuild (`INNOBASE_ALTER_NOREBUILD`).
fn needs_no_rebuild(change: C) -> bool {
    matches!(
        change,
        C::AddIndex
            | C::AddUnique
            | C::AddForeignKey
            | C::DropForeignKey
            | C::DropIndex
            | C::DropUnique
            | C::RenameIndex
            | C::IndexVisibility
            | C::IndexComment
            | C::ColumnName
            | C::SameBytes
            | C::AddVirtual
            | C::DropVirtual
            | C::VirtualOrder
            | C::Convert
            | C::Options
    )
}

/// Differences that it rebuilds the table for (`INNOBASE_ALTER_REBUILD`).
fn rebuilds(change: C) -> bool {
    matches!(
        change,
        C::AddPrimary
            | C::DropPrimary
            | C::StorageOptions
            | C::Nullable
            | C::NotNullable
            | C::StoredOrder
            | C::DropStored
            | C::AddStored
            | C::Recreate
    )
}

/// What the engine can do with the difference.
pub(super) fn support(
    comparison: &Comparison<'_>,
    found: &Difference<'_>,
    session: &Session,
) -> Support {
    let changes = &found.changes;
    let is_known = |change| is_ignored(change) || needs_no_rebuild(change) || rebuilds(change);
    if let Some(cause) = changes.cause(|change| !is_known(change)) {
        return Support::copy(cause);
    }
    if changes.has(C::AddForeignKey) && session.foreign_key_checks {
        return Support::copy(Cause::ForeignKeyChecked);
    }
    if let Some(in_place) = instant(comparison, found) {
        return Support::Instant { lock: TableLock::None, in_place };
    }
    if let Some(cause) = copies(comparison, found, session) {
        return Support::copy(cause);
    }
    in_place(comparison, found)
}

/// What is made anew where the change is instant but `ALGORITHM=INPLACE` is demanded; `None` where
/// it is not instant.
fn instant(comparison: &Comparison<'_>, found: &Difference<'_>) -> Option<Rebuilt> {
    let changes = &found.changes;
    // 5.7 and older have no instant way.
    if !comparison.target.at_least(8) {
        return None;
    }
    let only = |test: fn(C) -> bool| changes.all(|change| is_ignored(change) || test(change));
    if only(|_| false) {
        return Some(Rebuilt::No);
    }
    if only(|change| change == C::ColumnName) {
        // A key of another table that names the column is told of its new name.
        return (!comparison.asked.renames_referenced).then_some(Rebuilt::No);
    }
    let keeps_hidden = keeps_hidden(comparison, found);
    if only(|change| matches!(change, C::AddVirtual | C::DropVirtual)) {
        let possible = !keeps_hidden && found.virtuals_are_in_order(comparison);
        return possible.then_some(Rebuilt::No);
    }
    let allowed = |change: C| {
        let columns =
            matches!(change, C::ColumnName | C::AddStored | C::StoredOrder | C::DropStored);
        is_ignored(change) || columns || change.moves_virtual()
    };
    let adds = changes.has(C::AddStored) && !changes.has(C::DropVirtual);
    let drops = changes.has(C::DropStored) && found.virtuals_are_in_order(comparison);
    let possible = changes.all(allowed)
        && (adds || (drops && !changes.has(C::AddStored)))
        && supports_instant(comparison)
        && found.adds_auto_increment().is_none()
        && !zero_dates(found);
    possible.then_some(Rebuilt::Table)
}

/// Whether the hidden column of an index over an expression stays.
fn keeps_hidden(comparison: &Comparison<'_>, found: &Difference<'_>) -> bool {
    let keys = comparison.before.keys.iter().filter(|key| key.has_expression());
    keys.into_iter().any(|key| !found.dropped.contains(&key.name))
}

/// `dict_table_t::support_instant_add_drop`.
fn supports_instant(comparison: &Comparison<'_>) -> bool {
    let before = comparison.before;
    before.row_format != RowFormat::Compressed && !before.has_doc_id() && !before.temporary
}

/// Whether rows would get a date of zeros, which is not known before they are looked at.
fn zero_dates(found: &Difference<'_>) -> bool {
    found.added.iter().any(|column| column.fills_with_zero_dates())
}

/// Why the engine leaves rows to the server.
fn copies(comparison: &Comparison<'_>, found: &Difference<'_>, session: &Session) -> Option<Cause> {
    let changes = &found.changes;
    if changes.has(C::NotNullable) && !session.strict {
        let Some(Cause::Nullability(column)) = changes.cause(|it| it == C::NotNullable) else {
            return Some(Cause::PrimaryKey);
        };
        return Some(Cause::NotNullUnstrict(column));
    }
    if changes.has(C::DropPrimary) && !changes.has(C::AddPrimary) {
        return Some(Cause::PrimaryKeyDropped);
    }
    // A unique key that stands in for the primary one would allow null.
    if changes.has(C::Nullable) && stands_in(comparison) {
        return Some(Cause::PrimaryKeyDropped);
    }
    if changes.any(C::moves_virtual) {
        let beside =
            |change: C| !change.moves_virtual() && !matches!(change, C::AddIndex | C::DropIndex);
        let indexed = found.indexes_new_virtual(comparison.after) && changes.has(C::DropVirtual);
        // A new column would stand before one that is hidden.
        let precedes = found.added.iter().any(|column| column.is_virtual());
        let refused = changes.any(beside)
            || (precedes && keeps_hidden(comparison, found))
            || comparison.after.partitioned
            || comparison.begins_words()
            || indexed
            || !found.virtuals_are_in_order(comparison);
        if refused {
            return Some(Cause::VirtualColumn);
        }
    }
    let rebuilt = changes.has(C::AddPrimary) || need_rebuild(comparison, found);
    let keeps_fulltext = comparison.after.has_key(KeyKind::Fulltext);
    (rebuilt && keeps_fulltext && comparison.before.has_doc_id() && is_online(found))
        .then_some(Cause::Fulltext)
}

/// Whether rows are sorted by a unique key for want of a primary one, and there is none afterwards.
fn stands_in(comparison: &Comparison<'_>) -> bool {
    let clustered = comparison.before.clustered();
    clustered.is_some() && comparison.after.clustered().is_none()
}

fn need_rebuild(comparison: &Comparison<'_>, found: &Difference<'_>) -> bool {
    // The first full-text index gives every row a number.
    let numbers =
        found.builds(comparison.after, KeyKind::Fulltext) > 0 && !comparison.before.has_doc_id();
    found.changes.any(rebuilds) || numbers
}

/// Whether nothing but a rebuild of full-text or spatial indexes stands against others writing.
fn is_online(found: &Difference<'_>) -> bool {
    found.adds_auto_increment().is_none()
}

fn in_place(comparison: &Comparison<'_>, found: &Difference<'_>) -> Support {
    let after = comparison.after;
    let rebuilt = need_rebuild(comparison, found);
    let virtual_index = found.indexes_new_virtual(after);
    let spatial =
        found.builds(after, KeyKind::Spatial) > 0 || (rebuilt && after.has_key(KeyKind::Spatial));
    let fulltext =
        found.builds(after, KeyKind::Fulltext) > 0 || (rebuilt && after.has_key(KeyKind::Fulltext));
    let shared = if let Some(column) = found.adds_auto_increment() {
        Some(Cause::NewAutoIncrement(column.clone()))
    } else if virtual_index {
        Some(Cause::VirtualColumn)
    } else if spatial {
        Some(Cause::Spatial)
    } else if fulltext {
        Some(Cause::Fulltext)
    } else {
        None
    };
    let lock = if shared.is_some() { TableLock::Shared } else { TableLock::None };
    let cause = shared.or_else(|| why(found, rebuilt)).unwrap_or(Cause::Mixed);
    let rebuilt = if rebuilt { Rebuilt::Table } else { Rebuilt::No };
    Support::InPlace { lock, rebuilt, cause }
}

/// Why the change is not instant.
fn why(found: &Difference<'_>, rebuilt: bool) -> Option<Cause> {
    let changes = &found.changes;
    // What alone would be instant is rebuilt beside something that is not.
    let instant = |change| matches!(change, C::AddStored | C::DropStored);
    let others = |change| !is_ignored(change) && !instant(change) && change != C::StoredOrder;
    if rebuilt {
        let heavy = |change| rebuilds(change) && !instant(change);
        return changes.cause(heavy).or_else(|| changes.cause(others)).or(Some(Cause::RowFormat));
    }
    changes.cause(|change| !is_ignored(change))
}
