//! What was predicted of a unit against what two looks at the server show.

use super::unit::Unit;
use super::watch::Watched;
use super::{Open, by_name};
use crate::database::{DatabaseError, Look, Oid, SeenRelation, Session};
use crate::effects::{Lock, LockMode, ObjectRef};
use crate::migration::RelationKind;
use crate::report::verify::Aspect;
use crate::schema::{RelationName, Schema};
use std::collections::{BTreeMap, BTreeSet};

/// Aspect, relation, predicted, actual.
pub(super) type Found = (Aspect, Option<String>, Option<String>, Option<String>);

/// Locks from this mode on are compared: weaker ones are up to the planner.
fn least(kind: RelationKind) -> LockMode {
    match kind {
        RelationKind::Index => LockMode::ShareUpdateExclusive,
        _ => LockMode::RowExclusive,
    }
}

/// Relations that foreign keys, triggers and functions would have led a change of `rows` rows to,
/// had there been any.
pub(super) fn unreached<'u>(
    unit: &'u Unit<'_>,
    before: &Look,
    after: &Look,
    rows: u64,
) -> BTreeSet<&'u RelationName> {
    let named = by_name(before);
    let is_locked = |lock: &Lock| {
        let held = named.get(&lock.relation).and_then(|oid| after.locks.get(oid));
        held.is_some_and(|held| *held >= lock.mode)
    };
    let counts = |lock: &&Lock| lock.mode >= least(lock.kind);
    let by_rows = unit.locks().filter(counts).filter(|lock| unit.is_led_to(lock, rows));
    by_rows.filter(|lock| !is_locked(lock)).map(|lock| &lock.relation).collect()
}

/// The strongest locks that the transaction holds after the unit; none is expected on what was not
/// reached.
pub(super) fn locks(
    unit: &Unit<'_>,
    before: &Look,
    after: &Look,
    open: &mut Open,
    unreached: &BTreeSet<&RelationName>,
) -> Vec<Found> {
    if unit.rolls_back_to_savepoint() {
        return released(unit, before, after, open);
    }
    let named = by_name(before);
    for lock in unit.locks().filter(|lock| !unreached.contains(&lock.relation)) {
        let Some(oid) = named.get(&lock.relation).filter(|oid| open.existed.contains(oid)) else {
            continue;
        };
        let held = open.predicted.entry(*oid).or_insert(lock.mode);
        *held = lock.mode.max(*held);
    }
    let mut found = Vec::new();
    for oid in &open.existed {
        let Some(seen) = before.relations.get(oid) else { continue };
        let strong =
            |mode: Option<&LockMode>| mode.copied().filter(|mode| *mode >= least(seen.kind));
        let (predicted, actual) = (strong(open.predicted.get(oid)), strong(after.locks.get(oid)));
        if predicted == actual {
            continue;
        }
        if !unit.is_unsure() {
            let text = |mode: Option<LockMode>| mode.map(|mode| mode.to_string());
            let name = Some(seen.name.to_string());
            found.push((Aspect::Lock, name, text(predicted), text(actual)));
        }
        // Told once, not at every later statement of the transaction.
        match after.locks.get(oid) {
            Some(actual) => open.predicted.insert(*oid, *actual),
            None => open.predicted.remove(oid),
        };
    }
    found
}

/// The locks of a statement outside a transaction. Where it could not be held up, as on indexes, a
/// lock of an instant may have passed unseen: there only a stronger one than predicted counts.
pub(super) fn watched(
    unit: &Unit<'_>,
    before: &Look,
    watched: &Watched,
    foreign: &BTreeSet<Oid>,
) -> Vec<Found> {
    if unit.is_unsure() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (oid, seen) in before.relations.iter().filter(|(oid, _)| !foreign.contains(oid)) {
        let strong = |mode: Option<LockMode>| mode.filter(|mode| *mode >= least(seen.kind));
        let own = unit.locks().filter(|lock| lock.relation == seen.name);
        let predicted = strong(own.map(|lock| lock.mode).max());
        let actual = strong(watched.locks.get(oid).copied());
        if predicted == actual || actual < predicted && !watched.held_up.contains(oid) {
            continue;
        }
        let text = |mode: Option<LockMode>| mode.map(|mode| mode.to_string());
        found.push((Aspect::Lock, Some(seen.name.to_string()), text(predicted), text(actual)));
    }
    found
}

/// What `ROLLBACK TO SAVEPOINT` gives back.
fn released(unit: &Unit<'_>, before: &Look, after: &Look, open: &mut Open) -> Vec<Found> {
    let named = by_name(before);
    let predicted = unit.entries.iter().flat_map(|entry| &entry.effects.released);
    let still = predicted.filter_map(|name| {
        let mode = after.locks.get(named.get(name)?).filter(|mode| mode.is_strong())?;
        Some((Aspect::Lock, Some(name.to_string()), None, Some(mode.to_string())))
    });
    let still = still.collect();
    open.predicted.clone_from(&after.locks);
    still
}

/// Storage that was replaced, relations made and dropped.
pub(super) fn storage_and_names(
    unit: &Unit<'_>,
    before: &Look,
    after: &Look,
    existed: Option<&BTreeSet<Oid>>,
) -> Vec<Found> {
    let counts = |oid: &Oid| existed.is_none_or(|existed| existed.contains(oid));
    let named = by_name(before);
    let predicted: BTreeSet<String> = unit
        .entries
        .iter()
        .flat_map(|entry| &entry.effects.rewritten)
        .chain(replaced(unit))
        .filter(|name| named.get(name).is_some_and(counts))
        .map(ToString::to_string)
        .collect();
    let changed = before.relations.iter().filter(|(oid, _)| counts(oid));
    let changed = changed.filter(|(oid, seen)| is_replaced(**oid, seen, before, after));
    let actual: BTreeSet<String> = changed.map(|(_, seen)| seen.name.to_string()).collect();
    // What is rolled back gets its old storage again.
    let mut found = match unit.rolls_back_to_savepoint() {
        true => Vec::new(),
        false => differences(Aspect::Rewritten, unit, &predicted, &actual),
    };
    let (created, dropped) = predicted_names(unit);
    found.extend(differences(Aspect::Created, unit, &created, &only_in(after, before)));
    found.extend(differences(Aspect::Dropped, unit, &dropped, &only_in(before, after)));
    found
}

/// Whether a relation has another file. One that was made again under its name may have kept it.
fn is_replaced(oid: Oid, seen: &SeenRelation, before: &Look, after: &Look) -> bool {
    if let Some(now) = after.relations.get(&oid) {
        return now.file != seen.file;
    }
    let again = after.relations.iter().find(|(_, now)| now.name == seen.name);
    again.is_some_and(|(new, now)| {
        let is_partitioned_index = seen.kind == RelationKind::Index && seen.file == 0;
        !before.relations.contains_key(new) && (now.file != seen.file || is_partitioned_index)
    })
}

fn only_in(one: &Look, other: &Look) -> BTreeSet<String> {
    let others = by_name(other);
    let only = one.relations.iter();
    let only = only.filter(|(oid, seen)| {
        !other.relations.contains_key(oid) && !others.contains_key(&seen.name)
    });
    only.map(|(_, seen)| seen.name.to_string()).collect()
}

/// Relations made and dropped: as the effects of one statement say, or as the replayed schema is
/// before and after several, or after what is rolled back.
fn predicted_names(unit: &Unit<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    if let Some(entry) = unit.single().filter(|_| !unit.rolls_back_to_savepoint()) {
        // A name that stays was neither made nor dropped.
        let new = |objects: &[ObjectRef], other: &Schema| {
            let new = relations(objects.iter()).filter(|name| other.relation(name).any().is_none());
            new.map(ToString::to_string).collect()
        };
        let effects = &entry.effects;
        return (new(&effects.created, &entry.before), new(&effects.dropped, &entry.after));
    }
    let (Some(first), Some(last)) = (unit.entries.first(), unit.entries.last()) else {
        return Default::default();
    };
    (appeared(&first.before, &last.after), appeared(&last.after, &first.before))
}

/// Relations that are dropped and made again under their names.
fn replaced<'u>(unit: &'u Unit<'_>) -> impl Iterator<Item = &'u RelationName> {
    let made = |name: &&RelationName| {
        let created = unit.entries.iter().flat_map(|entry| &entry.effects.created);
        relations(created).any(|made| made == *name)
    };
    relations(unit.entries.iter().flat_map(|entry| &entry.effects.dropped)).filter(made)
}

fn relations<'o>(
    objects: impl Iterator<Item = &'o ObjectRef>,
) -> impl Iterator<Item = &'o RelationName> {
    let is_relation = |object: &&ObjectRef| {
        Option::<RelationKind>::from(object.kind).is_some() && object.member.is_none()
    };
    objects.filter(is_relation).map(|object| &object.name).filter(|name| is_lasting(name))
}

fn appeared(before: &Schema, after: &Schema) -> BTreeSet<String> {
    let new = after.relations().filter(|relation| {
        !relation.is_assumed() && before.relation(&relation.name).any().is_none()
    });
    let lasting = new.filter(|relation| is_lasting(&relation.name));
    lasting.map(|relation| relation.name.to_string()).collect()
}

fn is_lasting(name: &RelationName) -> bool {
    name.schema != "pg_temp"
}

fn differences(
    aspect: Aspect,
    unit: &Unit<'_>,
    predicted: &BTreeSet<String>,
    actual: &BTreeSet<String>,
) -> Vec<Found> {
    if unit.is_unsure() {
        return Vec::new();
    }
    let missing = predicted.difference(actual);
    let missing = missing.map(|name| (aspect, Some(name.clone()), Some(name.clone()), None));
    let surplus = actual.difference(predicted);
    missing
        .chain(surplus.map(|name| (aspect, Some(name.clone()), None, Some(name.clone()))))
        .collect()
}

/// Tables that are predicted to be read, and have rows to be read. Where the altered table has
/// none, the rows that they refer to are not looked up.
pub(super) fn filled(
    unit: &Unit<'_>,
    session: &mut dyn Session,
) -> Result<BTreeSet<RelationName>, DatabaseError> {
    let mut filled = BTreeSet::new();
    if unit.is_planned() {
        return Ok(filled);
    }
    let look = session.look()?;
    let named = by_name(&look);
    let scanned = unit.entries.iter().flat_map(|entry| &entry.effects.scanned);
    for name in scanned.filter(|name| named.contains_key(name)) {
        if session.has_rows(name)? {
            filled.insert(name.clone());
        }
    }
    let altered = unit.single().and_then(|entry| entry.subject.as_ref());
    if altered.is_some_and(|(_, altered)| named.contains_key(altered) && !filled.contains(altered))
    {
        filled.clear();
    }
    Ok(filled)
}

/// Tables read in full by what is no query. An empty one is read in no time, and unseen.
pub(super) fn scans(
    unit: &Unit<'_>,
    before: &Look,
    after: &Look,
    existed: &BTreeSet<Oid>,
    filled: &BTreeSet<RelationName>,
) -> Vec<Found> {
    if unit.is_planned() {
        return Vec::new();
    }
    let read: BTreeMap<&RelationName, Oid> = after
        .read
        .iter()
        .filter(|(oid, rows)| **rows > before.read.get(oid).copied().unwrap_or(0))
        .filter(|(oid, _)| existed.contains(oid))
        .filter_map(|(oid, _)| Some((&before.relations.get(oid)?.name, *oid)))
        .collect();
    let actual: BTreeSet<String> = read.keys().map(ToString::to_string).collect();
    let named = by_name(before);
    let mut predicted: BTreeSet<String> = filled
        .iter()
        .filter(|name| named.get(name).is_some_and(|oid| existed.contains(oid)))
        .map(ToString::to_string)
        .collect();
    // What is predicted of an empty table is not seen; what is read there was written before.
    let scanned = unit.entries.iter().flat_map(|entry| &entry.effects.scanned);
    predicted.extend(scanned.map(ToString::to_string).filter(|name| actual.contains(name)));
    differences(Aspect::Scanned, unit, &predicted, &actual)
}
