//! Columns, constraints, triggers, policies and rules dropped from a table.

use super::Applier;
use crate::migration::{Expr, Ident, ObjectKind, ObjectName};
use crate::schema::links::Object;
use crate::schema::{Constraint, ConstraintBody, Index, RelationBody, RelationName, Table};

impl Applier<'_> {
    /// Drops a column, from partitions and children that inherited it too.
    pub(super) fn drop_column(
        &mut self,
        table: &RelationName,
        column: &Ident,
        cascade: bool,
        only: bool,
    ) {
        if !self.certain {
            return self.each_copy(table, column, only, |column| column.certain = false);
        }
        let heirs = if only { self.child_names(table) } else { self.descendant_names(table) };
        for child in heirs {
            let own = self.schema.table_of(&child).and_then(|child| child.column(column));
            let Some(own) = own.filter(|own| own.inherited) else { continue };
            if own.local || only {
                self.keep_column(&child, column);
            } else {
                self.drop_own_column(&child, column, cascade);
            }
        }
        self.drop_own_column(table, column, cascade);
    }

    fn child_names(&self, table: &RelationName) -> Vec<RelationName> {
        self.schema.children(table).map(|child| child.name.clone()).collect()
    }

    /// A column that the parent no longer has is the child's own, with the checks on it.
    fn keep_column(&mut self, table: &RelationName, column: &Ident) {
        self.schema.edit_table(table, |table| {
            for own in table.columns.iter_mut().filter(|own| own.name == *column) {
                own.inherited = false;
                own.local = true;
            }
        });
    }

    /// Drops a column of one table with all that is made of it.
    pub(super) fn drop_own_column(&mut self, table: &RelationName, column: &Ident, cascade: bool) {
        let mut queue = vec![column.clone()];
        while let Some(column) = queue.pop() {
            let Some(body) = self.schema.table_of(table) else { return };
            if body.column(&column).is_none() && body.columns_known {
                continue;
            }
            queue.extend(generated_from(body, &column));
            self.drop_column_users(table, &column, cascade);
            self.schema.edit_table(table, |table| forget_column(table, &column, cascade));
        }
    }

    /// Indexes, sequences, foreign keys and views over a column.
    fn drop_column_users(&mut self, table: &RelationName, column: &Ident, cascade: bool) {
        let indexes = self.schema.indexes_of(table).filter(|(_, index)| uses(index, column));
        let mut gone: Vec<RelationName> =
            indexes.map(|(relation, _)| relation.name.clone()).collect();
        for user in self.column_users(table, column) {
            match self.schema.relations.get(&user).map(|relation| &relation.body) {
                Some(RelationBody::Sequence(_)) => gone.push(user),
                Some(RelationBody::View(_)) if cascade => gone.push(user),
                _ => {}
            }
        }
        for name in gone {
            self.drop_relation(&name, true);
        }
        self.drop_references(table, column, |referenced| referenced.contains(column));
    }

    /// Relations that name this column: referencing tables, views, the sequence that it owns.
    pub(super) fn column_users(&self, table: &RelationName, column: &Ident) -> Vec<RelationName> {
        self.schema.relation_users(&Object::Column(table.clone(), column.clone()))
    }

    /// Foreign keys of any table that point at these columns of this one.
    fn drop_references(
        &mut self,
        table: &RelationName,
        column: &Ident,
        points: impl Fn(&[Ident]) -> bool,
    ) {
        let goes = |constraint: &Constraint| match &constraint.body {
            ConstraintBody::ForeignKey { table: target, referenced, .. } => {
                target == table && points(referenced)
            }
            _ => false,
        };
        let owners = self.column_users(table, column);
        for owner in owners.iter().chain([table]) {
            self.schema.edit_table(owner, |table| table.constraints.retain(|own| !goes(own)));
        }
    }

    pub(super) fn drop_constraint(
        &mut self,
        table: &RelationName,
        name: &Ident,
        cascade: bool,
        only: bool,
    ) {
        let Some(constraint) =
            self.schema.table_of(table).and_then(|table| table.constraint(name)).cloned()
        else {
            return;
        };
        let mut tables = vec![table.clone()];
        if only {
            // From now on it is their own.
            self.each_constraint(&self.child_names(table), name, |own| {
                own.inherited = false;
                own.local = true;
            });
        } else {
            tables.extend(self.descendant_names(table));
        }
        if !self.certain {
            return self.each_constraint(&tables, name, |own| own.certain = false);
        }
        if cascade && constraint.index().is_some() {
            let key = constraint.columns().to_vec();
            if let Some(first) = key.first() {
                self.drop_references(table, first, |referenced| referenced == key.as_slice());
            }
        }
        for (at, table) in tables.iter().enumerate() {
            self.schema.edit_table(table, |table| {
                table.constraints.retain(|own| match at {
                    0 => own.name != *name,
                    _ => !own.inherited || !is_copy(own, &constraint),
                });
                if let ConstraintBody::NotNull { column, .. } = &constraint.body {
                    let same = table.columns.iter_mut().filter(|own| own.name == *column);
                    same.for_each(|column| column.not_null = false);
                }
            });
        }
        if let Some(index) = constraint.index() {
            self.drop_relation(index, cascade);
        }
    }

    fn each_constraint(
        &mut self,
        tables: &[RelationName],
        name: &Ident,
        change: impl Fn(&mut Constraint),
    ) {
        for table in tables {
            self.schema.edit_table(table, |table| {
                table.constraints.iter_mut().filter(|own| own.name == *name).for_each(&change);
            });
        }
    }

    pub(super) fn drop_table_member(
        &mut self,
        kind: ObjectKind,
        table: Option<&ObjectName>,
        name: &Ident,
    ) {
        let table = match table {
            Some(table) => self.schema.resolve(table),
            // SQLite names the trigger alone.
            None => match self.table_of_trigger(name) {
                Some(table) => table,
                None => return,
            },
        };
        if !self.certain {
            return self.doubt(&table);
        }
        let mut tables = vec![table.clone()];
        if kind == ObjectKind::Trigger {
            tables.extend(self.partition_names(&table));
        }
        for table in tables {
            self.schema.edit(&table, |relation| match &mut relation.body {
                RelationBody::Table(table) => match kind {
                    ObjectKind::Trigger => table.triggers.retain(|own| own.name != *name),
                    ObjectKind::Policy => table.policies.retain(|own| own.name != *name),
                    _ => table.rules.retain(|rule| rule.name != *name),
                },
                RelationBody::View(view) => view.triggers.retain(|own| own.name != *name),
                RelationBody::Index(_) | RelationBody::Sequence(_) => {}
            });
        }
    }

    fn table_of_trigger(&self, name: &Ident) -> Option<RelationName> {
        let has = |table: &Table| table.triggers.iter().any(|trigger| trigger.name == *name);
        self.schema
            .relations()
            .find(|relation| relation.as_table().is_some_and(has))
            .map(|relation| relation.name.clone())
    }
}

/// Whether a partition's or child's constraint came with the parent's: foreign keys may have other
/// names there, keys go with their index.
fn is_copy(own: &Constraint, parent: &Constraint) -> bool {
    let is_key = parent.references().is_some();
    own.name == parent.name || (is_key && own.body == parent.body)
}

fn uses(index: &Index, column: &Ident) -> bool {
    let in_expr = |expr: &Expr| expr.columns().contains(column);
    index.include.contains(column)
        || index.predicate.as_ref().is_some_and(in_expr)
        || index.columns.iter().any(|key| {
            key.column.as_ref() == Some(column) || key.expr.as_ref().is_some_and(in_expr)
        })
}

fn generated_from(table: &Table, column: &Ident) -> Vec<Ident> {
    let over = table.columns.iter().filter(|other| {
        let generated = other.generated.as_ref();
        generated.is_some_and(|generated| generated.expr.columns().contains(column))
    });
    over.map(|column| column.name.clone()).filter(|name| name != column).collect()
}

fn forget_column(table: &mut Table, column: &Ident, cascade: bool) {
    table.columns.retain(|own| own.name != *column);
    table.constraints.retain(|own| !own.columns().contains(column));
    if cascade {
        table.triggers.retain(|trigger| !trigger.columns.contains(column));
        table.policies.retain(|policy| !policy.columns.contains(column));
    }
}
