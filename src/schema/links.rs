//! What an object names: the edges between relations, types and functions.
//!
//! The store derives both directions from these lists whenever an object is written, so the edges
//! are exact by construction. Renames go through [`Relation::rename_link`] and its siblings.

use super::expr::{renamed_sequence, sequence_of};
use super::{
    ConstraintBody, Relation, RelationBody, RelationName, Routine, Table, TypeBody, TypeDef,
};
use crate::migration::{Expr, Ident, ObjectName, SqlType};
use std::sync::Arc;

/// Something that may be named by something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    /// A relation.
    Relation(RelationName),
    /// A type; row types of tables have the table's name.
    Type(RelationName),
    /// All functions of one name.
    Routine(RelationName),
    /// A table as the parent of partitions and children, who name it so beside its name.
    Parent(RelationName),
    /// A column, named by foreign keys that reference it, views that read it, sequences that it
    /// owns.
    Column(RelationName, Ident),
    /// A relation as the owner of indexes, who name it so beside its name.
    Indexed(RelationName),
}

/// That one object names another; all edges to an object stand together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    /// What is named.
    pub(super) named: Object,
    /// What names it.
    pub(super) user: Object,
}

impl Edge {
    /// What stands before every edge to an object.
    pub(super) fn first(named: Object) -> Self {
        Self { named, user: Object::Relation(RelationName::first()) }
    }
}

impl Relation {
    /// What this relation names, sorted, without itself.
    pub(super) fn links(&self) -> Vec<Object> {
        let mut links = Vec::new();
        match &self.body {
            RelationBody::Table(table) => table_links(table, &mut links),
            RelationBody::Index(index) => {
                links.push(Object::Relation(index.table.clone()));
                links.push(Object::Indexed(index.table.clone()));
                links.extend(index.parent.clone().map(Object::Relation));
                let keys = index.columns.iter().filter_map(|column| column.expr.as_ref());
                keys.chain(&index.predicate).for_each(|expr| expr_links(expr, &mut links));
            }
            RelationBody::View(view) => {
                links.extend(view.reads.iter().cloned().map(Object::Relation));
                links.extend(view.functions.iter().cloned().map(Object::Routine));
                let used = view.columns_used.iter().cloned();
                links.extend(used.map(|(relation, column)| Object::Column(relation, column)));
                trigger_links(&view.triggers, &mut links);
            }
            RelationBody::Sequence(sequence) => {
                let owner = sequence.owned_by.as_ref();
                links.extend(owner.map(|(table, _)| Object::Relation(table.clone())));
                let column = owner.cloned().map(|(table, column)| Object::Column(table, column));
                links.extend(column);
            }
        }
        finish(links, &Object::Relation(self.name.clone()))
    }

    /// Follows the rename of a relation.
    pub(super) fn rename_link(&mut self, old: &RelationName, new: &RelationName) {
        let follow = |name: &mut RelationName| {
            if name == old {
                *name = new.clone();
            }
        };
        match &mut self.body {
            RelationBody::Table(table) => rename_in_table(table, old, new),
            RelationBody::Index(index) => {
                follow(&mut index.table);
                index.parent.iter_mut().for_each(follow);
            }
            RelationBody::View(view) => {
                view.reads.iter_mut().for_each(follow);
                view.columns_used.iter_mut().for_each(|(name, _)| follow(name));
            }
            RelationBody::Sequence(sequence) => {
                sequence.owned_by.iter_mut().for_each(|(name, _)| follow(name));
            }
        }
    }

    /// Follows the rename of a type.
    pub(super) fn rename_type(&mut self, old: &RelationName, new: &RelationName) {
        if let RelationBody::Table(table) = &mut self.body {
            if table.of_type.as_ref() == Some(old) {
                table.of_type = Some(new.clone());
            }
            let types = table.columns.iter_mut().filter_map(|column| column.data_type.as_mut());
            types.for_each(|data_type| rename_type(data_type, old, new));
        }
    }

    /// Follows the rename of a function.
    pub(super) fn rename_routine(&mut self, old: &RelationName, new: &RelationName) {
        let follow = |name: &mut ObjectName| {
            if names(name, old) {
                *name = new.to_object_name();
            }
        };
        match &mut self.body {
            RelationBody::Table(table) => {
                table.triggers.iter_mut().flat_map(|t| t.function.as_mut()).for_each(follow);
                for expr in table.exprs_mut() {
                    rename_call(expr, old, new);
                }
            }
            RelationBody::View(view) => {
                view.triggers.iter_mut().flat_map(|t| t.function.as_mut()).for_each(follow);
                view.functions.iter_mut().filter(|name| *name == old).for_each(|name| {
                    *name = new.clone();
                });
            }
            RelationBody::Index(index) => {
                let keys = index.columns.iter_mut().filter_map(|column| column.expr.as_mut());
                keys.chain(&mut index.predicate).for_each(|expr| rename_call(expr, old, new));
            }
            RelationBody::Sequence(_) => {}
        }
    }

    /// Constraint names that it takes in its schema.
    pub(super) fn constraint_names(&self) -> Vec<Ident> {
        self.as_table().map_or_else(Vec::new, |table| {
            table.constraints.iter().map(|constraint| constraint.name.clone()).collect()
        })
    }
}

impl Table {
    /// Every expression that the table holds.
    pub(super) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let columns = self.columns.iter().flat_map(|column| {
            column.default.iter().chain(column.generated.as_ref().map(|generated| &generated.expr))
        });
        let checks = self.constraints.iter().filter_map(|constraint| match &constraint.body {
            ConstraintBody::Check { expr, .. } => Some(expr),
            _ => None,
        });
        columns.chain(checks)
    }

    /// Every expression that the table holds, to be changed.
    pub(super) fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let columns = self.columns.iter_mut().flat_map(|column| {
            let generated = column.generated.as_mut().map(|generated| &mut generated.expr);
            column.default.iter_mut().chain(generated)
        });
        let checks =
            self.constraints.iter_mut().filter_map(|constraint| match &mut constraint.body {
                ConstraintBody::Check { expr, .. } => Some(expr),
                _ => None,
            });
        columns.chain(checks)
    }
}

impl TypeDef {
    /// What this type names, sorted.
    pub(super) fn links(&self) -> Vec<Object> {
        let mut links = Vec::new();
        match &self.body {
            TypeBody::Domain { base, default, checks, .. } => {
                type_link(base, &mut links);
                let checks = checks.iter().map(|(_, expr, _)| expr);
                checks.chain(default).for_each(|expr| expr_links(expr, &mut links));
            }
            TypeBody::Composite { attributes } => {
                attributes.iter().for_each(|(_, data_type)| type_link(data_type, &mut links));
            }
            TypeBody::Enum { .. } | TypeBody::Other => {}
        }
        finish(links, &Object::Type(self.name.clone()))
    }

    /// Follows the rename of a type.
    pub(super) fn rename_type(&mut self, old: &RelationName, new: &RelationName) {
        match &mut self.body {
            TypeBody::Domain { base, .. } => rename_type(base, old, new),
            TypeBody::Composite { attributes } => {
                attributes.iter_mut().for_each(|(_, data_type)| rename_type(data_type, old, new));
            }
            TypeBody::Enum { .. } | TypeBody::Other => {}
        }
    }

    /// Constraint names that it takes in its schema.
    pub(super) fn constraint_names(&self) -> Vec<Ident> {
        match &self.body {
            TypeBody::Domain { checks, .. } => {
                checks.iter().map(|(name, _, _)| name.clone()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What the functions of one name use, sorted.
pub(super) fn routine_links(name: &RelationName, routines: &[Arc<Routine>]) -> Vec<Object> {
    let mut links = Vec::new();
    for routine in routines {
        routine.arguments.iter().for_each(|argument| type_link(argument, &mut links));
        links.extend(routine.result_type.clone().map(Object::Type));
    }
    finish(links, &Object::Routine(name.clone()))
}

/// Follows the rename of a type in a function's signature.
pub(super) fn rename_type_in_routine(
    routine: &mut Routine,
    old: &RelationName,
    new: &RelationName,
) {
    routine.arguments.iter_mut().for_each(|argument| rename_type(argument, old, new));
    if routine.result_type.as_ref() == Some(old) {
        routine.result_type = Some(new.clone());
    }
}

fn finish(mut links: Vec<Object>, own: &Object) -> Vec<Object> {
    links.retain(|link| link != own);
    links.sort_unstable();
    links.dedup();
    links
}

fn table_links(table: &Table, links: &mut Vec<Object>) {
    links.extend(table.parents().cloned().map(Object::Relation));
    links.extend(table.parents().cloned().map(Object::Parent));
    links.extend(table.of_type.clone().map(Object::Type));
    for column in &table.columns {
        links.extend(column.sequence.clone().map(Object::Relation));
        column.data_type.iter().for_each(|data_type| type_link(data_type, links));
    }
    for constraint in &table.constraints {
        if let ConstraintBody::ForeignKey { table, referenced, .. } = &constraint.body {
            links.push(Object::Relation(table.clone()));
            let columns = referenced.iter().cloned();
            links.extend(columns.map(|column| Object::Column(table.clone(), column)));
        }
        links.extend(constraint.index().cloned().map(Object::Relation));
    }
    table.exprs().for_each(|expr| expr_links(expr, links));
    trigger_links(&table.triggers, links);
    for policy in &table.policies {
        links.extend(policy.reads.iter().cloned().map(Object::Relation));
        links.extend(policy.functions.iter().cloned().map(Object::Routine));
    }
    let written = table.rules.iter().flat_map(|rule| &rule.writes);
    links.extend(written.cloned().map(Object::Relation));
}

fn trigger_links(triggers: &[super::Trigger], links: &mut Vec<Object>) {
    let functions = triggers.iter().filter_map(|trigger| trigger.function.as_ref());
    links.extend(functions.filter_map(RelationName::of_qualified).map(Object::Routine));
}

fn type_link(data_type: &SqlType, links: &mut Vec<Object>) {
    links.extend(RelationName::of_qualified(&data_type.name).map(Object::Type));
}

fn expr_links(expr: &Expr, links: &mut Vec<Object>) {
    for call in expr.functions() {
        if let Some(sequence) = sequence_of(call) {
            links.extend(RelationName::of_qualified(&sequence).map(Object::Relation));
        }
        links.extend(RelationName::of_qualified(&call.name).map(Object::Routine));
    }
}

fn rename_in_table(table: &mut Table, old: &RelationName, new: &RelationName) {
    let follow = |name: &mut RelationName| {
        if name == old {
            *name = new.clone();
        }
    };
    table.partition_of.iter_mut().for_each(|(parent, _)| follow(parent));
    table.inherits.iter_mut().for_each(follow);
    for column in &mut table.columns {
        column.sequence.iter_mut().for_each(follow);
        if let Some(expr) = column.default.as_mut() {
            renamed_sequence(expr, old, new);
        }
    }
    for constraint in &mut table.constraints {
        match &mut constraint.body {
            ConstraintBody::ForeignKey { table, .. } => follow(table),
            ConstraintBody::PrimaryKey { index, .. }
            | ConstraintBody::Unique { index, .. }
            | ConstraintBody::Exclude { index, .. } => follow(index),
            ConstraintBody::Check { .. } | ConstraintBody::NotNull { .. } => {}
        }
    }
    table.policies.iter_mut().flat_map(|policy| &mut policy.reads).for_each(follow);
    table.rules.iter_mut().flat_map(|rule| &mut rule.writes).for_each(follow);
}

fn rename_type(data_type: &mut SqlType, old: &RelationName, new: &RelationName) {
    if names(&data_type.name, old) {
        data_type.name = new.to_object_name();
    }
}

fn rename_call(expr: &mut Expr, old: &RelationName, new: &RelationName) {
    let Some(facts) = expr.facts.as_mut() else { return };
    if !facts.functions.iter().any(|call| names(&call.name, old)) {
        return;
    }
    for call in &mut Arc::make_mut(facts).functions {
        if names(&call.name, old) {
            call.name = new.to_object_name();
        }
    }
}

fn names(written: &ObjectName, name: &RelationName) -> bool {
    written.name == name.name && written.schema.as_ref() == Some(&name.schema)
}
