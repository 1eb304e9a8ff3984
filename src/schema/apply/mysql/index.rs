//! Indexes: made, named as the server names them, dropped.

use super::super::Applier;
use super::super::add_constraint::empty_index;
use super::PRIMARY;
use crate::migration::{CreateIndex, Deferral, Ident, IndexedColumn, ObjectName, Validity};
use crate::schema::{ConstraintBody, Index, RelationBody, RelationName};

impl Applier<'_> {
    pub(in super::super) fn create_mysql_index(&mut self, def: &CreateIndex) {
        let table = self.needed_table(&def.table);
        let index = Index {
            unique: def.unique,
            method: def.method.clone(),
            columns: def.columns.clone(),
            visible: !def.attributes.invisible,
            ..empty_index(&table)
        };
        let Some(name) = self.index_name(&table, def.name.as_ref(), &def.columns) else { return };
        let full = RelationName::of_index(&table, &name);
        if def.attributes.or_replace && self.certain {
            self.drop_relation(&full, true);
        }
        if !self.free_for(&full, def.if_not_exists) {
            return;
        }
        if def.unique {
            let columns = plain_columns(&index);
            let body = ConstraintBody::Unique { columns, index: full, nulls_not_distinct: false };
            self.put_mysql_key(&table, name, body, index);
        } else {
            self.put_mysql_plain_index(&table, &full, index);
        }
    }

    fn put_mysql_plain_index(&mut self, table: &RelationName, full: &RelationName, index: Index) {
        self.put_new(full.clone(), true, RelationBody::Index(index));
        self.replace_implied(table, full);
    }

    /// Stores a key with its index.
    pub(super) fn put_mysql_key(
        &mut self,
        table: &RelationName,
        name: Ident,
        body: ConstraintBody,
        index: Index,
    ) {
        let Some(full) = key_index(&body).cloned() else { return };
        let index = Index { constraint: Some(name.clone()), ..index };
        self.put_new(full.clone(), true, RelationBody::Index(index));
        let key = self.new_constraint(name, body, Validity::Valid, Deferral::NotDeferrable);
        self.schema.edit_table(table, |table| table.constraints.push(key));
        self.replace_implied(table, &full);
    }

    /// The name of an index: as written, or after its first column; `None` where the table has an
    /// index of the written name, which the server refuses.
    pub(super) fn index_name(
        &self,
        table: &RelationName,
        written: Option<&Ident>,
        columns: &[IndexedColumn],
    ) -> Option<Ident> {
        if let Some(name) = written {
            return Some(name.clone());
        }
        let first = columns.first().and_then(|column| column.column.as_ref());
        let base = first.map_or("functional_index", Ident::as_str);
        let base = if base.eq_ignore_ascii_case(PRIMARY) { "primary_2" } else { base };
        let is_free = |name: &Ident| {
            !self.schema.relations.contains_key(&RelationName::of_index(table, name))
        };
        let plain = Ident::caseless(base);
        if is_free(&plain) {
            return Some(plain);
        }
        (2..100).map(|number| Ident::caseless(&format!("{base}_{number}"))).find(is_free)
    }

    /// An index that the server made for a foreign key goes as soon as another one serves it.
    fn replace_implied(&mut self, table: &RelationName, made: &RelationName) {
        let Some(new) = self.schema.index(made).any() else { return };
        if new.method != "btree" {
            return;
        }
        let columns = plain_columns(new);
        self.drop_implied_but(table, &columns, Some(made));
    }

    /// Drops the indexes that the server made and that one on these columns serves as well.
    pub(super) fn drop_implied(&mut self, table: &RelationName, columns: &[Ident]) {
        self.drop_implied_but(table, columns, None);
    }

    fn drop_implied_but(
        &mut self,
        table: &RelationName,
        columns: &[Ident],
        kept: Option<&RelationName>,
    ) {
        let gone: Vec<RelationName> = self
            .schema
            .indexes_of(table)
            .filter(|(relation, index)| {
                Some(&relation.name) != kept
                    && index.implied
                    && columns.starts_with(&plain_columns(index))
            })
            .map(|(relation, _)| relation.name.clone())
            .collect();
        for name in gone {
            self.drop_relation(&name, true);
        }
    }

    /// `DROP INDEX i ON t`.
    pub(in super::super) fn drop_mysql_indexes(
        &mut self,
        names: &[ObjectName],
        table: &ObjectName,
    ) {
        let table = self.schema.resolve(table);
        for name in names {
            self.drop_mysql_index(&table, &name.name);
        }
    }

    pub(super) fn drop_mysql_index(&mut self, table: &RelationName, name: &Ident) {
        let full = RelationName::of_index(table, name);
        if self.certain {
            self.drop_relation(&full, true);
        } else {
            self.doubt(&full);
        }
    }

    pub(super) fn set_index_visibility(
        &mut self,
        table: &RelationName,
        name: &Ident,
        visible: bool,
    ) {
        self.schema.edit(&RelationName::of_index(table, name), |relation| {
            if let RelationBody::Index(index) = &mut relation.body {
                index.visible = visible;
            }
        });
    }
}

fn key_index(body: &ConstraintBody) -> Option<&RelationName> {
    match body {
        ConstraintBody::PrimaryKey { index, .. } | ConstraintBody::Unique { index, .. } => {
            Some(index)
        }
        _ => None,
    }
}

/// The whole columns that an index begins with.
pub(super) fn plain_columns(index: &Index) -> Vec<Ident> {
    let whole = index.columns.iter().map_while(|key| match key.prefix {
        None => key.column.clone(),
        Some(_) => None,
    });
    whole.collect()
}
