//! Publications, kept with the tables that they list.

use super::Applier;
use crate::migration::{Ident, ObjectChange, ObjectName};
use crate::schema::RelationName;

impl Applier<'_> {
    /// `CREATE PUBLICATION … FOR TABLE …` and `ADD TABLE`.
    pub(super) fn publish(&mut self, publication: &Ident, tables: &[ObjectName]) {
        for table in tables {
            let table = self.schema.resolve(table);
            self.schema.edit_table(&table, |table| {
                table.publications.retain(|own| own != publication);
                table.publications.push(publication.clone());
            });
        }
    }

    /// `ALTER PUBLICATION … ADD | SET | DROP TABLE`.
    pub(super) fn alter_publication(&mut self, change: &ObjectChange) {
        let Some(publication) = change.name.as_ref().map(|name| &name.name) else { return };
        let tables = &change.tables;
        match change.option.as_str() {
            "add table" => self.publish(publication, tables),
            "set table" => {
                self.end_publication(publication);
                self.publish(publication, tables);
            }
            "drop table" if self.certain => {
                for table in tables {
                    let table = self.schema.resolve(table);
                    self.schema.edit_table(&table, |table| {
                        table.publications.retain(|own| own != publication);
                    });
                }
            }
            _ => {}
        }
    }

    /// A publication gets another name.
    pub(super) fn rename_publication(&mut self, old: &Ident, new: &Ident) {
        for table in self.published(old) {
            self.schema.edit_table(&table, |table| {
                table.publications.iter_mut().filter(|own| *own == old).for_each(|own| {
                    own.clone_from(new);
                });
            });
        }
    }

    /// A publication lists no table any more.
    pub(super) fn end_publication(&mut self, publication: &Ident) {
        if !self.certain {
            return;
        }
        for table in self.published(publication) {
            self.schema.edit_table(&table, |table| {
                table.publications.retain(|own| own != publication);
            });
        }
    }

    fn published(&self, publication: &Ident) -> Vec<RelationName> {
        self.schema.published(publication).cloned().collect()
    }
}
