//! The replayed history: what the database looks like between two statements.
//!
//! [`Schema`] is a handle on persistent maps: cloning it is O(1), so every statement may keep what
//! stood before and after it. Front ends give unresolved names; this room resolves them on the
//! search path and says how sure it is: [`Fact::Known`], [`Fact::Uncertain`] or [`Fact::Absent`].

mod apply;
mod column_guard;
mod constraint;
mod diff;
mod expr;
mod guard;
mod join;
mod keys;
mod links;
mod mysql;
mod name;
mod naming;
mod query;
mod relation;
mod routine;
mod store;
mod table;
mod types;

pub use apply::ApplyContext;
pub use constraint::{Constraint, ConstraintBody};
pub use diff::{Difference, diff};
pub use guard::{GuardStack, Truth};
pub use keys::KeyFit;
pub use mysql::{ColumnAttributes, Storage};
pub use name::RelationName;
pub use relation::{Birth, Index, Relation, RelationBody, Sequence, View, given_role};
pub use routine::Routine;
pub use table::{Column, Generated, Partitioning, Policy, Rule, Table, Trigger};
pub use types::{TypeBody, TypeDef};

use crate::migration::{Ident, Migration, ObjectKind, ObjectName, Unread};
use imbl::{OrdMap, OrdSet};
use links::Edge;
use std::sync::Arc;

/// How sure the replay is of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact<T> {
    /// The history made it, unconditionally.
    Known(T),
    /// It may be there: a guard, an opaque statement or a failed parse stands between.
    Uncertain(T),
    /// The history never made it, or dropped it. Whether that means that it does not exist is
    /// said by [`Schema::is_complete`].
    Absent,
}

impl<T> Fact<T> {
    /// The thing, however sure.
    pub fn any(self) -> Option<T> {
        match self {
            Self::Known(value) | Self::Uncertain(value) => Some(value),
            Self::Absent => None,
        }
    }

    /// The thing, if the replay is sure of it.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Uncertain(_) | Self::Absent => None,
        }
    }

    /// The same fact about a part of the thing.
    pub fn map<U>(self, part: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(part(value)),
            Self::Uncertain(value) => Fact::Uncertain(part(value)),
            Self::Absent => Fact::Absent,
        }
    }
}

/// The schema at one point of the history.
#[derive(Debug, Clone)]
pub struct Schema {
    pub(crate) relations: OrdMap<RelationName, Arc<Relation>>,
    /// Set once a temporary relation was made: until then no name is looked up among them.
    pub(crate) had_temporary: bool,
    pub(crate) types: OrdMap<RelationName, Arc<TypeDef>>,
    pub(crate) routines: OrdMap<RelationName, Vec<Arc<Routine>>>,
    pub(crate) namespaces: OrdSet<Ident>,
    pub(crate) extensions: OrdSet<Ident>,
    /// Objects that are modelled by kind and name alone.
    pub(crate) objects: OrdSet<(ObjectKind, RelationName)>,
    /// Who names what: partitions, views, referencing tables, indexes, owned sequences, defaults,
    /// functions over a type.
    pub(crate) edges: OrdSet<Edge>,
    /// How many constraints of a schema have a name: generated names avoid them all.
    pub(crate) constraint_names: OrdMap<RelationName, usize>,
    /// A relation whose edges are derived when it is whole, see [`Schema::link_later`].
    pub(crate) unlinked: Option<RelationName>,
    pub(crate) search_path: Arc<[Ident]>,
    /// The database that the connection has from the start, where a script names it (MySQL); its
    /// relations are those of `public`.
    pub(crate) default_database: Option<Ident>,
    /// The session's search path while a `SET LOCAL` hides it.
    pub(crate) session_path: Option<Arc<[Ident]>>,
    /// Whether the session's time zone is UTC, where a script has set one.
    pub(crate) zone: Option<bool>,
    /// The session's time zone while a `SET LOCAL` hides it.
    pub(crate) session_zone: Option<Option<bool>>,
    /// Variables of MySQL that the session has set, in lower case.
    pub(crate) variables: OrdMap<Arc<str>, Arc<str>>,
    /// Number of statements applied; births are counted in it.
    pub(crate) clock: u64,
    pub(crate) complete: bool,
    /// Programs among the scripts that came before.
    pub(crate) unread: Option<Unread>,
    /// Set when something was run whose effect is not known at all.
    pub(crate) clouded: bool,
    /// Set when something of it may have made relations.
    pub(crate) holds_unseen: bool,
}

impl Schema {
    /// An empty database at the beginning of a history that is known in full.
    pub fn empty() -> Self {
        Self {
            relations: OrdMap::new(),
            had_temporary: false,
            types: OrdMap::new(),
            routines: OrdMap::new(),
            namespaces: OrdSet::unit(Ident::new("public")),
            extensions: OrdSet::new(),
            objects: OrdSet::new(),
            edges: OrdSet::new(),
            constraint_names: OrdMap::new(),
            unlinked: None,
            search_path: Arc::from([Ident::new("public")]),
            default_database: None,
            session_path: None,
            zone: None,
            session_zone: None,
            variables: OrdMap::new(),
            clock: 0,
            complete: true,
            unread: None,
            clouded: false,
            holds_unseen: false,
        }
    }

    /// A database of which nothing is known: what a single file without history runs on.
    pub fn unknown() -> Self {
        Self { complete: false, ..Self::empty() }
    }

    /// The schema that a migration is run on, after the one that it follows as far as is known.
    #[must_use]
    pub(crate) fn where_runs(mut self, migration: &Migration) -> Self {
        self.unread = match (self.unread, &migration.unread) {
            (Some(known), Some(more)) => Some(known.and(more)),
            (known, more) => known.or_else(|| more.clone()),
        };
        self
    }

    /// Whether the history is known from the first migration on, so that what it never made does
    /// not exist. An opaque statement ends that.
    pub fn is_complete(&self) -> bool {
        self.is_from_the_start() && !self.clouded
    }

    /// Whether the history is known from the first migration on, whatever an opaque statement may
    /// have made since: what no statement names was most likely never made.
    pub fn is_from_the_start(&self) -> bool {
        self.complete && self.unread.is_none()
    }

    /// Whether nothing of that name can have been made before what is known begins, or by a
    /// program.
    pub(crate) fn was_never_made(&self, name: &Ident) -> bool {
        self.complete && !self.unread.as_ref().is_some_and(|unread| unread.names(name))
    }

    /// Whether something was run whose effect is not known at all, so that what the history made
    /// may be gone.
    pub fn is_clouded(&self) -> bool {
        self.clouded
    }

    /// Whether no relation is there but what is known: nothing that was run and cannot be read may
    /// have made one.
    pub(crate) fn names_all_relations(&self) -> bool {
        self.is_from_the_start() && !self.holds_unseen
    }

    /// Something was run that may have changed and made anything.
    pub(crate) fn cloud(&mut self) {
        self.clouded = true;
        self.holds_unseen = true;
    }

    /// Number of statements applied so far.
    pub fn clock(&self) -> u64 {
        self.clock
    }

    /// The schemas in which bare names are looked up, in order.
    pub fn search_path(&self) -> &[Ident] {
        &self.search_path
    }

    /// The full name that a written name has: where the search path finds it, else where it would
    /// be created.
    pub fn resolve(&self, name: &ObjectName) -> RelationName {
        if let Some(schema) = &name.schema {
            return RelationName::new(self.database(schema), name.name.clone());
        }
        let never_temporary = usize::from(!self.had_temporary);
        self.candidates(&name.name)
            .skip(never_temporary)
            .find(|candidate| self.relations.contains_key(candidate))
            .unwrap_or_else(|| self.creation_name(&name.name))
    }

    /// The schema that a written one is.
    pub(crate) fn database(&self, written: &Ident) -> Ident {
        match &self.default_database {
            Some(default) if default == written => Ident::new("public"),
            _ => written.clone(),
        }
    }

    /// The name that a relation, type or function created under a bare name gets.
    pub fn creation_name(&self, name: &Ident) -> RelationName {
        let schema = self.search_path.first().cloned().unwrap_or_else(|| Ident::new("public"));
        RelationName::new(schema, name.clone())
    }

    pub(crate) fn candidates<'a>(&'a self, name: &'a Ident) -> impl Iterator<Item = RelationName> {
        let on_path = self.search_path.iter().cloned();
        std::iter::once(RelationName::temporary(name.clone()))
            .chain(on_path.map(move |schema| RelationName::new(schema, name.clone())))
    }

    /// The relation of a resolved name.
    pub fn relation(&self, name: &RelationName) -> Fact<&Relation> {
        match self.relations.get(name) {
            Some(relation) if relation.certain => Fact::Known(relation.as_ref()),
            Some(relation) => Fact::Uncertain(relation.as_ref()),
            None => Fact::Absent,
        }
    }

    /// The table of a resolved name; `Absent` where the name is another kind of relation.
    pub fn table(&self, name: &RelationName) -> Fact<&Table> {
        match self.relations.get(name).map(|relation| (relation.certain, &relation.body)) {
            Some((true, RelationBody::Table(table))) => Fact::Known(table),
            Some((false, RelationBody::Table(table))) => Fact::Uncertain(table),
            _ => Fact::Absent,
        }
    }

    /// The index of a resolved name.
    pub fn index(&self, name: &RelationName) -> Fact<&Index> {
        match self.relations.get(name).map(|relation| (relation.certain, &relation.body)) {
            Some((true, RelationBody::Index(index))) => Fact::Known(index),
            Some((false, RelationBody::Index(index))) => Fact::Uncertain(index),
            _ => Fact::Absent,
        }
    }

    /// The view or materialized view of a resolved name.
    pub fn view(&self, name: &RelationName) -> Fact<&View> {
        match self.relations.get(name).map(|relation| (relation.certain, &relation.body)) {
            Some((true, RelationBody::View(view))) => Fact::Known(view),
            Some((false, RelationBody::View(view))) => Fact::Uncertain(view),
            _ => Fact::Absent,
        }
    }

    /// The tables that a publication lists.
    pub fn published(&self, publication: &Ident) -> impl Iterator<Item = &RelationName> {
        self.relations()
            .filter(move |relation| {
                relation.as_table().is_some_and(|table| table.publications.contains(publication))
            })
            .map(|relation| &relation.name)
    }

    /// The type that a written type name means, if the history made it.
    pub fn type_def(&self, name: &ObjectName) -> Option<&TypeDef> {
        self.find(name, &self.types).map(Arc::as_ref)
    }

    /// The functions of that name, if the history made any.
    pub fn routines(&self, name: &ObjectName) -> &[Arc<Routine>] {
        self.find(name, &self.routines).map_or(&[], Vec::as_slice)
    }

    fn find<'a, V: Clone>(
        &self,
        name: &ObjectName,
        map: &'a OrdMap<RelationName, V>,
    ) -> Option<&'a V> {
        match &name.schema {
            Some(schema) => map.get(&RelationName::new(schema.clone(), name.name.clone())),
            None => self.candidates(&name.name).find_map(|candidate| map.get(&candidate)),
        }
    }

    /// All relations, by name.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values().map(Arc::as_ref)
    }

    /// All types, by name.
    pub fn types(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.values().map(Arc::as_ref)
    }

    /// All functions and procedures.
    pub fn all_routines(&self) -> impl Iterator<Item = &Routine> {
        self.routines.values().flatten().map(Arc::as_ref)
    }

    /// The schemas that the history made, and `public`.
    pub fn namespaces(&self) -> impl Iterator<Item = &Ident> {
        self.namespaces.iter()
    }

    /// Whether the history made the namespace.
    pub fn has_namespace(&self, name: &Ident) -> bool {
        self.namespaces.contains(name)
    }

    /// Whether the history made the extension.
    pub fn has_extension(&self, name: &Ident) -> bool {
        self.extensions.contains(name)
    }
}
