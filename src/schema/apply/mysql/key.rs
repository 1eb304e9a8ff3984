//! Constraints: added and dropped, named as the server names them.

use super::super::Applier;
use super::super::add_constraint::empty_index;
use super::PRIMARY;
use crate::migration::{
    ConstraintKind, Deferral, Expr, Ident, IndexedColumn, TableConstraint, Validity,
};
use crate::schema::{ConstraintBody, Index, RelationName, Table};

impl Applier<'_> {
    pub(in super::super) fn add_mysql_constraint(
        &mut self,
        table: &RelationName,
        constraint: &TableConstraint,
    ) {
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns, .. } => self.add_primary_key(table, columns),
            ConstraintKind::Unique { columns, .. } => {
                self.add_unique_key(table, constraint.name.as_ref(), columns);
            }
            ConstraintKind::Check { expr, .. } => {
                self.add_mysql_check(table, constraint, expr);
            }
            ConstraintKind::ForeignKey { columns, target, .. } => {
                self.add_mysql_foreign_key(table, constraint.name.as_ref(), columns, target);
            }
            _ => {}
        }
    }

    fn add_primary_key(&mut self, table: &RelationName, columns: &[IndexedColumn]) {
        let name = Ident::caseless(PRIMARY);
        let index = RelationName::of_index(table, &name);
        if self.schema.table_of(table).is_some_and(|table| table.primary_key().is_some()) {
            return self.doubt(table);
        }
        let key: Vec<Ident> = columns.iter().filter_map(|key| key.column.clone()).collect();
        for column in &key {
            self.put_not_null(table, column, None, false);
        }
        let body = ConstraintBody::PrimaryKey { columns: key, index };
        let index = Index { unique: true, columns: columns.to_vec(), ..empty_index(table) };
        self.put_mysql_key(table, name, body, index);
    }

    fn add_unique_key(
        &mut self,
        table: &RelationName,
        written: Option<&Ident>,
        columns: &[IndexedColumn],
    ) {
        let Some(name) = self.index_name(table, written, columns) else { return };
        let full = RelationName::of_index(table, &name);
        if self.schema.relations.contains_key(&full) {
            return self.doubt(table);
        }
        let key = columns.iter().filter_map(|key| key.column.clone()).collect();
        let body = ConstraintBody::Unique { columns: key, index: full, nulls_not_distinct: false };
        let index = Index { unique: true, columns: columns.to_vec(), ..empty_index(table) };
        self.put_mysql_key(table, name, body, index);
    }

    fn add_mysql_check(&mut self, table: &RelationName, constraint: &TableConstraint, expr: &Expr) {
        let expr = self.schema.bind(expr);
        let name = match &constraint.name {
            Some(name) => name.clone(),
            None => self.check_name(table),
        };
        let body = ConstraintBody::Check { expr, no_inherit: false };
        let check = self.new_constraint(name, body, constraint.validity, Deferral::NotDeferrable);
        self.schema.edit_table(table, |table| table.constraints.push(check));
    }

    /// `t_chk_1` in MySQL, `CONSTRAINT_1` in MariaDB.
    fn check_name(&self, table: &RelationName) -> Ident {
        let prefix = match self.is_mariadb() {
            true => "CONSTRAINT_".to_owned(),
            false => format!("{}_chk_", table.name),
        };
        let is_free = |name: &Ident| {
            self.schema.table_of(table).is_none_or(|table| table.constraint(name).is_none())
        };
        let mut number = 1_usize;
        loop {
            let name = Ident::caseless(&format!("{prefix}{number}"));
            if is_free(&name) {
                return name;
            }
            number += 1;
        }
    }

    pub(super) fn drop_primary_key(&mut self, table: &RelationName) {
        self.drop_mysql_index(table, &Ident::caseless(PRIMARY));
    }

    /// `DROP FOREIGN KEY`, `DROP CHECK`: the index behind a foreign key stays.
    pub(super) fn drop_plain_constraint(&mut self, table: &RelationName, name: &Ident) {
        let certain = self.certain;
        self.schema.edit_table(table, |table| {
            if certain {
                table.constraints.retain(|own| own.name != *name || own.index().is_some());
            } else {
                let named = table.constraints.iter_mut().filter(|own| own.name == *name);
                named.for_each(|own| own.certain = false);
            }
        });
    }

    /// `DROP CONSTRAINT` of any kind.
    pub(super) fn drop_mysql_constraint(&mut self, table: &RelationName, name: &Ident) {
        let known = self.schema.table_of(table).and_then(|table| table.constraint(name));
        match known.and_then(|own| own.index()).cloned() {
            Some(index) if self.certain => self.drop_relation(&index, true),
            Some(index) => self.doubt(&index),
            None => self.drop_plain_constraint(table, name),
        }
    }

    pub(super) fn set_enforced(&mut self, table: &RelationName, name: &Ident, enforced: bool) {
        let validity = if enforced { Validity::Valid } else { Validity::NotEnforced };
        self.schema.edit_table(table, |table: &mut Table| {
            let named = table.constraints.iter_mut().filter(|own| own.name == *name);
            named.for_each(|own| own.validity = validity);
        });
    }
}
