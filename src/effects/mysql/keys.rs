//! Which indexes are built and dropped, and what becomes of the primary key. That an index is
//! made anew with another comment, or hidden, is what the statement says by itself.
//!
//! MySQL keeps an expression of an index as a hidden virtual column, which comes and goes with it.

use super::changes::Change;
use super::difference::{Comparison, Difference};
use super::shape::{KeyKind, KeyPart, KeyShape};
use crate::effects::Cause;
use crate::migration::Dialect;

/// Notes every index that comes, goes, or changes its name or options.
pub(super) fn compare<'a>(comparison: &Comparison<'a>, found: &mut Difference<'a>) {
    let (before, after) = (comparison.before, comparison.after);
    let mut dropped: Vec<&KeyShape> = Vec::new();
    let mut added: Vec<&'a KeyShape> = Vec::new();
    for old in &before.keys {
        let name = comparison.asked.index_after(&old.name);
        match after.keys.iter().find(|new| new.name.eq_ignore_ascii_case(name)) {
            None => dropped.push(old),
            Some(new) if is_other(comparison, old, new) => {
                dropped.push(old);
                added.push(new);
            }
            Some(_) => {}
        }
    }
    let is_old = |new: &&KeyShape| {
        let mut names = before.keys.iter().map(|old| comparison.asked.index_after(&old.name));
        names.any(|name| new.name.eq_ignore_ascii_case(name))
    };
    added.extend(after.keys.iter().filter(|new| !is_old(new)));
    if !comparison.asked.index_renames.is_empty() {
        found.changes.add(Change::RenameIndex, Cause::Mixed);
    }
    take_over(comparison, &mut dropped, &mut added, found);
    let mut candidates = before.keys.iter().filter(|key| before.is_candidate(key)).count();
    for key in &dropped {
        drop(comparison, key, &mut candidates, found);
    }
    for key in &added {
        add(comparison, key, &mut candidates, found);
    }
    found.built.extend(added.iter().map(|key| key.name.as_str()));
    found.dropped.extend(dropped.iter().map(|key| key.name.clone()));
}

/// MariaDB takes an index in the place of one over the same columns for another name of it, and so a
/// primary key in the place of the unique one that the rows are sorted by.
fn take_over(
    comparison: &Comparison<'_>,
    dropped: &mut Vec<&KeyShape>,
    added: &mut Vec<&KeyShape>,
    found: &mut Difference<'_>,
) {
    if comparison.target.dialect != Dialect::Mariadb {
        return;
    }
    let is_sorted_by = |old: &KeyShape| {
        comparison.before.clustered().is_some_and(|clustered| clustered.name == old.name)
    };
    dropped.retain(|old| {
        let place = added.iter().position(|new| {
            let same_kind =
                old.kind == new.kind || (new.kind == KeyKind::Primary && is_sorted_by(old));
            same_kind && same_parts(comparison, old, new)
        });
        let Some(place) = place else { return true };
        added.remove(place);
        found.changes.add(Change::RenameIndex, Cause::Mixed);
        false
    });
}

/// Whether an index of the same name is another one.
fn is_other(comparison: &Comparison<'_>, old: &KeyShape, new: &KeyShape) -> bool {
    // The hidden column of an expression is another one each time.
    let is_remade = new.has_expression() && comparison.asked.remade.contains(&old.name);
    old.kind != new.kind || is_remade || !same_parts(comparison, old, new)
}

fn same_parts(comparison: &Comparison<'_>, old: &KeyShape, new: &KeyShape) -> bool {
    let same = |(old, new): (&KeyPart, &KeyPart)| match (old, new) {
        (
            KeyPart::Column { column: was, prefix: short, descending: down },
            KeyPart::Column { column, prefix, descending },
        ) => comparison.name_after(was) == Some(column) && short == prefix && down == descending,
        (KeyPart::Expression(was), KeyPart::Expression(is)) => was == is,
        _ => false,
    };
    old.parts.len() == new.parts.len() && old.parts.iter().zip(&new.parts).all(same)
}

fn drop(
    comparison: &Comparison<'_>,
    key: &KeyShape,
    candidates: &mut usize,
    found: &mut Difference<'_>,
) {
    let before = comparison.before;
    if key.has_expression() {
        found.changes.add(Change::DropVirtual, Cause::VirtualColumn);
    }
    if before.is_candidate(key) {
        *candidates = candidates.saturating_sub(1);
        let is_clustered = before.clustered().is_some_and(|clustered| clustered.name == key.name);
        let is_mariadb = comparison.target.dialect == Dialect::Mariadb;
        if is_clustered {
            found.changes.add(Change::DropPrimary, Cause::PrimaryKeyDropped);
            // Another unique key takes its place.
            if is_mariadb && comparison.after.clustered().is_some() {
                found.changes.add(Change::AddPrimary, Cause::PrimaryKey);
            }
            return;
        }
    }
    let change = match key.kind {
        KeyKind::Unique => Change::DropUnique,
        _ => Change::DropIndex,
    };
    found.changes.add(change, Cause::IndexDropped);
}

fn add(
    comparison: &Comparison<'_>,
    key: &KeyShape,
    candidates: &mut usize,
    found: &mut Difference<'_>,
) {
    let is_primary = key.kind == KeyKind::Primary;
    if key.has_expression() {
        found.changes.add(Change::AddVirtual, Cause::VirtualColumn);
    }
    if comparison.after.is_candidate(key) {
        let is_first = *candidates == 0;
        *candidates += 1;
        if (is_primary && !is_promoted(comparison, key)) || (is_first && !is_primary) {
            found.changes.add(Change::AddPrimary, Cause::PrimaryKey);
            return;
        }
    }
    let (change, cause) = match key.kind {
        KeyKind::Unique | KeyKind::Primary => (Change::AddUnique, Cause::Index),
        KeyKind::Plain => (Change::AddIndex, Cause::Index),
        KeyKind::Fulltext => (Change::AddIndex, Cause::Fulltext),
        KeyKind::Spatial => (Change::AddIndex, Cause::Spatial),
    };
    found.changes.add(change, cause);
}

/// Whether the rows are sorted by these columns already, since a unique key stands in for the
/// primary one; MariaDB sees that.
fn is_promoted(comparison: &Comparison<'_>, key: &KeyShape) -> bool {
    let stands_in = comparison.before.clustered().filter(|old| old.kind == KeyKind::Unique);
    comparison.target.dialect == Dialect::Mariadb
        && stands_in.is_some_and(|old| same_parts(comparison, old, key))
}
