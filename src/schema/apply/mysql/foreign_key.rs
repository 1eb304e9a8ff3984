//! Foreign keys, and the indexes that the server makes for them.

use super::super::Applier;
use super::super::add_constraint::empty_index;
use super::super::columns::plain;
use super::index::plain_columns;
use crate::migration::{Deferral, ForeignKeyTarget, Ident, IndexedColumn, Validity};
use crate::schema::{ConstraintBody, Index, RelationBody, RelationName};

impl Applier<'_> {
    pub(super) fn add_mysql_foreign_key(
        &mut self,
        table: &RelationName,
        written: Option<&Ident>,
        columns: &[Ident],
        target: &ForeignKeyTarget,
    ) {
        let referenced_table = self.needed_table(&target.table);
        let name = match written {
            Some(name) => name.clone(),
            None => self.foreign_key_name(table),
        };
        let body = ConstraintBody::ForeignKey {
            columns: columns.to_vec(),
            referenced: self.referenced_columns(&referenced_table, &target.columns),
            table: referenced_table,
            on_delete: target.on_delete,
            on_update: target.on_update,
        };
        let key = self.new_constraint(name, body, Validity::Valid, Deferral::NotDeferrable);
        self.schema.edit_table(table, |table| table.constraints.push(key));
        self.index_for_key(table, written, columns);
    }

    /// `t_ibfk_1`, with the next free number.
    fn foreign_key_name(&self, table: &RelationName) -> Ident {
        let prefix = format!("{}_ibfk_", table.name).to_lowercase();
        let numbers = self.schema.table_of(table).into_iter().flat_map(|table| &table.constraints);
        let last = numbers
            .filter_map(|own| own.name.folded().strip_prefix(&prefix)?.parse::<u32>().ok())
            .max();
        Ident::caseless(&format!("{}_ibfk_{}", table.name, last.unwrap_or(0) + 1))
    }

    /// A foreign key needs an index that begins with its columns; where there is none, the server
    /// makes one.
    fn index_for_key(&mut self, table: &RelationName, written: Option<&Ident>, columns: &[Ident]) {
        let serves = |index: &Index| {
            let key = plain_columns(index);
            let first = key.get(..columns.len()).unwrap_or(&[]);
            index.method == "btree"
                && !first.is_empty()
                && columns.iter().all(|column| first.contains(column))
        };
        // Of two that the server made, the newer stays, unless it is the shorter one.
        let keeps = |index: &Index| {
            serves(index) && (!index.implied || index.columns.len() > columns.len())
        };
        if self.schema.indexes_of(table).any(|(_, index)| keeps(index)) {
            return;
        }
        self.drop_implied(table, columns);
        let key: Vec<IndexedColumn> = columns.iter().map(plain).collect();
        let free = written.filter(|name| {
            !self.schema.relations.contains_key(&RelationName::of_index(table, name))
        });
        let Some(name) = self.index_name(table, free, &key) else { return };
        let index = Index { columns: key, implied: true, ..empty_index(table) };
        let full = RelationName::of_index(table, &name);
        self.put_new(full, true, RelationBody::Index(index));
    }
}
