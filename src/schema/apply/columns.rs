//! Columns: made, added, changed. Serial and identity bring their sequences.

use super::Applier;
use crate::migration::{
    ColumnChange, ColumnConstraint, ColumnDef, ConstraintKind, Deferral, Expr, Ident, Identity,
    IndexedColumn, SqlType, TableConstraint, Validity,
};
use crate::schema::expr::nextval;
use crate::schema::naming::Avoid;
use crate::schema::{Column, ColumnAttributes, Generated, RelationBody, RelationName, Sequence};
use crate::source::Span;

/// A column with what its definition makes beside it.
pub(super) struct NewColumn {
    /// The column.
    pub column: Column,
    /// Not-null, with its name where one was written.
    pub not_null: Option<Option<Ident>>,
    /// Its other constraints, in the order written.
    pub constraints: Vec<TableConstraint>,
}

impl Applier<'_> {
    /// A column as its definition says. Its sequence is stored, the rest is the caller's.
    pub(super) fn new_column(&mut self, table: &RelationName, def: &ColumnDef) -> NewColumn {
        let mut new = NewColumn {
            column: self.bare_column(&def.name, def.data_type.as_ref()),
            not_null: None,
            constraints: Vec::new(),
        };
        if let Some(base) = def.data_type.as_ref().and_then(SqlType::serial_base)
            && !self.is_sqlite()
        {
            new.column.data_type = Some(SqlType::simple(base.as_str()));
            let sequence = self.owned_sequence(table, &def.name, false);
            new.column.default = Some(nextval(&sequence));
            new.column.sequence = Some(sequence);
            new.not_null = Some(None);
        }
        for constraint in &def.constraints {
            self.column_constraint(table, constraint, &mut new);
        }
        new
    }

    /// A nullable column of a type.
    pub(super) fn bare_column(&self, name: &Ident, data_type: Option<&SqlType>) -> Column {
        Column {
            name: name.clone(),
            data_type: data_type.map(|data_type| self.bound_type(data_type)),
            not_null: false,
            default: None,
            identity: None,
            generated: None,
            sequence: None,
            attributes: None,
            inherited: false,
            local: true,
            certain: self.certain,
            born: self.clock(),
        }
    }

    fn column_constraint(
        &mut self,
        table: &RelationName,
        constraint: &ColumnConstraint,
        new: &mut NewColumn,
    ) {
        match constraint {
            ColumnConstraint::NotNull { name } => {
                let named = new.not_null.take().flatten();
                new.not_null = Some(named.or_else(|| name.clone()));
            }
            ColumnConstraint::Default(expr) if expr.is_null() => new.column.default = None,
            ColumnConstraint::Default(expr) => new.column.default = Some(self.schema.bind(expr)),
            ColumnConstraint::Identity(identity) => {
                new.column.identity = Some(*identity);
                new.column.sequence = Some(self.owned_sequence(table, &new.column.name, true));
                new.not_null.get_or_insert(None);
            }
            ColumnConstraint::Generated { expr, stored } => {
                let expr = self.schema.bind(expr);
                new.column.generated = Some(Generated { expr, stored: *stored });
            }
            ColumnConstraint::Collate(collation) => {
                if let Some(data_type) = &mut new.column.data_type {
                    data_type.collation = Some(collation.clone());
                }
            }
            ColumnConstraint::Null | ColumnConstraint::Other(_) => {}
            other if set_attribute(&mut new.column, other) => {}
            other => new.constraints.extend(table_constraint(&new.column.name, other)),
        }
    }

    /// The sequence of a serial or identity column, `t_c_seq`.
    pub(super) fn owned_sequence(
        &mut self,
        table: &RelationName,
        column: &Ident,
        identity: bool,
    ) -> RelationName {
        let parts = (table.name.as_str(), Some(column.as_str()), "seq");
        let name = self.schema.free_name(&table.schema, parts, Avoid::Relations);
        let owned_by = Some((table.clone(), column.clone()));
        let sequence = Sequence { owned_by, identity, ..Sequence::default() };
        self.put_new(name.clone(), true, RelationBody::Sequence(sequence));
        name
    }

    pub(super) fn add_column(&mut self, table: &RelationName, def: &ColumnDef, if_missing: bool) {
        let Some(body) = self.schema.table_of(table) else { return self.doubt(table) };
        if let Some(column) = body.column(&def.name) {
            if if_missing {
                self.orphan_sequence(table, def);
            } else if column.certain {
                self.doubt(table);
            }
            return;
        }
        // On a table of which not all columns are known it may have been there before.
        let may_exist = if_missing && !body.columns_known;
        let mut new = self.new_column(table, def);
        new.column.certain &= !may_exist;
        let column = new.column.clone();
        self.schema.edit_table(table, |table| table.columns.push(column));
        if let Some(name) = new.not_null {
            self.set_not_null(table, &def.name, name.as_ref());
        }
        self.pass_on_column(table, &def.name);
        for constraint in &new.constraints {
            self.add_constraint(table, constraint, false);
        }
    }

    /// Before 13 `ADD COLUMN IF NOT EXISTS c serial` makes the sequence even if the column is
    /// there.
    fn orphan_sequence(&mut self, table: &RelationName, def: &ColumnDef) {
        let serial = def.data_type.as_ref().is_some_and(|it| it.serial_base().is_some());
        if serial && !self.is_sqlite() && !self.context.target.at_least(13) {
            self.owned_sequence(table, &def.name, false);
        }
    }

    /// Gives a new column of a parent to its partitions and children.
    fn pass_on_column(&mut self, table: &RelationName, column: &Ident) {
        let Some(parent) = self.schema.table_of(table) else { return };
        let Some(column) = parent.column(column).cloned() else { return };
        for child in self.descendant_names(table) {
            self.schema.edit_table(&child, |table| {
                match table.columns.iter_mut().find(|own| own.name == column.name) {
                    Some(own) => own.inherited = true,
                    None => table.columns.push(Column {
                        inherited: true,
                        local: false,
                        sequence: None,
                        ..column.clone()
                    }),
                }
            });
        }
    }

    /// Partitions and children at any depth.
    pub(super) fn descendant_names(&self, table: &RelationName) -> Vec<RelationName> {
        self.schema.descendants(table).into_iter().map(|child| child.name.clone()).collect()
    }

    pub(super) fn alter_column(
        &mut self,
        table: &RelationName,
        column: &Ident,
        change: &ColumnChange,
        only: bool,
    ) {
        self.needed_column(table, column);
        match change {
            ColumnChange::SetNotNull => self.set_not_null(table, column, None),
            ColumnChange::DropNotNull => self.drop_not_null(table, column),
            ColumnChange::Type { data_type, .. } => self.retype_column(table, column, data_type),
            ColumnChange::AddIdentity(identity) => self.add_identity(table, column, *identity),
            ColumnChange::DropIdentity { .. } => self.drop_identity(table, column),
            _ => {
                let bound = self.bound_change(change);
                self.each_copy(table, column, only, |column| change_column(column, &bound));
            }
        }
        if !self.certain {
            self.each_copy(table, column, only, |column| column.certain = false);
        }
    }

    /// A column that is altered exists, whatever the replay knows of its table.
    fn needed_column(&mut self, table: &RelationName, name: &Ident) {
        let Some(body) = self.schema.table_of(table) else { return };
        if body.column(name).is_some() {
            return;
        }
        let column = Column { certain: false, born: 0, ..self.bare_column(name, None) };
        let known = body.columns_known;
        self.schema.edit_table(table, |table| table.columns.push(column));
        if known {
            self.doubt(table);
        }
    }

    fn bound_change(&self, change: &ColumnChange) -> ColumnChange {
        match change {
            ColumnChange::SetDefault(expr) => ColumnChange::SetDefault(self.schema.bind(expr)),
            ColumnChange::SetExpression(expr) => {
                ColumnChange::SetExpression(self.schema.bind(expr))
            }
            other => other.clone(),
        }
    }

    /// Changes a column of a table and its copies in partitions and children.
    pub(super) fn each_copy(
        &mut self,
        table: &RelationName,
        name: &Ident,
        only: bool,
        change: impl Fn(&mut Column),
    ) {
        let mut tables = vec![table.clone()];
        if !only {
            tables.extend(self.descendant_names(table));
        }
        for table in tables {
            self.schema.edit_table(&table, |table| {
                table.columns.iter_mut().filter(|column| column.name == *name).for_each(&change);
            });
        }
    }

    fn add_identity(&mut self, table: &RelationName, name: &Ident, identity: Identity) {
        let sequence = self.owned_sequence(table, name, true);
        self.schema.edit_table(table, |table| {
            for column in table.columns.iter_mut().filter(|column| column.name == *name) {
                column.identity = Some(identity);
                column.sequence = Some(sequence.clone());
            }
        });
    }

    fn drop_identity(&mut self, table: &RelationName, name: &Ident) {
        let sequence = self.schema.edit_table(table, |table| {
            let column = table.columns.iter_mut().find(|column| column.name == *name)?;
            column.identity.take().and(column.sequence.take())
        });
        if let Some(sequence) = sequence.flatten() {
            self.drop_relation(&sequence, true);
        }
    }
}

/// Attributes that MySQL and MariaDB alone know.
fn set_attribute(column: &mut Column, constraint: &ColumnConstraint) -> bool {
    let mut attributes = column.attributes.take().unwrap_or_default();
    let known = match constraint {
        ColumnConstraint::AutoIncrement => {
            attributes.auto_increment = true;
            true
        }
        ColumnConstraint::Charset(charset) => {
            attributes.character_set =
                charset.character_set.clone().or_else(|| attributes.character_set.take());
            attributes.collation =
                charset.collation.clone().or_else(|| attributes.collation.take());
            true
        }
        ColumnConstraint::Comment(comment) => {
            attributes.comment = Some(comment.clone());
            true
        }
        ColumnConstraint::Visible(visible) => {
            attributes.invisible = !visible;
            true
        }
        ColumnConstraint::OnUpdate(expr) => {
            attributes.on_update = Some(expr.clone());
            true
        }
        ColumnConstraint::SystemVersioning(versioned) => {
            attributes.versioned = Some(*versioned);
            true
        }
        _ => false,
    };
    column.attributes = Some(attributes).filter(|found| **found != ColumnAttributes::default());
    known
}

fn change_column(column: &mut Column, change: &ColumnChange) {
    match change {
        ColumnChange::SetDefault(expr) if expr.is_null() => column.default = None,
        ColumnChange::SetDefault(expr) => column.default = Some(expr.clone()),
        ColumnChange::DropDefault => column.default = None,
        ColumnChange::SetIdentity { mode: Some(identity), .. } => {
            column.identity = Some(*identity);
        }
        ColumnChange::DropExpression { .. } => column.generated = None,
        ColumnChange::SetExpression(expr) => set_expression(column, expr),
        _ => {}
    }
}

fn set_expression(column: &mut Column, expr: &Expr) {
    match &mut column.generated {
        Some(generated) => generated.expr = expr.clone(),
        None => column.generated = Some(Generated { expr: expr.clone(), stored: true }),
    }
}

/// A key column that is a plain column.
pub(super) fn plain(column: &Ident) -> IndexedColumn {
    IndexedColumn { column: Some(column.clone()), ..IndexedColumn::default() }
}

/// A column constraint as the table constraint that it stands for.
fn table_constraint(column: &Ident, constraint: &ColumnConstraint) -> Option<TableConstraint> {
    let (name, kind, deferral, validity) = match constraint {
        ColumnConstraint::PrimaryKey { name, .. } => {
            let columns = vec![plain(column)];
            let kind =
                ConstraintKind::PrimaryKey { columns, include: vec![], without_overlaps: false };
            (name, kind, Deferral::default(), Validity::default())
        }
        ColumnConstraint::Unique { name, deferral, nulls_not_distinct } => {
            let kind = ConstraintKind::Unique {
                columns: vec![plain(column)],
                include: vec![],
                nulls_not_distinct: *nulls_not_distinct,
                without_overlaps: false,
            };
            (name, kind, *deferral, Validity::default())
        }
        ColumnConstraint::Check { name, expr, validity, no_inherit } => {
            let kind = ConstraintKind::Check { expr: expr.clone(), no_inherit: *no_inherit };
            (name, kind, Deferral::default(), *validity)
        }
        ColumnConstraint::References { name, target, deferral, validity } => {
            let columns = vec![column.clone()];
            let kind =
                ConstraintKind::ForeignKey { columns, target: target.clone(), period: false };
            (name, kind, *deferral, *validity)
        }
        _ => return None,
    };
    Some(TableConstraint { span: Span::default(), name: name.clone(), kind, deferral, validity })
}
