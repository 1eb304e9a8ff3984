//! Two branches of which one runs, joined: what both agree on is known, the rest is uncertain.

use super::{Column, Constraint, Relation, RelationBody, Schema, Table};
use crate::migration::Ident;
use imbl::ordmap::DiffItem;
use std::sync::Arc;

impl Schema {
    /// The schema after one of two exclusive branches, each applied to the same schema before.
    /// Takes time in what the branches changed, not in the size of the schema.
    #[must_use]
    pub fn join(self, other: &Self) -> Self {
        let mut joined = self.clone();
        joined.join_relations(&self, other);
        joined.join_types(&self, other);
        joined.join_routines(&self, other);
        joined.namespaces = self.namespaces.union(other.namespaces.clone());
        joined.extensions = self.extensions.union(other.extensions.clone());
        joined.objects = self.objects.union(other.objects.clone());
        joined.zone = self.zone.filter(|_| self.zone == other.zone);
        joined.clock = self.clock.max(other.clock);
        joined.complete = self.complete && other.complete;
        joined.clouded = self.clouded || other.clouded;
        joined.holds_unseen = self.holds_unseen || other.holds_unseen;
        joined
    }

    fn join_relations(&mut self, one: &Self, other: &Self) {
        for difference in one.relations.diff(&other.relations) {
            match difference {
                DiffItem::Add(_, relation) | DiffItem::Remove(_, relation) => {
                    let mut relation = relation.as_ref().clone();
                    relation.certain = false;
                    relation.surely_made = false;
                    self.put(relation);
                }
                DiffItem::Update { old: (_, old), new: (_, new) } => {
                    self.put(join_relation(old, new));
                }
            }
        }
    }

    fn join_types(&mut self, one: &Self, other: &Self) {
        for difference in one.types.diff(&other.types) {
            let (DiffItem::Add(_, def)
            | DiffItem::Remove(_, def)
            | DiffItem::Update { new: (_, def), .. }) = difference;
            let mut def = def.as_ref().clone();
            def.certain = false;
            self.put_type(def);
        }
    }

    fn join_routines(&mut self, one: &Self, other: &Self) {
        for difference in one.routines.diff(&other.routines) {
            let (DiffItem::Add(name, routines)
            | DiffItem::Remove(name, routines)
            | DiffItem::Update { new: (name, routines), .. }) = difference;
            self.edit_routines(name, |known| {
                *known = routines.clone();
                known.iter_mut().for_each(|routine| Arc::make_mut(routine).certain = false);
            });
        }
    }
}

fn join_relation(one: &Relation, other: &Relation) -> Relation {
    let mut joined = other.clone();
    joined.filled = one.filled || other.filled;
    joined.emptied = one.emptied.zip(other.emptied).map(|(a, b)| a.min(b));
    joined.certain = one.certain && other.certain;
    joined.owner = one.owner.clone().filter(|_| one.owner == other.owner);
    joined.surely_made = one.surely_made && one.birth == other.birth;
    match (&one.body, &mut joined.body) {
        (RelationBody::Table(one), RelationBody::Table(table)) => {
            join_columns(&one.columns, &mut table.columns);
            join_constraints(&one.constraints, &mut table.constraints);
            join_publications(&one.publications, &mut table.publications);
            joined.certain &= same_apart_from_members(one, table);
        }
        (one, body) => joined.certain &= one == body,
    }
    joined
}

fn join_columns(one: &[Column], columns: &mut Vec<Column>) {
    for column in columns.iter_mut() {
        column.certain &= one.contains(column);
    }
    let gone = one.iter().filter(|known| columns.iter().all(|column| column.name != known.name));
    let gone: Vec<Column> =
        gone.map(|column| Column { certain: false, ..column.clone() }).collect();
    columns.extend(gone);
}

fn join_constraints(one: &[Constraint], constraints: &mut Vec<Constraint>) {
    for constraint in constraints.iter_mut() {
        constraint.certain &= one.contains(constraint);
    }
    let missing = |known: &&Constraint| constraints.iter().all(|other| other.name != known.name);
    let gone: Vec<Constraint> = one
        .iter()
        .filter(missing)
        .map(|constraint| Constraint { certain: false, ..constraint.clone() })
        .collect();
    constraints.extend(gone);
}

/// A table that either branch publishes may be published; nothing else about it depends on that.
fn join_publications(one: &[Ident], publications: &mut Vec<Ident>) {
    let missing = one.iter().filter(|known| !publications.contains(known));
    let missing: Vec<Ident> = missing.cloned().collect();
    publications.extend(missing);
}

fn same_apart_from_members(one: &Table, other: &Table) -> bool {
    let bare = |table: &Table| Table {
        columns: vec![],
        constraints: vec![],
        publications: vec![],
        ..table.clone()
    };
    bare(one) == bare(other)
}
