//! Renames of tables and indexes.

use super::super::Applier;
use crate::migration::{Ident, ObjectName, TableTarget};
use crate::schema::{RelationBody, RelationName};

impl Applier<'_> {
    /// A table's new name; its indexes, which are named within it, follow, and so do the names
    /// that the server made of the table's.
    pub(in super::super) fn rename_mysql_table(&mut self, target: &TableTarget, new: &ObjectName) {
        let Some(old) = self.altered(target) else { return };
        let new = match &new.schema {
            Some(schema) => RelationName::new(self.schema.database(schema), new.name.clone()),
            None if target.name.schema.is_some() => old.sibling(new.name.clone()),
            None => self.schema.creation_name(&new.name),
        };
        if old == new {
            return;
        }
        if self.schema.relations.contains_key(&new) {
            self.drop_relation(&new, true);
        }
        let indexes: Vec<Ident> = self
            .schema
            .indexes_of(&old)
            .map(|(relation, _)| Ident::caseless(relation.name.within(&old)))
            .collect();
        self.schema.rename_relation(&old, &new);
        for index in indexes {
            let (from, to) = (index_of(&old, &index), index_of(&new, &index));
            self.schema.rename_relation(&from, &to);
        }
        self.rename_made_names(&old, &new);
        self.touched(&new);
    }

    fn rename_made_names(&mut self, old: &RelationName, new: &RelationName) {
        let made =
            |label: &str| (format!("{}_{label}_", old.name), format!("{}_{label}_", new.name));
        let prefixes = [made("ibfk"), made("chk")];
        self.schema.edit_table(new, |table| {
            for constraint in &mut table.constraints {
                for (before, after) in &prefixes {
                    let number = constraint.name.as_str().strip_prefix(before.as_str());
                    if let Some(number) = number.filter(|text| text.parse::<u32>().is_ok()) {
                        constraint.name = Ident::caseless(&format!("{after}{number}"));
                        break;
                    }
                }
            }
        });
    }

    pub(super) fn rename_mysql_index(&mut self, table: &RelationName, old: &Ident, new: &Ident) {
        let (from, to) = (index_of(table, old), index_of(table, new));
        if from == to || !self.schema.relations.contains_key(&from) {
            return;
        }
        self.schema.rename_relation(&from, &to);
        self.schema.edit(&to, |relation| {
            if let RelationBody::Index(index) = &mut relation.body
                && index.constraint.is_some()
            {
                index.constraint = Some(new.clone());
            }
        });
        self.schema.edit_table(table, |table| {
            let served = table.constraints.iter_mut().filter(|own| own.index() == Some(&to));
            served.for_each(|own| own.name = new.clone());
        });
        self.touched(table);
    }
}

fn index_of(table: &RelationName, index: &Ident) -> RelationName {
    RelationName::of_index(table, index)
}
