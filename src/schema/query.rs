//! Questions about relations that hang together: children, referencing tables, views, indexes.
//!
//! All are answered from the edges that the store keeps, never by a scan over the schema.

use super::links::{Edge, Object};
use super::{Constraint, Index, Relation, RelationBody, RelationName, Schema};
use crate::migration::Ident;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Schema {
    /// What names this object.
    pub(crate) fn users_of<'a>(
        &'a self,
        object: &Object,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        let named = object.clone();
        let edges = self.edges.range(Edge::first(object.clone())..);
        edges.take_while(move |edge| edge.named == named).map(|edge| &edge.user)
    }

    fn relations_that_name(&self, object: &Object) -> impl Iterator<Item = &Relation> + use<'_> {
        self.users_of(object)
            .filter_map(|user| match user {
                Object::Relation(dependent) => self.relations.get(dependent),
                _ => None,
            })
            .map(Arc::as_ref)
    }

    /// Relations that depend on this one: partitions, children, views, referencing tables, owned
    /// sequences, indexes.
    pub fn dependents(&self, name: &RelationName) -> impl Iterator<Item = &Relation> {
        self.relations_that_name(&Object::Relation(name.clone()))
    }

    /// Relations that a script gave to a role.
    pub fn owned_by(&self, role: &Ident) -> impl Iterator<Item = &Relation> {
        self.relations().filter(move |relation| relation.owner.as_ref() == Some(role))
    }

    /// Tables that are partitions or inheritance children of this one, directly.
    pub fn children(&self, parent: &RelationName) -> impl Iterator<Item = &Relation> + use<'_> {
        self.relations_that_name(&Object::Parent(parent.clone()))
    }

    /// Partitions and children at any depth, each after its parent; the relation itself is not in
    /// it.
    pub fn descendants(&self, parent: &RelationName) -> Vec<&Relation> {
        let mut found: Vec<&Relation> = self.children(parent).collect();
        let mut known: BTreeSet<&RelationName> = found.iter().map(|child| &child.name).collect();
        let mut at = 0;
        while let Some(relation) = found.get(at).copied() {
            for child in self.children(&relation.name) {
                if known.insert(&child.name) {
                    found.push(child);
                }
            }
            at += 1;
        }
        found
    }

    /// Foreign keys of other tables (and of the table itself) that reference this one.
    pub fn referencing(
        &self,
        table: &RelationName,
    ) -> impl Iterator<Item = (&Relation, &Constraint)> {
        let own = self.relations.get(table).map(Arc::as_ref);
        self.dependents(table).chain(own).flat_map(move |relation| {
            let constraints = match &relation.body {
                RelationBody::Table(table) => table.constraints.as_slice(),
                _ => &[],
            };
            constraints
                .iter()
                .filter(move |constraint| constraint.references() == Some(table))
                .map(move |constraint| (relation, constraint))
        })
    }

    /// Views and materialized views that read this relation directly.
    pub fn views_on(&self, name: &RelationName) -> impl Iterator<Item = &Relation> {
        self.dependents(name).filter(|relation| matches!(relation.body, RelationBody::View(_)))
    }

    /// Indexes of a table or materialized view.
    pub fn indexes_of(&self, name: &RelationName) -> impl Iterator<Item = (&Relation, &Index)> {
        self.relations_that_name(&Object::Indexed(name.clone())).filter_map(move |relation| {
            match &relation.body {
                RelationBody::Index(index) if index.table == *name => Some((relation, index)),
                _ => None,
            }
        })
    }
}
