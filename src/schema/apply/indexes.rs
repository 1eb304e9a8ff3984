//! Indexes made, and attached to those of a partitioned table.

use super::Applier;
use super::add_constraint::empty_index;
use crate::migration::{CreateIndex, ObjectName};
use crate::schema::naming::truncated;
use crate::schema::{Index, RelationBody, RelationName};

impl Applier<'_> {
    pub(super) fn create_index(&mut self, def: &CreateIndex) {
        let table = self.needed_table(&def.table);
        let mut index = Index {
            unique: def.unique,
            method: def.method.clone(),
            columns: def.columns.clone(),
            include: def.include.clone(),
            predicate: def.predicate.clone(),
            nulls_not_distinct: def.nulls_not_distinct,
            ..empty_index(&table)
        };
        self.bind_index(&mut index);
        // `ONLY` waits for the partitions' indexes, which an opaque statement may have made.
        let whole = self.schema.is_complete() && self.partition_names(&table).is_empty();
        index.valid = !def.only || whole;
        let name = match &def.name {
            Some(name) => table.sibling(truncated(name)),
            None => self.generated_index_name(&table, &index, "idx"),
        };
        if !self.free_for(&name, def.if_not_exists) {
            return;
        }
        let certain = self.surely_made(&name, def.if_not_exists);
        self.put_new(name.clone(), certain, RelationBody::Index(index));
        if !def.only {
            self.clone_index_to_partitions(&table, &name);
        }
    }

    /// `ALTER INDEX parent ATTACH PARTITION child`.
    pub(super) fn attach_index(&mut self, parent: &ObjectName, child: &ObjectName) {
        let (parent, child) = (self.schema.resolve(parent), self.schema.resolve(child));
        self.schema.edit(&child, |relation| {
            if let RelationBody::Index(index) = &mut relation.body {
                index.parent = Some(parent.clone());
            }
        });
        self.touched(&child);
        self.settle_validity(&parent);
    }

    /// A partitioned index is valid as soon as every partition has its part.
    fn settle_validity(&mut self, parent: &RelationName) {
        let Some(index) = self.schema.index(parent).any() else { return };
        let partitions = self.schema.children(&index.table).count();
        let parts = self.schema.dependents(parent).filter(|relation| {
            matches!(&relation.body, RelationBody::Index(part)
                if part.parent.as_ref() == Some(parent) && part.valid)
        });
        if parts.count() < partitions {
            return;
        }
        self.schema.edit(parent, |relation| {
            if let RelationBody::Index(index) = &mut relation.body {
                index.valid = true;
            }
        });
    }
}
