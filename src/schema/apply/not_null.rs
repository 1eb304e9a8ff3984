//! Not-null: a flag of the column, from 18 on with a named constraint beside it.

use super::Applier;
use crate::migration::{Deferral, Ident, Validity};
use crate::schema::naming::{Avoid, truncated};
use crate::schema::{Constraint, ConstraintBody, RelationName, Table};

impl Applier<'_> {
    /// Makes a column not-null, in partitions and children too.
    pub(super) fn set_not_null(
        &mut self,
        table: &RelationName,
        column: &Ident,
        name: Option<&Ident>,
    ) {
        let name = self.put_not_null(table, column, name, false);
        for child in self.descendant_names(table) {
            self.put_not_null(&child, column, name.as_ref(), true);
        }
    }

    /// Marks the column and names the constraint where the server does. Gives the name.
    pub(super) fn put_not_null(
        &mut self,
        table: &RelationName,
        column: &Ident,
        name: Option<&Ident>,
        inherited: bool,
    ) -> Option<Ident> {
        let certain = self.certain;
        self.schema.edit_table(table, |table| {
            for column in table.columns.iter_mut().filter(|own| own.name == *column) {
                column.not_null = true;
                column.certain &= certain;
            }
        });
        self.names_not_null().then(|| self.put_named_not_null(table, column, name, inherited))?
    }

    fn put_named_not_null(
        &mut self,
        table: &RelationName,
        column: &Ident,
        name: Option<&Ident>,
        inherited: bool,
    ) -> Option<Ident> {
        let body = self.schema.table_of(table)?;
        if let Some(known) = not_null_of(body, column) {
            return Some(known.name.clone());
        }
        let name = match name {
            Some(name) if body.constraint(name).is_none() => truncated(name),
            _ => {
                let parts = (table.name.as_str(), Some(column.as_str()), "not_null");
                self.schema.free_name(&table.schema, parts, Avoid::Constraints).name
            }
        };
        let body = ConstraintBody::NotNull { column: column.clone(), no_inherit: false };
        let constraint = Constraint {
            name: name.clone(),
            body,
            validity: Validity::Valid,
            deferral: Deferral::NotDeferrable,
            inherited,
            local: !inherited,
            certain: self.certain,
            born: self.clock(),
        };
        self.schema.edit_table(table, |table| table.constraints.push(constraint));
        Some(name)
    }

    /// Makes a column nullable, in partitions and children too.
    pub(super) fn drop_not_null(&mut self, table: &RelationName, column: &Ident) {
        let mut tables = vec![table.clone()];
        tables.extend(self.descendant_names(table));
        for table in tables {
            self.schema.edit_table(&table, |table| {
                for column in table.columns.iter_mut().filter(|own| own.name == *column) {
                    column.not_null = false;
                }
                table.constraints.retain(|constraint| !is_not_null_of(constraint, column));
            });
        }
    }
}

fn is_not_null_of(constraint: &Constraint, name: &Ident) -> bool {
    matches!(&constraint.body, ConstraintBody::NotNull { column, .. } if column == name)
}

fn not_null_of<'a>(table: &'a Table, column: &Ident) -> Option<&'a Constraint> {
    table.constraints.iter().find(|constraint| is_not_null_of(constraint, column))
}
