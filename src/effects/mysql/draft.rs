//! Effects in the making.

use super::asked::Asked;
use super::changes::Change;
use super::read;
use super::shape::Shape;
use crate::effects::{
    Effects, Loss, MetadataLock, MetadataMode, Refusal, RefusalKind, Work, WorkKind,
};
use crate::migration::{Dialect, Ident, MysqlChange, ObjectName, TableChange, Target};
use crate::schema::{ConstraintBody, RelationName, Schema, Table, Trigger};

/// Effects in the making.
pub(super) struct Draft<'a> {
    /// The schema before the statement.
    pub schema: &'a Schema,
    /// The schema after it.
    pub after: &'a Schema,
    /// The server.
    pub target: &'a Target,
    /// What was found so far.
    pub effects: Effects,
}

impl<'a> Draft<'a> {
    /// The full name of a table.
    pub fn resolve(&self, name: &ObjectName) -> RelationName {
        self.schema.resolve(name)
    }

    /// The table, where anything is known of it.
    pub fn table(&self, name: &RelationName) -> Option<&'a Table> {
        self.schema.table(name).any()
    }

    /// The table as the engine sees it.
    pub fn shape(&self, name: &RelationName) -> Shape {
        read::shape(self.schema, name, self.target)
    }

    /// The table as the engine sees it after the statement, under its new name if it has one.
    pub fn shape_after(&self, name: &RelationName, changes: &[&TableChange]) -> Shape {
        let renamed = changes.iter().find_map(|change| match change {
            TableChange::Rename { new_name } => Some(name.sibling(new_name.clone())),
            TableChange::Mysql(MysqlChange::RenameTo(new_name)) => {
                Some(self.after.resolve(new_name))
            }
            _ => None,
        });
        read::shape(self.after, &renamed.unwrap_or_else(|| name.clone()), self.target)
    }

    /// Waits for everyone who uses the table, and keeps out who comes later.
    pub fn lock(&mut self, table: &RelationName, mode: MetadataMode) {
        self.effects.metadata_lock(MetadataLock { table: table.clone(), mode });
    }

    /// Locks that a change of a table takes: on the table, and in MySQL on the other side of foreign
    /// keys.
    pub fn lock_for_change(&mut self, name: &RelationName, asked: &Asked) {
        if self.schema.relation(name).known().is_none() {
            self.effects.known = false;
        }
        self.lock(name, MetadataMode::Exclusive);
        if !self.extends_locks() {
            return;
        }
        let children: Vec<RelationName> =
            self.references(name).into_iter().map(|(child, _, _)| child).collect();
        for child in children {
            self.lock(&child, MetadataMode::Exclusive);
        }
        let keys = [Change::AddForeignKey, Change::DropForeignKey];
        if asked.renames_table || asked.changes.any(|change| keys.contains(&change)) {
            self.lock_parents(name);
        }
    }

    /// The table that has a trigger, in the trigger's own database.
    pub fn table_of_trigger(&self, trigger: &RelationName) -> Option<RelationName> {
        let is_it = |own: &Trigger| own.name.as_str().eq_ignore_ascii_case(trigger.name.as_str());
        let mut tables =
            self.schema.relations().filter(|table| table.name.schema == trigger.schema);
        let table = tables.find(|it| it.as_table().is_some_and(|it| it.triggers.iter().any(is_it)));
        table.map(|table| table.name.clone())
    }

    /// Whether the table is surely not there.
    pub fn is_absent(&self, name: &RelationName) -> bool {
        self.schema.is_complete() && self.schema.relation(name).any().is_none()
    }

    /// Locks the tables that a new table's keys reference, in MySQL.
    pub fn lock_new_parents(&mut self, name: &RelationName) {
        if self.extends_locks() {
            self.lock_parents(name);
        }
    }

    /// Locks both sides of a dropped table's keys, in MySQL.
    pub fn lock_other_sides(&mut self, name: &RelationName) {
        if !self.extends_locks() {
            return;
        }
        self.lock_parents(name);
        let children: Vec<RelationName> =
            self.references(name).into_iter().map(|(child, _, _)| child).collect();
        for child in children {
            self.lock(&child, MetadataMode::Exclusive);
        }
    }

    /// Whether a change of a table locks the other side of foreign keys: MySQL from 8.0.
    fn extends_locks(&self) -> bool {
        self.target.dialect == Dialect::Mysql && self.target.at_least(8)
    }

    /// Locks the tables that keys of a table reference, before the statement or after it.
    pub fn lock_parents(&mut self, name: &RelationName) {
        let of = |schema: &Schema| -> Vec<(Ident, RelationName)> {
            let table = schema.table(name).any();
            let keys = table.into_iter().flat_map(|table| &table.constraints);
            keys.filter_map(|key| Some((key.name.clone(), key.references()?.clone()))).collect()
        };
        let (before, after) = (of(self.schema), of(self.after));
        let gone = before.iter().filter(|key| !after.contains(key));
        let new = after.iter().filter(|key| !before.contains(key));
        for (_, parent) in gone.chain(new) {
            if parent != name {
                self.lock(parent, MetadataMode::Exclusive);
            }
        }
    }

    /// Keys of other tables that reference this one: the table, the key, the columns named.
    pub fn references(&self, name: &RelationName) -> Vec<(RelationName, Ident, &'a [Ident])> {
        let others = self.schema.referencing(name).filter(|(child, _)| child.name != *name);
        let named = others.filter_map(|(child, key)| match &key.body {
            ConstraintBody::ForeignKey { referenced, .. } => {
                Some((child.name.clone(), key.name.clone(), referenced.as_slice()))
            }
            _ => None,
        });
        named.collect()
    }

    /// Whether a key of another table names the column.
    pub fn is_referenced(&self, name: &RelationName, column: &Ident) -> bool {
        self.references(name).iter().any(|(_, _, columns)| columns.contains(column))
    }

    /// Notes work once.
    pub fn work(&mut self, table: &RelationName, what: WorkKind) {
        if what != WorkKind::DataChange && !self.effects.scanned.contains(table) {
            self.effects.scanned.push(table.clone());
        }
        let work = Work { relation: table.clone(), what };
        if !self.effects.work.contains(&work) {
            self.effects.work.push(work);
        }
    }

    /// Every row of a table and all its indexes are made anew.
    pub fn rebuild(&mut self, table: &RelationName) {
        self.work(table, WorkKind::Rewrite);
        self.storage_replaced(table);
    }

    /// The storage of a table is replaced.
    pub fn storage_replaced(&mut self, table: &RelationName) {
        if !self.effects.rewritten.contains(table) {
            self.effects.rewritten.push(table.clone());
        }
    }

    /// Notes a loss once.
    pub fn lose(&mut self, loss: Loss) {
        self.effects.lose(loss);
    }

    /// The server refuses the statement.
    pub fn refuse(&mut self, refusal: impl Into<Refusal>) {
        let refusal = refusal.into();
        // What was run unseen may have dropped what stands against the statement, or made what it
        // names.
        let of_the_server = matches!(refusal.kind, RefusalKind::Unsupported | RefusalKind::Newer);
        if self.schema.is_clouded() && !of_the_server {
            self.effects.known = false;
            return;
        }
        self.effects.refused.get_or_insert(refusal);
    }
}
