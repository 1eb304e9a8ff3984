//! Columns: defined, put in their place, defined anew.

use super::super::Applier;
use super::super::columns::NewColumn;
use super::charset;
use crate::migration::{
    ColumnConstraint, ColumnDef, ColumnPosition, ConstraintKind, Dialect, Expr, Ident,
    TableConstraint,
};
use crate::schema::{Column, ConstraintBody, RelationBody, RelationName, Table};

impl Applier<'_> {
    /// Puts a new column; gives the constraints that its definition holds.
    pub(super) fn put_mysql_column(
        &mut self,
        table: &RelationName,
        def: &ColumnDef,
        position: Option<&ColumnPosition>,
    ) -> Vec<TableConstraint> {
        let (column, constraints) = self.defined_column(table, def);
        self.schema.edit_table(table, |table| place(table, column, position));
        constraints
    }

    /// A column as its definition says, in its table.
    fn defined_column(
        &mut self,
        table: &RelationName,
        def: &ColumnDef,
    ) -> (Column, Vec<TableConstraint>) {
        let NewColumn { mut column, not_null, mut constraints } = self.new_column(table, def);
        column.not_null |= not_null.is_some() || column.attributes().auto_increment;
        let is_key = |constraint: &TableConstraint| {
            matches!(constraint.kind, ConstraintKind::PrimaryKey { .. })
        };
        column.not_null |= constraints.iter().any(is_key);
        self.implicit_timestamp(table, def, &mut column);
        if let Some(body) = self.schema.table_of(table) {
            charset::inherit(&mut column, body.storage());
        }
        if def.constraints.contains(&ColumnConstraint::Other("BINARY".to_owned())) {
            charset::compare_bytes(&mut column);
        }
        if self.is_mariadb() {
            name_checks(&mut constraints, &def.name);
        } else if !self.context.target.at_least(9) {
            // Before 9 a column's own REFERENCES is read and forgotten.
            constraints.retain(|own| !matches!(own.kind, ConstraintKind::ForeignKey { .. }));
        }
        (column, constraints)
    }

    /// Where the server's `explicit_defaults_for_timestamp` is off by default, a timestamp without
    /// `NULL` is not null, and the first one follows the clock.
    fn implicit_timestamp(&self, table: &RelationName, def: &ColumnDef, column: &mut Column) {
        let target = self.context.target;
        let explicit = match target.dialect {
            Dialect::Mariadb => target.at_least_version(10, 10),
            _ => target.at_least(8),
        };
        let is_timestamp = column.data_type.as_ref().is_some_and(|it| it.is("timestamp"));
        if explicit || !is_timestamp || def.constraints.contains(&ColumnConstraint::Null) {
            return;
        }
        column.not_null = true;
        if column.default.is_some() || column.generated.is_some() {
            return;
        }
        let is_timestamp =
            |column: &Column| column.data_type.as_ref().is_some_and(|it| it.is("timestamp"));
        let is_first = self
            .schema
            .table_of(table)
            .is_some_and(|table| !table.columns.iter().any(is_timestamp));
        if is_first {
            let now = || Expr::unknown("CURRENT_TIMESTAMP");
            column.default = Some(now());
            let mut attributes = column.attributes.take().unwrap_or_default();
            attributes.on_update.get_or_insert_with(now);
            column.attributes = Some(attributes);
        } else {
            column.default = Some(Expr::unknown("'0000-00-00 00:00:00'"));
        }
    }

    pub(super) fn add_mysql_column(
        &mut self,
        table: &RelationName,
        def: &ColumnDef,
        if_missing: bool,
        position: Option<&ColumnPosition>,
    ) {
        let Some(body) = self.schema.table_of(table) else { return self.doubt(table) };
        if let Some(column) = body.column(&def.name) {
            if !if_missing && column.certain {
                self.doubt(table);
            }
            return;
        }
        let may_exist = if_missing && !body.columns_known;
        let (mut column, constraints) = self.defined_column(table, def);
        column.certain &= !may_exist;
        self.schema.edit_table(table, |table| place(table, column, position));
        for constraint in &constraints {
            self.add_mysql_constraint(table, constraint);
        }
    }

    /// `MODIFY` and `CHANGE`: all that the definition does not repeat is gone, but for keys.
    pub(super) fn redefine_column(
        &mut self,
        table: &RelationName,
        old: &Ident,
        def: &ColumnDef,
        position: Option<&ColumnPosition>,
        if_exists: bool,
    ) {
        let Some(body) = self.schema.table_of(table) else { return self.doubt(table) };
        let Some(known) = body.column(old).cloned() else {
            if !if_exists {
                self.unknown_column(table, def);
            }
            return;
        };
        if *old != def.name {
            self.rename_column(table, old, &def.name);
        }
        if self.is_mariadb() {
            self.drop_inline_checks(table, &def.name);
        }
        let (mut column, constraints) = self.defined_column(table, def);
        column.not_null |= self.is_key_column(table, &def.name);
        (column.born, column.certain) = (known.born, known.certain && self.certain);
        self.schema.edit_table(table, |table| replace(table, column, position));
        for constraint in &constraints {
            self.add_mysql_constraint(table, constraint);
        }
    }

    /// A column that is altered exists, whatever the replay knows of its table.
    fn unknown_column(&mut self, table: &RelationName, def: &ColumnDef) {
        let known = self.schema.table_of(table).is_some_and(|table| table.columns_known);
        let (mut column, _) = self.defined_column(table, def);
        (column.born, column.certain) = (0, !known && self.certain);
        self.schema.edit_table(table, |table| table.columns.push(column));
        if known {
            self.doubt(table);
        }
    }

    fn is_key_column(&self, table: &RelationName, column: &Ident) -> bool {
        let key = self.schema.table_of(table).and_then(Table::primary_key);
        key.is_some_and(|key| key.columns().contains(column))
    }

    /// MariaDB keeps a check that stands in a column's definition with the column.
    fn drop_inline_checks(&mut self, table: &RelationName, column: &Ident) {
        self.schema.edit_table(table, |table| {
            table.constraints.retain(|own| {
                own.name != *column || !matches!(own.body, ConstraintBody::Check { .. })
            });
        });
    }

    /// `DROP COLUMN`: indexes lose the column, and vanish with their last one.
    pub(super) fn drop_mysql_column(
        &mut self,
        table: &RelationName,
        column: &Ident,
        cascade: bool,
    ) {
        if !self.certain {
            return self.each_copy(table, column, true, |column| column.certain = false);
        }
        if self.schema.table_of(table).is_none_or(|body| body.column(column).is_none()) {
            return;
        }
        let shrunk: Vec<RelationName> = self
            .schema
            .indexes_of(table)
            .filter(|(_, index)| {
                index.columns.len() > 1
                    && index.columns.iter().any(|key| key.column.as_ref() == Some(column))
            })
            .map(|(relation, _)| relation.name.clone())
            .collect();
        for name in shrunk {
            self.schema.edit(&name, |relation| {
                if let RelationBody::Index(index) = &mut relation.body {
                    index.columns.retain(|key| key.column.as_ref() != Some(column));
                }
            });
        }
        self.schema.edit_table(table, |table| {
            for constraint in &mut table.constraints {
                if let ConstraintBody::PrimaryKey { columns, .. }
                | ConstraintBody::Unique { columns, .. } = &mut constraint.body
                    && columns.len() > 1
                {
                    columns.retain(|own| own != column);
                }
            }
        });
        self.drop_own_column(table, column, cascade);
    }
}

/// A check in a column's definition is called like the column.
fn name_checks(constraints: &mut [TableConstraint], column: &Ident) {
    for constraint in constraints {
        if matches!(constraint.kind, ConstraintKind::Check { .. }) {
            constraint.name = Some(column.clone());
        }
    }
}

fn place(table: &mut Table, column: Column, position: Option<&ColumnPosition>) {
    let at = match position {
        None => None,
        Some(ColumnPosition::First) => Some(0),
        Some(ColumnPosition::After(name)) => {
            table.columns.iter().position(|known| known.name == *name).map(|at| at + 1)
        }
    };
    table.columns.insert(at.unwrap_or(table.columns.len()), column);
}

fn replace(table: &mut Table, column: Column, position: Option<&ColumnPosition>) {
    let Some(at) = table.columns.iter().position(|known| known.name == column.name) else { return };
    if position.is_some() {
        table.columns.remove(at);
        place(table, column, position);
    } else if let Some(known) = table.columns.get_mut(at) {
        *known = column;
    }
}
