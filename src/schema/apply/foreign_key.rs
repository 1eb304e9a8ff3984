//! Foreign keys.

use super::Applier;
use crate::migration::{Deferral, ForeignKeyTarget, Ident, Validity};
use crate::schema::naming::{Avoid, joined, truncated};
use crate::schema::{Constraint, ConstraintBody, RelationName};

/// A foreign key as written.
pub(super) struct ForeignKey<'a> {
    pub name: Option<&'a Ident>,
    pub columns: &'a [Ident],
    pub target: &'a ForeignKeyTarget,
    pub deferral: Deferral,
    pub validity: Validity,
}

impl Applier<'_> {
    pub(super) fn add_foreign_key(
        &mut self,
        table: &RelationName,
        key: &ForeignKey<'_>,
        only: bool,
    ) {
        let name = match key.name {
            Some(name) => truncated(name),
            None => {
                let columns = joined(key.columns.iter().map(Ident::as_str));
                let parts = (table.name.as_str(), Some(columns.as_str()), "fkey");
                self.schema.free_name(&table.schema, parts, Avoid::Constraints).name
            }
        };
        let target = self.needed_table(&key.target.table);
        let body = ConstraintBody::ForeignKey {
            columns: key.columns.to_vec(),
            referenced: self.referenced_columns(&target, &key.target.columns),
            table: target,
            on_delete: key.target.on_delete,
            on_update: key.target.on_update,
        };
        let added = self.new_constraint(name, body, key.validity, key.deferral);
        let partitions = if only { Vec::new() } else { self.partition_names(table) };
        self.schema.edit_table(table, |table| table.constraints.push(added.clone()));
        for partition in partitions {
            self.put_inherited_key(&partition, &added);
        }
    }

    pub(super) fn referenced_columns(
        &self,
        target: &RelationName,
        written: &[Ident],
    ) -> Vec<Ident> {
        if !written.is_empty() {
            return written.to_vec();
        }
        let key = self.schema.table_of(target).and_then(|table| table.primary_key());
        key.map_or_else(Vec::new, |key| key.columns().to_vec())
    }

    /// Partitions at any depth; inheritance children do not get foreign keys.
    pub(super) fn partition_names(&self, table: &RelationName) -> Vec<RelationName> {
        let is_partition = |child: &&crate::schema::Relation| {
            child.as_table().is_some_and(|table| table.partition_of.is_some())
        };
        let children = self.schema.descendants(table).into_iter();
        children.filter(is_partition).map(|child| child.name.clone()).collect()
    }

    /// Gives a partition its parent's foreign key; one that it has already becomes the copy.
    pub(super) fn put_inherited_key(&mut self, partition: &RelationName, key: &Constraint) {
        let same = |own: &Constraint| {
            !own.inherited && own.body == key.body && own.deferral == key.deferral
        };
        let found = self.schema.edit_table(partition, |table| {
            let own = table.constraints.iter_mut().find(|own| same(own))?;
            own.inherited = true;
            own.local = false;
            Some(())
        });
        if found.flatten().is_some() {
            return;
        }
        let name = self.inherited_key_name(partition, key);
        let copy = Constraint { name, inherited: true, local: false, ..key.clone() };
        self.schema.edit_table(partition, |table| table.constraints.push(copy));
    }

    fn inherited_key_name(&self, partition: &RelationName, key: &Constraint) -> Ident {
        let taken = self.schema.table_of(partition).and_then(|table| table.constraint(&key.name));
        if taken.is_none() {
            return key.name.clone();
        }
        let columns = joined(key.columns().iter().map(Ident::as_str));
        let parts = (partition.name.as_str(), Some(columns.as_str()), "fkey");
        self.schema.free_name(&partition.schema, parts, Avoid::Constraints).name
    }
}
