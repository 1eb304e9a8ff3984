//! Partitions of a table, which are no tables themselves.

use super::super::Applier;
use crate::migration::{ObjectName, PartitionChange, PartitionDef, PartitionScheme};
use crate::schema::{Partitioning, RelationName, Storage};

impl Applier<'_> {
    pub(super) fn change_partitions(&mut self, table: &RelationName, change: &PartitionChange) {
        match change {
            PartitionChange::By(scheme) => self.set_scheme(table, Some(scheme)),
            PartitionChange::Remove => self.set_scheme(table, None),
            PartitionChange::Exchange { table: other, .. } => self.exchanged(table, other),
            PartitionChange::ConvertToTable { partition, table: made } => {
                self.edit_partitions(table, |list| list.retain(|own| own.name != *partition));
                self.made_of_partition(table, made);
            }
            PartitionChange::ConvertToPartition { table: gone, partition } => {
                self.edit_partitions(table, |list| list.push(partition.clone()));
                let gone = self.schema.resolve(gone);
                self.drop_relation(&gone, true);
            }
            other => self.edit_partitions(table, |list| edit(list, other)),
        }
    }

    fn set_scheme(&mut self, table: &RelationName, scheme: Option<&PartitionScheme>) {
        self.schema.edit_table(table, |table| {
            table.partitioning = scheme.map(|scheme| Partitioning {
                strategy: scheme.strategy.clone(),
                key: scheme.key.clone(),
            });
            let storage = table.storage.get_or_insert_with(Box::<Storage>::default);
            storage.partitions = scheme.cloned();
        });
    }

    fn edit_partitions(
        &mut self,
        table: &RelationName,
        change: impl FnOnce(&mut Vec<PartitionDef>),
    ) {
        self.schema.edit_table(table, |table| {
            let storage = table.storage.get_or_insert_with(Box::<Storage>::default);
            if let Some(scheme) = &mut storage.partitions {
                change(&mut scheme.partitions);
            }
        });
    }

    /// The rows changed places.
    fn exchanged(&mut self, table: &RelationName, other: &ObjectName) {
        let other = self.needed_table(other);
        for name in [table, &other] {
            self.schema.edit(name, |relation| relation.filled = true);
        }
    }

    /// A partition that became a table has the columns of its table.
    fn made_of_partition(&mut self, table: &RelationName, made: &ObjectName) {
        let Some(mut copy) = self.schema.table_of(table).cloned() else { return };
        copy.partitioning = None;
        copy.constraints.clear();
        if let Some(storage) = &mut copy.storage {
            storage.partitions = None;
        }
        let name = self.schema.resolve(made);
        self.put_new(name.clone(), true, crate::schema::RelationBody::Table(copy));
        self.schema.edit(&name, |relation| relation.filled = true);
    }
}

fn edit(list: &mut Vec<PartitionDef>, change: &PartitionChange) {
    match change {
        PartitionChange::Add(added) => list.extend(added.iter().cloned()),
        PartitionChange::Drop { names, .. } => list.retain(|own| !names.contains(&own.name)),
        PartitionChange::Reorganize { names, into } => {
            let at = list.iter().position(|own| names.contains(&own.name));
            list.retain(|own| !names.contains(&own.name));
            let at = at.unwrap_or(list.len()).min(list.len());
            list.splice(at..at, into.iter().cloned());
        }
        _ => {}
    }
}
