//! Renames and moves between schemas; everything that names the object follows.

use super::Applier;
use crate::migration::{Ident, ObjectChange, ObjectKind, TableTarget};
use crate::schema::expr::rename_column;
use crate::schema::naming::truncated;
use crate::schema::{ConstraintBody, Index, RelationBody, RelationName, Table};

impl Applier<'_> {
    pub(super) fn rename_relation(&mut self, target: &TableTarget, new_name: &Ident) {
        let Some(old) = self.altered(target) else { return };
        let new = old.sibling(truncated(new_name));
        self.move_relation(&old, &new);
    }

    /// Gives a relation another full name; an index that serves a constraint renames it too.
    fn move_relation(&mut self, old: &RelationName, new: &RelationName) {
        if old == new {
            return;
        }
        if self.schema.relations.contains_key(new) {
            self.drop_relation(new, true);
        }
        self.schema.rename_relation(old, new);
        self.touched(new);
        let served = self.schema.index(new).any();
        let Some((table, constraint)) =
            served.and_then(|index| Some((index.table.clone(), index.constraint.clone()?)))
        else {
            return;
        };
        self.schema.edit_table(&table, |table| {
            let own = table.constraints.iter_mut().filter(|own| own.name == constraint);
            own.for_each(|own| own.name = new.name.clone());
        });
        self.name_constraint_in_index(new);
    }

    fn name_constraint_in_index(&mut self, index: &RelationName) {
        self.schema.edit(index, |relation| {
            if let RelationBody::Index(body) = &mut relation.body {
                body.constraint = Some(index.name.clone());
            }
        });
    }

    /// `SET SCHEMA`: indexes and owned sequences move along.
    pub(super) fn set_schema(&mut self, name: &RelationName, schema: &Ident) {
        let new = RelationName::new(schema.clone(), name.name.clone());
        if *name == new {
            return;
        }
        let along: Vec<RelationName> = self
            .schema
            .dependents(name)
            .filter(|user| match &user.body {
                RelationBody::Index(index) => index.table == *name,
                RelationBody::Sequence(_) => true,
                RelationBody::Table(_) | RelationBody::View(_) => false,
            })
            .map(|user| user.name.clone())
            .collect();
        self.move_relation(name, &new);
        for name in along {
            let new = RelationName::new(schema.clone(), name.name.clone());
            self.move_relation(&name, &new);
        }
    }

    pub(super) fn rename_column(&mut self, table: &RelationName, old: &Ident, new: &Ident) {
        let new = truncated(new);
        let mut tables = vec![table.clone()];
        tables.extend(self.descendant_names(table));
        for table in tables {
            self.schema.edit(&table, |relation| match &mut relation.body {
                RelationBody::Table(table) => rename_in_table(table, old, &new),
                RelationBody::View(view) => {
                    let columns = view.columns.iter_mut().flatten();
                    columns.filter(|column| *column == old).for_each(|own| *own = new.clone());
                }
                RelationBody::Index(_) | RelationBody::Sequence(_) => {}
            });
            let mut users = self.column_users(&table, old);
            users.extend(self.schema.indexes_of(&table).map(|(index, _)| index.name.clone()));
            for user in users.iter().chain([&table]) {
                self.schema.edit(user, |relation| {
                    rename_in_user(&mut relation.body, &table, old, &new);
                });
            }
        }
        if !self.certain {
            self.each_copy(table, &new, false, |column| column.certain = false);
            self.doubt(table);
        }
    }

    pub(super) fn rename_constraint(&mut self, table: &RelationName, old: &Ident, new: &Ident) {
        let new = truncated(new);
        let known = self.schema.table_of(table).and_then(|table| table.constraint(old));
        if let Some(index) = known.and_then(|constraint| constraint.index()).cloned() {
            let renamed = index.sibling(new);
            return self.move_relation(&index, &renamed);
        }
        let mut tables = vec![table.clone()];
        if known.is_some_and(|own| own.references().is_none()) {
            tables.extend(self.descendant_names(table));
        }
        for table in tables {
            self.schema.edit_table(&table, |table| {
                let own = table.constraints.iter_mut().filter(|own| own.name == *old);
                own.for_each(|own| own.name = new.clone());
            });
        }
        self.touched(table);
    }

    /// `ALTER` of what is modelled by its kind alone.
    pub(super) fn alter_object(&mut self, change: &ObjectChange) {
        if change.kind == ObjectKind::Owned {
            return self.reassign(change);
        }
        let Some(new) = &change.new_name else { return self.alter_other(change) };
        let moves = change.option.contains("schema");
        let (Some(name), true) = (&change.name, moves || change.option.contains("rename")) else {
            return self.alter_other(change);
        };
        let renamed = |old: &RelationName| match moves {
            true => RelationName::new(new.clone(), old.name.clone()),
            false => old.sibling(truncated(new)),
        };
        match change.kind {
            ObjectKind::Type | ObjectKind::Domain => {
                let Some(old) = self.schema.type_name(name) else { return };
                self.schema.rename_type(&old, &renamed(&old));
                if !self.certain {
                    self.schema.edit_type(&renamed(&old), |def| def.certain = false);
                }
            }
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                let Some(old) = self.schema.routine_name(name) else { return };
                self.schema.rename_routines(&old, &renamed(&old));
            }
            ObjectKind::Schema => self.rename_namespace(&name.name, new),
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                self.rename_member(change, &name.name, new);
            }
            ObjectKind::Extension => {}
            kind => {
                if kind == ObjectKind::Publication {
                    self.rename_publication(&name.name, new);
                }
                let old = RelationName::of_qualified(name)
                    .unwrap_or_else(|| self.schema.creation_name(&name.name));
                self.schema.objects.remove(&(kind, old.clone()));
                self.schema.objects.insert((kind, renamed(&old)));
            }
        }
    }

    /// Changes of a type that are not modelled leave it uncertain.
    fn alter_other(&mut self, change: &ObjectChange) {
        if change.kind == ObjectKind::Publication {
            return self.alter_publication(change);
        }
        let is_type = matches!(change.kind, ObjectKind::Type | ObjectKind::Domain);
        if !is_type || change.option.contains("owner") {
            return;
        }
        let name = change.name.as_ref().and_then(|name| self.schema.type_name(name));
        if let Some(name) = name {
            self.schema.edit_type(&name, |def| def.certain = false);
        }
    }

    fn rename_member(&mut self, change: &ObjectChange, old: &Ident, new: &Ident) {
        let Some(table) = change.tables.first() else { return };
        let name = self.schema.resolve(table);
        let mut tables = vec![name.clone()];
        if change.kind == ObjectKind::Trigger {
            tables.extend(self.partition_names(&name));
        }
        let follow = |own: &mut Ident| {
            if own == old {
                *own = new.clone();
            }
        };
        for table in tables {
            self.schema.edit_table(&table, |table| match change.kind {
                ObjectKind::Trigger => {
                    table.triggers.iter_mut().for_each(|own| follow(&mut own.name));
                }
                ObjectKind::Policy => {
                    table.policies.iter_mut().for_each(|own| follow(&mut own.name));
                }
                _ => table.rules.iter_mut().for_each(|rule| follow(&mut rule.name)),
            });
        }
    }

    fn rename_namespace(&mut self, old: &Ident, new: &Ident) {
        let from = RelationName::new(old.clone(), RelationName::first().name);
        let inside = |name: &RelationName| name.schema == *old;
        let renamed = |name: &RelationName| RelationName::new(new.clone(), name.name.clone());
        let names = self.schema.relations.range(from.clone()..).map(|(name, _)| name.clone());
        for name in names.take_while(inside).collect::<Vec<_>>() {
            self.schema.rename_relation(&name, &renamed(&name));
        }
        let names = self.schema.types.range(from.clone()..).map(|(name, _)| name.clone());
        for name in names.take_while(inside).collect::<Vec<_>>() {
            self.schema.rename_type(&name, &renamed(&name));
        }
        let names = self.schema.routines.range(from..).map(|(name, _)| name.clone());
        for name in names.take_while(inside).collect::<Vec<_>>() {
            self.schema.rename_routines(&name, &renamed(&name));
        }
        self.schema.namespaces.remove(old);
        self.schema.namespaces.insert(new.clone());
    }
}

fn follow(name: &mut Ident, old: &Ident, new: &Ident) {
    if name == old {
        *name = new.clone();
    }
}

/// A table's own column and what the table says of it.
fn rename_in_table(table: &mut Table, old: &Ident, new: &Ident) {
    table.columns.iter_mut().for_each(|column| follow(&mut column.name, old, new));
    table.exprs_mut().for_each(|expr| rename_column(expr, old, new));
    for constraint in &mut table.constraints {
        match &mut constraint.body {
            ConstraintBody::PrimaryKey { columns, .. }
            | ConstraintBody::Unique { columns, .. }
            | ConstraintBody::ForeignKey { columns, .. }
            | ConstraintBody::Exclude { columns, .. } => {
                columns.iter_mut().for_each(|column| follow(column, old, new));
            }
            ConstraintBody::NotNull { column, .. } => follow(column, old, new),
            ConstraintBody::Check { .. } => {}
        }
    }
    for key in table.partitioning.iter_mut().flat_map(|partitioning| &mut partitioning.key) {
        key.column.iter_mut().for_each(|column| follow(column, old, new));
        key.expr.iter_mut().for_each(|expr| rename_column(expr, old, new));
    }
    for trigger in &mut table.triggers {
        trigger.columns.iter_mut().for_each(|column| follow(column, old, new));
        trigger.when.iter_mut().for_each(|expr| rename_column(expr, old, new));
    }
    for policy in &mut table.policies {
        policy.columns.iter_mut().for_each(|column| follow(column, old, new));
    }
}

/// What other relations say of a column of `table`.
fn rename_in_user(body: &mut RelationBody, table: &RelationName, old: &Ident, new: &Ident) {
    match body {
        RelationBody::Index(index) if index.table == *table => rename_in_index(index, old, new),
        RelationBody::Index(_) => {}
        RelationBody::View(view) => {
            let used = view.columns_used.iter_mut().filter(|(relation, _)| relation == table);
            used.for_each(|(_, column)| follow(column, old, new));
        }
        RelationBody::Sequence(sequence) => {
            let owner = sequence.owned_by.iter_mut().filter(|(owner, _)| owner == table);
            owner.for_each(|(_, column)| follow(column, old, new));
        }
        RelationBody::Table(user) => {
            for constraint in &mut user.constraints {
                if let ConstraintBody::ForeignKey { table: target, referenced, .. } =
                    &mut constraint.body
                    && target == table
                {
                    referenced.iter_mut().for_each(|column| follow(column, old, new));
                }
            }
        }
    }
}

fn rename_in_index(index: &mut Index, old: &Ident, new: &Ident) {
    for key in &mut index.columns {
        key.column.iter_mut().for_each(|column| follow(column, old, new));
        key.expr.iter_mut().for_each(|expr| rename_column(expr, old, new));
    }
    index.include.iter_mut().for_each(|column| follow(column, old, new));
    index.predicate.iter_mut().for_each(|expr| rename_column(expr, old, new));
}
