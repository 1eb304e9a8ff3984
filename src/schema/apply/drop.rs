//! `DROP`, with everything that goes along.

use super::Applier;
use crate::migration::{DropObject, Ident, ObjectKind, ObjectName};
use crate::schema::links::Object;
use crate::schema::{Relation, RelationBody, RelationName, Table};

impl Applier<'_> {
    pub(super) fn drop_objects(&mut self, drop: &DropObject) {
        if let (ObjectKind::Index, Some(table)) = (drop.kind, &drop.table) {
            return self.drop_mysql_indexes(&drop.names, table);
        }
        for (at, name) in drop.names.iter().enumerate() {
            match drop.kind {
                ObjectKind::Table
                | ObjectKind::ForeignTable
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Index
                | ObjectKind::Sequence => self.drop_named_relation(name, drop.cascade),
                ObjectKind::Type | ObjectKind::Domain => self.drop_type(name, drop.cascade),
                ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                    let arguments = drop.arguments.get(at).and_then(Option::as_deref);
                    self.drop_routine(name, arguments, drop.cascade);
                }
                ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                    self.drop_table_member(drop.kind, drop.table.as_ref(), &name.name);
                }
                ObjectKind::Schema => self.drop_namespace(&name.name),
                ObjectKind::Extension if self.certain => {
                    self.schema.extensions.remove(&name.name);
                }
                ObjectKind::Collation if self.certain => {
                    if drop.cascade {
                        self.drop_collated(name);
                    }
                    self.drop_listed(drop.kind, name);
                }
                ObjectKind::Owned => self.drop_owned(name, drop.cascade),
                ObjectKind::Database => self.schema.clouded = true,
                kind => {
                    if self.certain && drop.cascade {
                        self.drop_needing(kind, name);
                    }
                    self.drop_listed(kind, name);
                }
            }
        }
    }

    fn drop_named_relation(&mut self, name: &ObjectName, cascade: bool) {
        let name = self.schema.resolve(name);
        if self.certain {
            self.drop_relation(&name, cascade);
        } else {
            self.doubt(&name);
        }
    }

    fn drop_listed(&mut self, kind: ObjectKind, name: &ObjectName) {
        if !self.certain {
            return;
        }
        let full = RelationName::of_qualified(name)
            .unwrap_or_else(|| self.schema.creation_name(&name.name));
        self.schema.objects.remove(&(kind, full));
        if kind == ObjectKind::Publication {
            self.end_publication(&name.name);
        }
    }

    /// Takes a relation out with what cannot be without it. Without `CASCADE` the server refuses
    /// to drop what others need; since the history went on, views that seem to read it are only
    /// uncertain.
    pub(super) fn drop_relation(&mut self, name: &RelationName, cascade: bool) {
        let mut queue = vec![name.clone()];
        while let Some(name) = queue.pop() {
            let Some(dropped) = self.schema.remove(&name) else { continue };
            self.forget_key(&dropped);
            for user in self.schema.relation_users(&Object::Relation(name.clone())) {
                self.drop_use(&name, &user, cascade, &mut queue);
            }
            if matches!(dropped.body, RelationBody::Table(_) | RelationBody::View(_)) {
                self.drop_type_users(&name);
            }
        }
    }

    /// A dropped index takes its constraint along.
    fn forget_key(&mut self, dropped: &Relation) {
        let RelationBody::Index(index) = &dropped.body else { return };
        let table = index.table.clone();
        let serves =
            |table: &Table| table.constraints.iter().any(|own| own.index() == Some(&dropped.name));
        if self.schema.table_of(&table).is_some_and(serves) {
            self.schema.edit_table(&table, |table| {
                table.constraints.retain(|own| own.index() != Some(&dropped.name));
            });
        }
    }

    fn drop_use(
        &mut self,
        name: &RelationName,
        user: &RelationName,
        cascade: bool,
        queue: &mut Vec<RelationName>,
    ) {
        let Some(relation) = self.schema.relations.get(user) else { return };
        match &relation.body {
            RelationBody::Index(_) | RelationBody::Sequence(_) => queue.push(user.clone()),
            RelationBody::View(_) if cascade => queue.push(user.clone()),
            RelationBody::View(_) => self.doubt(user),
            RelationBody::Table(table) => {
                let partition = table.partition_of.as_ref().is_some_and(|(own, _)| own == name);
                if partition || (cascade && table.inherits.contains(name)) {
                    queue.push(user.clone());
                    return;
                }
                // MySQL drops a referenced table only where keys are not checked, and SQLite at any
                // time, and the key stays: a table of the same name takes its place.
                if !self.is_mysql() && !self.is_sqlite() {
                    self.schema.edit_table(user, |table| forget_relation(table, name));
                }
            }
        }
    }

    /// Drops a type with the columns, functions and types over it.
    pub(super) fn drop_type(&mut self, name: &ObjectName, cascade: bool) {
        let Some(name) = self.schema.type_name(name) else { return };
        if !self.certain {
            return self.schema.edit_type(&name, |def| def.certain = false);
        }
        let mut queue = vec![name];
        while let Some(name) = queue.pop() {
            self.schema.remove_type(&name);
            if !cascade {
                continue;
            }
            for user in self.schema.users_of(&Object::Type(name.clone())) {
                if let Object::Type(user) = user {
                    queue.push(user.clone());
                }
            }
            self.drop_type_users(&name);
        }
    }

    /// Columns and functions of a type that is gone.
    fn drop_type_users(&mut self, name: &RelationName) {
        let users: Vec<Object> =
            self.schema.users_of(&Object::Type(name.clone())).cloned().collect();
        let full = name.to_object_name();
        for user in users {
            match user {
                Object::Relation(table) if self.is_of_type(&table, name) => {
                    self.drop_relation(&table, true);
                }
                Object::Relation(table) => {
                    let columns: Vec<Ident> =
                        self.schema.table_of(&table).map_or_else(Vec::new, |table| {
                            let over = table.columns.iter().filter(|column| {
                                column.data_type.as_ref().is_some_and(|it| it.name == full)
                            });
                            over.map(|column| column.name.clone()).collect()
                        });
                    for column in columns {
                        self.drop_own_column(&table, &column, true);
                    }
                }
                Object::Routine(routine) => self.schema.edit_routines(&routine, |routines| {
                    routines.retain(|routine| {
                        routine.result_type.as_ref() != Some(name)
                            && routine.arguments.iter().all(|argument| argument.name != full)
                    });
                }),
                Object::Type(_) | Object::Parent(_) | Object::Indexed(_) | Object::Column(..) => {}
            }
        }
    }

    /// Columns and indexes that sort by a collation that is dropped with `CASCADE`.
    fn drop_collated(&mut self, collation: &ObjectName) {
        self.drop_where(|body| match body {
            RelationBody::Index(index) => {
                index.columns.iter().any(|key| is_named(&key.collation, collation))
            }
            _ => false,
        });
        let mut columns = Vec::new();
        for relation in self.schema.relations() {
            let Some(table) = relation.as_table() else { continue };
            let collated = table.columns.iter().filter(|column| {
                column.data_type.as_ref().is_some_and(|ty| is_named(&ty.collation, collation))
            });
            columns.extend(collated.map(|column| (relation.name.clone(), column.name.clone())));
        }
        for (table, column) in columns {
            self.drop_own_column(&table, &column, true);
        }
    }

    /// Drops the relations that need an object of a kind that is modelled by its name alone.
    fn drop_needing(&mut self, kind: ObjectKind, name: &ObjectName) {
        match kind {
            ObjectKind::OperatorClass => self.drop_where(|body| match body {
                RelationBody::Index(index) => {
                    index.columns.iter().any(|key| is_named(&key.opclass, name))
                }
                _ => false,
            }),
            ObjectKind::Aggregate => self.drop_where(|body| match body {
                RelationBody::View(view) => {
                    view.query.functions().iter().any(|call| is_same(&call.name, name))
                }
                _ => false,
            }),
            _ => {}
        }
    }

    fn drop_where(&mut self, needs: impl Fn(&RelationBody) -> bool) {
        let needing = self.schema.relations().filter(|relation| needs(&relation.body));
        let names: Vec<RelationName> = needing.map(|relation| relation.name.clone()).collect();
        names.iter().for_each(|name| self.drop_relation(name, true));
    }

    fn is_of_type(&self, table: &RelationName, name: &RelationName) -> bool {
        self.schema.table_of(table).is_some_and(|table| table.of_type.as_ref() == Some(name))
    }

    /// `DROP SCHEMA`: with `CASCADE` everything in it goes; without it, it was empty.
    fn drop_namespace(&mut self, namespace: &Ident) {
        let from = RelationName::new(namespace.clone(), RelationName::first().name);
        let inside = |name: &RelationName| name.schema == *namespace;
        let later = from..;
        let relations: Vec<RelationName> = self
            .schema
            .relations
            .range(later.clone())
            .map(|(name, _)| name.clone())
            .take_while(inside)
            .collect();
        if !self.certain {
            relations.iter().for_each(|name| self.doubt(name));
            return;
        }
        for name in relations {
            self.drop_relation(&name, true);
        }
        let types = self.schema.types.range(later.clone()).map(|(name, _)| name.clone());
        let types: Vec<RelationName> = types.take_while(inside).collect();
        for name in types {
            self.drop_type(&name.to_object_name(), true);
        }
        let routines = self.schema.routines.range(later).map(|(name, _)| name.clone());
        let routines: Vec<RelationName> = routines.take_while(inside).collect();
        for name in routines {
            self.drop_routine(&name.to_object_name(), None, true);
        }
        self.schema.namespaces.remove(namespace);
    }
}

fn is_named(written: &Option<ObjectName>, name: &ObjectName) -> bool {
    written.as_ref().is_some_and(|written| is_same(written, name))
}

/// Whether two names mean the same, as far as schemas are written.
fn is_same(one: &ObjectName, other: &ObjectName) -> bool {
    let schemas = one.schema.as_ref().zip(other.schema.as_ref());
    one.name == other.name && schemas.is_none_or(|(one, other)| one == other)
}

fn forget_relation(table: &mut Table, name: &RelationName) {
    table.constraints.retain(|constraint| constraint.references() != Some(name));
    table.inherits.retain(|parent| parent != name);
    table.policies.retain(|policy| !policy.reads.contains(name));
    table.rules.retain(|rule| !rule.writes.contains(name));
    for column in &mut table.columns {
        if column.sequence.as_ref() == Some(name) {
            column.sequence = None;
        }
        let uses = column.default.as_ref().is_some_and(|expr| uses_sequence(expr, name));
        if uses {
            column.default = None;
        }
    }
}

fn uses_sequence(expr: &crate::migration::Expr, name: &RelationName) -> bool {
    expr.functions().iter().any(|call| {
        crate::schema::expr::sequence_of(call)
            .and_then(|sequence| RelationName::of_qualified(&sequence))
            .as_ref()
            == Some(name)
    })
}
