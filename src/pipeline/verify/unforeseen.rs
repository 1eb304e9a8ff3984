//! Relations that statements made of which not all was known before, such as partitions that are
//! called after today: nothing is predicted of them.

use super::compare::Found;
use super::unit::Unit;
use crate::database::{Look, Oid};
use crate::report::verify::Aspect;
use std::collections::BTreeSet;

/// The relations that the replay does not know.
#[derive(Debug, Default)]
pub(super) struct Unforeseen(BTreeSet<Oid>);

impl Unforeseen {
    /// Takes away what was found of them, and what was made beside them; whether that was anything.
    pub fn set_aside(
        &mut self,
        unit: &Unit<'_>,
        (before, after): (&Look, &Look),
        found: &mut Vec<Found>,
    ) -> bool {
        if unit.is_unsure() {
            self.note(unit, before, after);
        }
        let seen = self.0.iter().filter_map(|oid| before.relations.get(oid));
        let names: BTreeSet<String> = seen.map(|seen| seen.name.to_string()).collect();
        let is_one = |(_, relation, ..): &Found| {
            relation.as_ref().is_some_and(|relation| names.contains(relation))
        };
        let is_locked = self.0.iter().any(|oid| after.locks.contains_key(oid));
        if !is_locked && !found.iter().any(is_one) {
            return false;
        }
        let told = found.len();
        let is_new = |found: &Found| matches!(found, (Aspect::Created, _, None, Some(_)));
        found.retain(|found| !is_one(found) && !is_new(found));
        self.note(unit, before, after);
        found.len() < told
    }

    fn note(&mut self, unit: &Unit<'_>, before: &Look, after: &Look) {
        let Some(last) = unit.entries.last() else { return };
        let made = after.relations.iter().filter(|(oid, _)| !before.relations.contains_key(oid));
        let unknown = made.filter(|(_, seen)| last.after.relation(&seen.name).any().is_none());
        self.0.extend(unknown.map(|(oid, _)| *oid));
    }
}
