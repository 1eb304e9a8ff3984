//! Statements applied to the schema as the server would apply them.
//!
//! One file per family of statements. Nothing here fails: what the server would refuse shows that
//! the replay's picture is wrong, so what the statement touches becomes uncertain instead.

mod add_constraint;
mod alter;
mod clone;
mod columns;
mod create_table;
mod data;
mod drop;
mod drop_member;
mod foreign_key;
mod indexes;
mod like;
mod mysql;
mod not_null;
mod owners;
mod partitions;
mod publications;
mod rename;
mod retype;
mod routines;
mod sequences;
mod settings;
mod triggers;
mod types;
mod views;

use super::{Birth, GuardStack, Relation, RelationBody, RelationName, Schema, Table, Truth};
use crate::migration::{
    Action, ActionKind, Dialect, Makes, ObjectName, Persistence, RelationKind, SqlType, Statement,
    TableTarget, Target,
};

/// What a statement is applied under.
#[derive(Debug, Clone, Copy)]
pub struct ApplyContext<'a> {
    /// Id of the migration that holds it, for births.
    pub migration: &'a str,
    /// Dialect and server version.
    pub target: &'a Target,
}

/// How many function bodies one statement is followed into.
const MOST_CALLS: usize = 256;

impl Schema {
    /// Applies a statement as the server would, its guard asked alone. In a block, where one
    /// condition covers several statements, [`GuardStack`] and [`Schema::apply_as`] are exact.
    pub fn apply(&mut self, statement: &Statement, context: &ApplyContext<'_>) {
        let truth = GuardStack::default().resolve(self, statement, context.target);
        self.apply_as(statement, truth, context);
    }

    /// Applies a statement of which it is known whether it runs: not at all where it does not;
    /// with everything that it touches left uncertain where that cannot be told.
    pub fn apply_as(&mut self, statement: &Statement, runs: Truth, context: &ApplyContext<'_>) {
        if runs == Truth::False {
            return;
        }
        let certain = runs == Truth::True;
        let mut applier = Applier { schema: self, context, certain, calling: Vec::new(), calls: 0 };
        applier.statement(statement);
        self.clock += 1;
    }
}

/// One statement's way through the schema.
struct Applier<'a> {
    schema: &'a mut Schema,
    context: &'a ApplyContext<'a>,
    /// Whether the statement surely runs.
    certain: bool,
    /// The functions whose bodies lie around it.
    calling: Vec<RelationName>,
    /// How many bodies it was followed into so far.
    calls: usize,
}

impl Applier<'_> {
    fn statement(&mut self, statement: &Statement) {
        for action in alter::in_passes(&statement.actions) {
            self.action(action);
        }
    }

    fn action(&mut self, action: &Action) {
        match &action.kind {
            ActionKind::CreateTable(def) if self.is_mysql() => self.create_mysql_table(def),
            ActionKind::CreateTable(def) => self.create_table(def),
            ActionKind::CreateTableAs(def) => self.create_table_as(def),
            ActionKind::AlterTable { table, change } => self.alter_table(table, change),
            ActionKind::CreateIndex(def) if self.is_mysql() => self.create_mysql_index(def),
            ActionKind::CreateIndex(def) => self.create_index(def),
            ActionKind::AlterIndex(alter) => self.alter_index(alter),
            ActionKind::CreateView(def) => self.create_view(def),
            ActionKind::Refresh(refresh) => self.refresh(refresh),
            ActionKind::CreateSequence(def) => self.create_sequence(def),
            ActionKind::AlterSequence(alter) => self.alter_sequence(alter),
            ActionKind::CreateFunction(def) => self.create_function(def),
            ActionKind::CreateTrigger(def) => self.create_trigger(def),
            ActionKind::CreatePolicy(def) => self.create_policy(def),
            ActionKind::Drop(drop) => self.drop_objects(drop),
            ActionKind::Set(option) => self.set(option),
            ActionKind::Use(database) => self.use_database(database),
            ActionKind::Opaque { makes: Makes::Nothing, .. } => self.schema.clouded = true,
            ActionKind::Do { .. } | ActionKind::Opaque { .. } | ActionKind::Unparsed { .. } => {
                self.schema.cloud();
            }
            other if self.type_action(other) => {}
            other if self.namespace_action(other) => {}
            other => self.data_action(other),
        }
    }

    /// Types: enums, domains, composites.
    fn type_action(&mut self, action: &ActionKind) -> bool {
        match action {
            ActionKind::CreateEnum(def) => self.create_enum(def),
            ActionKind::CreateComposite { name, attributes } => {
                self.create_composite(name, attributes);
            }
            ActionKind::AlterEnum(alter) => self.alter_enum(alter),
            ActionKind::CreateDomain(def) => self.create_domain(def),
            ActionKind::AlterDomain(alter) => self.alter_domain(alter),
            _ => return false,
        }
        true
    }

    /// Schemas, extensions and what is modelled by its kind alone.
    fn namespace_action(&mut self, action: &ActionKind) -> bool {
        match action {
            ActionKind::CreateSchema { name, .. } => {
                self.schema.namespaces.insert(name.clone());
            }
            ActionKind::CreateExtension { name, .. } => {
                self.schema.extensions.insert(name.clone());
            }
            ActionKind::CreateObject(change) => self.create_object(change),
            ActionKind::AlterObject(change) => self.alter_object(change),
            ActionKind::Cluster { table, index } => self.cluster(table.as_ref(), index.as_ref()),
            _ => return false,
        }
        true
    }

    fn is_sqlite(&self) -> bool {
        self.context.target.dialect == Dialect::Sqlite
    }

    /// Whether not-null constraints have names and catalogue rows (18).
    fn names_not_null(&self) -> bool {
        !self.is_sqlite() && self.context.target.at_least(18)
    }

    fn clock(&self) -> u64 {
        self.schema.clock
    }

    fn birth(&self) -> Birth {
        Birth { clock: self.schema.clock, migration: self.context.migration.to_owned() }
    }

    /// Stores a relation that this statement makes.
    fn put_new(&mut self, name: RelationName, certain: bool, body: RelationBody) {
        let certain = certain && self.certain;
        self.schema.put(Relation {
            name,
            certain,
            birth: self.birth(),
            surely_made: certain,
            filled: false,
            emptied: None,
            owner: None,
            body,
        });
    }

    /// Everything about the relation may be otherwise, if the statement may not run.
    fn touched(&mut self, name: &RelationName) {
        if !self.certain {
            self.doubt(name);
        }
    }

    /// The relation may look otherwise than the replay says.
    fn doubt(&mut self, name: &RelationName) {
        self.schema.edit(name, |relation| relation.certain = false);
    }

    /// The relation that a statement alters. What the history never made becomes a table of which
    /// nothing else is known, so that what is done to it is kept.
    fn altered(&mut self, target: &TableTarget) -> Option<RelationName> {
        let name = self.schema.resolve(&target.name);
        if self.schema.relations.contains_key(&name) {
            return Some(name);
        }
        if target.if_exists && self.schema.names_all_relations() {
            return None;
        }
        if target.kind != RelationKind::Table {
            return None;
        }
        self.put_partial(&name);
        Some(name)
    }

    /// The table that a statement needs, made up where the history never made it.
    fn needed_table(&mut self, name: &ObjectName) -> RelationName {
        let name = self.schema.resolve(name);
        if !self.schema.relations.contains_key(&name) {
            self.put_partial(&name);
        }
        name
    }

    fn put_partial(&mut self, name: &RelationName) {
        let birth = Birth { clock: 0, migration: String::new() };
        let body = RelationBody::Table(Table::default());
        let name = name.clone();
        self.schema.put(Relation {
            name,
            certain: false,
            birth,
            surely_made: false,
            filled: true,
            emptied: None,
            owner: None,
            body,
        });
    }

    /// The type as the schema knows it: its own types by their full name.
    fn bound_type(&self, data_type: &SqlType) -> SqlType {
        let mut bound = data_type.clone();
        if let Some(name) = self.schema.type_name(&data_type.name) {
            bound.name = name.to_object_name();
        }
        bound
    }
}

impl Schema {
    /// The name that `CREATE TABLE` and its siblings give.
    pub(super) fn created_name(&self, name: &ObjectName, persistence: Persistence) -> RelationName {
        if persistence == Persistence::Temporary {
            return RelationName::temporary(name.name.clone());
        }
        match &name.schema {
            Some(schema) => RelationName::new(self.database(schema), name.name.clone()),
            None => self.creation_name(&name.name),
        }
    }

    /// The full name of a type or row type that the history made.
    pub(super) fn type_name(&self, name: &ObjectName) -> Option<RelationName> {
        let made = |full: &RelationName| {
            self.types.contains_key(full)
                || self.relations.get(full).is_some_and(|relation| {
                    matches!(relation.body, RelationBody::Table(_) | RelationBody::View(_))
                })
        };
        match RelationName::of_qualified(name) {
            Some(full) => made(&full).then_some(full),
            None => self.candidates(&name.name).find(made),
        }
    }
}
