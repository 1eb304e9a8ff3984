//! The effects of one statement while they are gathered.
//!
//! Everything that every family of statements needs: naming, locking, scanning, rewriting. The
//! families stand beside this file, one each.

use crate::effects::{Effects, Lock, LockMode, Loss, Refusal, Work, WorkKind};
use crate::migration::{Ident, ObjectName, RelationKind, Target};
use crate::schema::{Index, Relation, RelationBody, RelationName, Routine, Schema, Table};
use std::sync::Arc;

/// The schema before a statement, and what is known of the statement so far.
pub(super) struct Draft<'a> {
    /// The schema before the statement.
    pub schema: &'a Schema,
    /// The server.
    pub target: &'a Target,
    /// Relations made from this clock value on, and not filled since, are empty.
    pub since: Option<u64>,
    /// What was found.
    pub effects: Effects,
    /// Functions whose bodies have been looked at.
    pub followed: Vec<Arc<Routine>>,
    /// Tables that these bodies make for themselves: nobody else sees them.
    pub scratch: Vec<RelationName>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(schema: &'a Schema, target: &'a Target, since: Option<u64>) -> Self {
        let (followed, scratch) = (Vec::new(), Vec::new());
        Self { schema, target, since, effects: Effects::none(), followed, scratch }
    }

    /// The full name of a written one.
    pub(super) fn resolve(&self, name: &ObjectName) -> RelationName {
        self.schema.resolve(name)
    }

    /// The relation, however sure the replay is of it.
    pub(super) fn relation(&self, name: &RelationName) -> Option<&'a Relation> {
        self.schema.relation(name).any()
    }

    /// The table, however sure the replay is of it.
    pub(super) fn table(&self, name: &RelationName) -> Option<&'a Table> {
        self.schema.table(name).any()
    }

    /// Whether the relation surely does not exist.
    pub(super) fn is_missing(&self, name: &RelationName) -> bool {
        self.schema.names_all_relations() && self.relation(name).is_none() && !is_catalog(name)
    }

    /// Whether a table is known with all that belongs to it.
    pub(super) fn is_known_in_full(&self, table: &RelationName) -> bool {
        self.schema.is_complete() && self.schema.table(table).known().is_some()
    }

    /// Whether the relation most likely does not exist. An opaque statement may have made it; whoever
    /// writes `IF EXISTS` of what the history never made mostly finds nothing all the same.
    pub(super) fn is_likely_missing(&mut self, name: &RelationName) -> bool {
        let likely = self.schema.was_never_made(&name.name)
            && self.relation(name).is_none()
            && !is_catalog(name);
        self.doubt_if_clouded(likely)
    }

    /// Whether a table most likely lacks what the history did not put on it, also one that others
    /// made: see [`Draft::is_likely_missing`].
    pub(super) fn is_likely_without(&mut self, member: &Ident, found: bool) -> bool {
        let likely = !found && self.schema.was_never_made(member);
        self.doubt_if_clouded(likely)
    }

    /// Gives `absent` back; what was taken for absent where an opaque statement may have made it
    /// leaves the effects in doubt.
    pub(super) fn doubt_if_clouded(&mut self, absent: bool) -> bool {
        if absent && self.schema.is_clouded() {
            self.not_known();
        }
        absent
    }

    /// Something may be missing from the effects.
    pub(super) fn not_known(&mut self) {
        self.effects.known = false;
    }

    /// Marks the effects as incomplete where the replay does not know the relation for sure: its
    /// partitions, foreign keys and indexes may matter.
    pub(super) fn needs(&mut self, name: &RelationName) {
        if self.schema.relation(name).known().is_none() && !self.is_apart(name) {
            self.not_known();
        }
    }

    /// The server refuses the statement.
    pub(super) fn refuse(&mut self, reason: impl Into<Refusal>) {
        self.effects.refused.get_or_insert_with(|| reason.into());
    }

    /// Locks a relation; what is not known to the replay is taken for a table.
    pub(super) fn lock(&mut self, name: &RelationName, mode: LockMode) {
        self.lock_as(name, RelationKind::Table, mode);
    }

    /// Locks a relation that is called `kind`, unless the replay knows better.
    pub(super) fn lock_as(&mut self, name: &RelationName, kind: RelationKind, mode: LockMode) {
        if self.is_apart(name) {
            return;
        }
        let kind = self.relation(name).map_or(kind, Relation::kind);
        self.effects.lock(Lock { relation: name.clone(), kind, mode });
    }

    /// Locks a table with its partitions and inheritance children.
    pub(super) fn lock_tree(&mut self, name: &RelationName, mode: LockMode) {
        for member in self.tree(name) {
            self.lock(&member, mode);
        }
    }

    /// The relation and all its partitions and children, parents first.
    pub(super) fn tree(&self, name: &RelationName) -> Vec<RelationName> {
        let below = self.schema.descendants(name).into_iter().map(|relation| relation.name.clone());
        std::iter::once(name.clone()).chain(below).collect()
    }

    /// Partitions and children at any depth.
    pub(super) fn descendants(&self, name: &RelationName) -> Vec<RelationName> {
        self.tree(name).into_iter().skip(1).collect()
    }

    /// Indexes with their names.
    pub(super) fn indexes(&self, table: &RelationName) -> Vec<(RelationName, &'a Index)> {
        self.schema
            .indexes_of(table)
            .map(|(relation, index)| (relation.name.clone(), index))
            .collect()
    }

    /// Whether the relation has rows of its own; unknown relations do.
    pub(super) fn has_storage(&self, name: &RelationName) -> bool {
        match self.relation(name).map(|relation| &relation.body) {
            Some(RelationBody::Table(table)) => table.partitioning.is_none() && !table.foreign,
            Some(RelationBody::View(view)) => view.materialized,
            Some(RelationBody::Sequence(_) | RelationBody::Index(_)) => false,
            None => true,
        }
    }

    /// Whether the table is partitioned.
    pub(super) fn is_partitioned(&self, name: &RelationName) -> bool {
        self.table(name).is_some_and(|table| table.partitioning.is_some())
    }

    /// Whether the relation was made or truncated in this transaction and has no rows yet.
    pub(super) fn is_empty(&self, name: &RelationName) -> bool {
        let Some(since) = self.since else { return false };
        self.schema.relation(name).known().is_some_and(|relation| {
            let bare = relation.birth.clock.max(relation.emptied.unwrap_or_default());
            bare >= since && !relation.filled
        })
    }

    /// Reads a relation in full, if it has rows of its own.
    pub(super) fn scan(&mut self, name: &RelationName) {
        self.scan_for(name, WorkKind::Scan);
    }

    /// Whether it is a partitioned table of which no partition is known: something else than the
    /// history makes them, and there the rows are.
    fn has_unknown_partitions(&self, name: &RelationName) -> bool {
        self.is_partitioned(name) && self.schema.children(name).next().is_none()
    }

    /// Builds an index on a relation, if it has rows of its own.
    pub(super) fn build_index(&mut self, table: &RelationName) {
        self.scan_for(table, WorkKind::IndexBuild);
    }

    fn scan_for(&mut self, name: &RelationName, what: WorkKind) {
        if self.is_apart(name) || self.is_empty(name) {
            return;
        }
        if self.has_storage(name) {
            self.scanned(name);
            self.work(name, what);
        } else if self.has_unknown_partitions(name) {
            self.work(name, what);
        }
    }

    fn scanned(&mut self, name: &RelationName) {
        if !self.effects.scanned.contains(name) {
            self.effects.scanned.push(name.clone());
        }
    }

    /// Whether no application works with the relation: it is the system's own, or one that a
    /// function makes for itself.
    fn is_apart(&self, name: &RelationName) -> bool {
        is_catalog(name) || self.scratch.contains(name)
    }

    /// Notes work once.
    pub(super) fn work(&mut self, name: &RelationName, what: WorkKind) {
        if self.scratch.contains(name) {
            return;
        }
        let work = Work { relation: name.clone(), what };
        if !self.effects.work.contains(&work) {
            self.effects.work.push(work);
        }
    }

    /// The storage of a relation is replaced.
    pub(super) fn storage_replaced(&mut self, name: &RelationName) {
        if !self.effects.rewritten.contains(name) {
            self.effects.rewritten.push(name.clone());
        }
    }

    /// The storage of a relation's indexes is replaced.
    pub(super) fn indexes_replaced(&mut self, name: &RelationName) {
        for (index, _) in self.indexes(name) {
            self.lock_as(&index, RelationKind::Index, LockMode::AccessExclusive);
            self.storage_replaced(&index);
        }
    }

    /// Writes every row and all indexes anew.
    pub(super) fn rewrite(&mut self, name: &RelationName) {
        if !self.has_storage(name) {
            if self.has_unknown_partitions(name) && !self.is_empty(name) {
                self.work(name, WorkKind::Rewrite);
            }
            return;
        }
        self.storage_replaced(name);
        self.indexes_replaced(name);
        if self.is_empty(name) {
            return;
        }
        self.scanned(name);
        self.work(name, WorkKind::Rewrite);
    }

    /// Notes a loss once; what a body made itself is no loss.
    pub(super) fn lose(&mut self, loss: Loss) {
        if !self.scratch.contains(loss.table()) {
            self.effects.lose(loss);
        }
    }
}

/// Whether the name is one of the system's own relations, which no migration waits for.
pub(super) fn is_catalog(name: &RelationName) -> bool {
    let schema = name.schema.as_str();
    matches!(schema, "pg_catalog" | "information_schema" | "pg_toast")
        || (schema == "public" && name.name.as_str().starts_with("pg_"))
}
