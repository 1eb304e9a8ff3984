//! What partitions take over from their parent: indexes, keys, foreign keys, row triggers.

use super::Applier;
use super::add_constraint::Key;
use crate::schema::{
    Constraint, ConstraintBody, Index, Relation, RelationBody, RelationName, Trigger,
};

impl Applier<'_> {
    /// Gives every partition its part of an index: one that fits is attached, else one is made
    /// under a generated name.
    pub(super) fn clone_index_to_partitions(&mut self, table: &RelationName, index: &RelationName) {
        let mut queue = vec![(table.clone(), index.clone())];
        while let Some((table, index)) = queue.pop() {
            for partition in self.direct_partitions(&table) {
                if let Some(part) = self.part_of_index(&partition, &index) {
                    queue.push((partition, part));
                }
            }
        }
    }

    /// A part that was there before is only attached; it makes its parent invalid if it is.
    fn adopt_part(&mut self, part: &RelationName, parent: &RelationName) {
        self.adopt_index(part, parent);
        let valid = self.schema.index(part).any().is_some_and(|index| index.valid);
        if valid {
            return;
        }
        self.schema.edit(parent, |relation| {
            if let RelationBody::Index(index) = &mut relation.body {
                index.valid = false;
            }
        });
    }

    fn direct_partitions(&self, table: &RelationName) -> Vec<RelationName> {
        let partitioned =
            self.schema.table_of(table).is_some_and(|table| table.partitioning.is_some());
        if !partitioned {
            return Vec::new();
        }
        self.schema.children(table).map(|child| child.name.clone()).collect()
    }

    /// The part of an index that had to be made; `None` where one was there.
    fn part_of_index(
        &mut self,
        partition: &RelationName,
        parent: &RelationName,
    ) -> Option<RelationName> {
        let model = self.schema.index(parent).any()?.clone();
        if let Some(fitting) = self.fitting_index(partition, &model, parent) {
            self.adopt_part(&fitting, parent);
            return None;
        }
        let copy = Index {
            table: partition.clone(),
            parent: Some(parent.clone()),
            constraint: None,
            valid: true,
            ..model.clone()
        };
        let Some((label, deferral)) = self.key_of_index(&model) else {
            let name = self.generated_index_name(partition, &copy, "idx");
            self.put_new(name.clone(), true, RelationBody::Index(copy));
            return Some(name);
        };
        Some(self.add_key(partition, Key { label, name: None, deferral, index: copy }))
    }

    /// Label and deferral of the constraint that an index serves.
    pub(super) fn key_of_index(
        &self,
        index: &Index,
    ) -> Option<(&'static str, crate::migration::Deferral)> {
        let name = index.constraint.as_ref()?;
        let constraint = self.schema.table_of(&index.table)?.constraint(name)?;
        let label = match constraint.body {
            ConstraintBody::PrimaryKey { .. } => "pkey",
            ConstraintBody::Unique { .. } => "key",
            _ => "excl",
        };
        Some((label, constraint.deferral))
    }

    fn fitting_index(
        &self,
        partition: &RelationName,
        model: &Index,
        parent: &RelationName,
    ) -> Option<RelationName> {
        let wanted = self.key_of_index(model).map(|(label, _)| label);
        let mut fitting: Vec<(&Relation, &Index)> = self
            .schema
            .indexes_of(partition)
            .filter(|(_, index)| index.parent.as_ref().is_none_or(|own| own == parent))
            .filter(|(_, index)| same_definition(index, model))
            .filter(|(_, index)| {
                wanted.is_none() || self.key_of_index(index).map(|(label, _)| label) == wanted
            })
            .collect();
        fitting.sort_by_key(|(relation, _)| relation.birth.clock);
        fitting.first().map(|(relation, _)| relation.name.clone())
    }

    fn adopt_index(&mut self, name: &RelationName, parent: &RelationName) {
        let adopted = self.schema.edit(name, |relation| match &mut relation.body {
            RelationBody::Index(index) => {
                index.parent = Some(parent.clone());
                index.constraint.clone().map(|constraint| (index.table.clone(), constraint))
            }
            _ => None,
        });
        let Some((table, constraint)) = adopted.flatten() else { return };
        self.schema.edit_table(&table, |table| {
            table.constraints.iter_mut().filter(|own| own.name == constraint).for_each(|own| {
                own.inherited = true;
                own.local = false;
            });
        });
    }

    /// Indexes of a table, oldest first, a primary key before others of its age.
    pub(super) fn indexes_by_age(&self, table: &RelationName) -> Vec<RelationName> {
        let mut indexes: Vec<_> = self
            .schema
            .indexes_of(table)
            .map(|(relation, index)| {
                let primary = self.key_of_index(index).is_some_and(|(label, _)| label == "pkey");
                (relation.birth.clock, !primary, relation.name.clone())
            })
            .collect();
        indexes.sort_unstable();
        indexes.into_iter().map(|(_, _, name)| name).collect()
    }

    /// Gives a new partition its parent's indexes, triggers and foreign keys.
    pub(super) fn clone_parent_extras(&mut self, partition: &RelationName) {
        let body = self.schema.table_of(partition);
        let Some((parent, _)) = body.and_then(|table| table.partition_of.clone()) else { return };
        for index in self.indexes_by_age(&parent) {
            if let Some(part) = self.part_of_index(partition, &index) {
                self.clone_index_to_partitions(partition, &part);
            }
        }
        let Some(body) = self.schema.table_of(&parent) else { return };
        let triggers: Vec<Trigger> =
            body.triggers.iter().filter(|trigger| trigger.for_each_row).cloned().collect();
        let keys: Vec<Constraint> =
            body.constraints.iter().filter(|own| own.references().is_some()).cloned().collect();
        let mut partitions = vec![partition.clone()];
        partitions.extend(self.partition_names(partition));
        for partition in partitions {
            for key in &keys {
                self.put_inherited_key(&partition, key);
            }
            self.schema.edit_table(&partition, |table| {
                table.triggers.retain(|own| triggers.iter().all(|new| new.name != own.name));
                table.triggers.extend(triggers.iter().cloned());
            });
        }
    }
}

/// Whether an index can be a part of the other (`CompareIndexInfo` in PostgreSQL).
fn same_definition(one: &Index, other: &Index) -> bool {
    let keys = |index: &Index| -> Vec<(Option<crate::migration::Ident>, Option<String>)> {
        let column = |column: &crate::migration::IndexedColumn| {
            (column.column.clone(), column.expr.as_ref().map(|expr| expr.sql.to_string()))
        };
        index.columns.iter().map(column).collect()
    };
    let predicate = |index: &Index| index.predicate.as_ref().map(|expr| expr.sql.to_string());
    one.unique == other.unique
        && one.method == other.method
        && one.nulls_not_distinct == other.nulls_not_distinct
        && one.include == other.include
        && keys(one) == keys(other)
        && predicate(one) == predicate(other)
}
