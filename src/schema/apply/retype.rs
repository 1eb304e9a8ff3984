//! `ALTER COLUMN … TYPE`.

use super::Applier;
use crate::migration::{Ident, SqlType};
use crate::schema::{Column, RelationBody, RelationName};

impl Applier<'_> {
    /// Gives a column, its copies and its identity sequence another type.
    pub(super) fn retype_column(
        &mut self,
        table: &RelationName,
        column: &Ident,
        data_type: &SqlType,
    ) {
        let mut data_type = self.bound_type(data_type);
        if let Some(base) = data_type.serial_base() {
            data_type = SqlType::simple(base.as_str());
        }
        self.each_copy(table, column, false, |column| retype(column, &data_type));
        let Some(sequence) = self.identity_sequence(table, column) else { return };
        self.schema.edit(&sequence, |relation| {
            if let RelationBody::Sequence(sequence) = &mut relation.body {
                sequence.data_type = Some(data_type.clone());
            }
        });
    }

    fn identity_sequence(&self, table: &RelationName, column: &Ident) -> Option<RelationName> {
        let column = self.schema.table_of(table)?.column(column)?;
        column.identity.and(column.sequence.clone())
    }
}

fn retype(column: &mut Column, data_type: &SqlType) {
    column.data_type = Some(data_type.clone());
}
