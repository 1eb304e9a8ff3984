//! What rules look at.

use super::{Habits, SpokenOf};
use crate::deployed::Deployed;
use crate::effects::{Effects, Lock};
use crate::finding::ProjectTimeline;
use crate::migration::{
    Action, ActionKind, Conventions, Dialect, Direction, Ident, Migration, ObjectName, Observed,
    Script, Statement, TableChange, Target,
};
use crate::schema::{RelationName, Schema};
use crate::source::{Place, Span};
use crate::timeline::{Entry, Held, Transaction};
use globset::GlobSet;
use std::collections::{BTreeSet, HashMap};

/// Tables that the configuration speaks of.
#[derive(Debug, Clone, Default)]
pub struct TableLists {
    /// Tables under heavy traffic.
    pub hot: GlobSet,
    /// Tables so small that no work on them takes long.
    pub small: GlobSet,
    /// Tables that a live server says are small, as printed.
    pub measured_small: BTreeSet<String>,
}

/// A project, for rules that judge it as a whole and as background of the others.
#[derive(Debug, Clone, Copy)]
pub struct ProjectContext<'a> {
    /// Root folder, as printed.
    pub path: &'a str,
    /// Name of the layout.
    pub layout: &'a str,
    /// How the layout's tool does things.
    pub conventions: &'a Conventions,
    /// Dialect and server version.
    pub target: &'a Target,
    /// Whether nobody named the server version.
    pub version_assumed: bool,
    /// Tables that the configuration speaks of.
    pub tables: &'a TableLists,
    /// Releases of the application that may be running; `None` where none is named, or nobody asks.
    pub deployed: Option<&'a Deployed>,
    /// What the whole history shows.
    pub habits: Habits,
    /// The history in order.
    pub migrations: &'a [Migration],
    /// For each of them whether it is judged.
    pub judged: &'a [bool],
    /// What is known beside the scripts.
    pub observed: &'a Observed,
    /// The schemas with which the histories of all dialects of the folder end, this one among them;
    /// empty where it has one dialect, or no rule asks.
    pub ends: &'a [(Dialect, Schema)],
    /// Judged transactions that make others wait, in the order in which they run; known where the
    /// project is judged as a whole.
    pub timelines: &'a [ProjectTimeline],
    /// Which of them speak of a name.
    pub spoken_of: &'a SpokenOf,
    /// The place of each migration in the history.
    pub by_id: &'a HashMap<&'a str, usize>,
}

impl ProjectContext<'_> {
    /// Whether the configuration calls the table small, or a live server does.
    pub fn is_small(&self, table: &RelationName) -> bool {
        let name = table.to_string();
        self.tables.measured_small.contains(&name) || self.tables.small.is_match(name)
    }

    /// Place of a migration in the history.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Migrations that are judged.
    pub fn judged_migrations(&self) -> impl Iterator<Item = &Migration> {
        self.migrations.iter().zip(self.judged).filter(|(_, judged)| **judged).map(|(one, _)| one)
    }
}

/// A migration with the schemas around its directions.
#[derive(Debug, Clone, Copy)]
pub struct MigrationContext<'a> {
    /// The project.
    pub project: &'a ProjectContext<'a>,
    /// The migration.
    pub migration: &'a Migration,
    /// The schema before its up.
    pub before: &'a Schema,
    /// The schema after its up.
    pub after: &'a Schema,
    /// The schema after up and down; `None` where there is no down.
    pub returned: Option<&'a Schema>,
    /// Transactions of the up.
    pub up: &'a [Transaction<'a>],
    /// Transactions of the down.
    pub down: &'a [Transaction<'a>],
}

/// A statement in its transaction.
#[derive(Debug, Clone, Copy)]
pub struct StatementContext<'a> {
    /// The project.
    pub project: &'a ProjectContext<'a>,
    /// The transaction.
    pub transaction: &'a Transaction<'a>,
    /// Index of the statement in it; at transaction level the last one.
    pub position: usize,
    /// The entry at that index.
    pub entry: &'a Entry<'a>,
}

impl<'a> StatementContext<'a> {
    /// The statement.
    pub fn statement(&self) -> &'a Statement {
        self.entry.statement
    }

    /// Its actions.
    pub fn actions(&self) -> &'a [Action] {
        &self.entry.statement.actions
    }

    /// The schema before it.
    pub fn before(&self) -> &'a Schema {
        &self.entry.before
    }

    /// What it does.
    pub fn effects(&self) -> &'a Effects {
        &self.entry.effects
    }

    /// Its migration.
    pub fn migration(&self) -> &'a Migration {
        self.entry.migration
    }

    /// Dialect and server version.
    pub fn target(&self) -> &'a Target {
        self.project.target
    }

    /// The script that it stands in.
    pub fn script(&self) -> Option<&'a Script> {
        self.entry.migration.script(self.entry.direction)
    }

    /// Its direction.
    pub fn direction(&self) -> Direction {
        self.entry.direction
    }

    /// The statements of its transaction, each in its place.
    pub fn each_of_transaction(self) -> impl DoubleEndedIterator<Item = Self> {
        let entries = self.transaction.entries.iter().enumerate();
        entries.map(move |(position, entry)| Self { position, entry, ..self })
    }

    /// The full name that a written relation name has before the statement.
    pub fn resolve(&self, name: &ObjectName) -> RelationName {
        match &self.entry.subject {
            Some((written, found)) if *written == name => found.clone(),
            _ => self.before().resolve(name),
        }
    }

    /// Whether nobody else can wait for the relation ([`Transaction::is_new`]).
    pub fn is_new(&self, name: &RelationName) -> bool {
        self.transaction.is_new(self.before(), name)
    }

    /// Strong locks of the statement on relations that others may be using: who needs them waits.
    pub fn strong_locks(&self) -> impl Iterator<Item = &'a Lock> {
        self.effects().strong_locks().filter(|lock| !self.is_new(&lock.relation))
    }

    /// Whether work on the relation is short because it is new, configured as small, or part of
    /// the system catalogue.
    pub fn is_short(&self, name: &RelationName) -> bool {
        self.is_new(name) || self.project.is_small(name) || self.is_catalogue(name)
    }

    fn is_catalogue(&self, name: &RelationName) -> bool {
        let known = self.before().relation(name).any().is_some();
        matches!(name.schema.as_str(), "pg_catalog" | "information_schema")
            || (name.name.as_str().starts_with("pg_") && !known)
    }

    /// A place in the statement's file.
    pub fn place(&self, span: Span) -> Option<Place> {
        self.script().map(|script| script.place(span))
    }

    /// The statement that took a lock which is still held.
    pub fn holder_place(&self, held: &Held) -> Option<Place> {
        let taker = self.transaction.entries.get(held.since)?;
        let script = taker.migration.script(taker.direction)?;
        Some(script.place(taker.statement.span))
    }

    /// The action that drops the column, where the statement names it.
    pub fn action_dropping(&self, column: &Ident) -> Option<&'a Action> {
        self.actions().iter().find(|action| match &action.kind {
            ActionKind::AlterTable { change, .. } => {
                matches!(change.as_ref(), TableChange::DropColumn { column: named, .. } if named == column)
            }
            _ => false,
        })
    }

    /// Statements of the transaction that come after this one.
    pub fn later(&self) -> &'a [Entry<'a>] {
        self.transaction.entries.get(self.position + 1..).unwrap_or(&[])
    }

    /// Statements of the transaction that came before this one.
    pub fn earlier(&self) -> &'a [Entry<'a>] {
        self.transaction.entries.get(..self.position).unwrap_or(&[])
    }

    /// The schema when the transaction commits.
    pub fn at_commit(&self) -> &'a Schema {
        &self.transaction.entries.last().unwrap_or(self.entry).after
    }

    /// The schema at the end of the blocks that the statement stands in, which may be passed over;
    /// of a statement outside of such blocks, at the commit.
    pub fn at_end_of_block(&self) -> &'a Schema {
        let around = self.statement().guard.parts();
        let stands_in_it = |other: &&&Entry<'_>| other.statement.guard.parts().starts_with(around);
        let last = self.later().iter().take_while(|other| stands_in_it(&other)).last();
        &last.unwrap_or(self.entry).after
    }

    /// Whether something that was not understood runs before it in its script: it may have dropped
    /// what the history made.
    pub fn follows_opaque(&self) -> bool {
        let earlier = self.script().into_iter().flat_map(Script::statements).take(self.entry.index);
        earlier.flat_map(|statement| &statement.actions).any(|action| {
            matches!(action.kind, ActionKind::Opaque { .. } | ActionKind::Unparsed { .. })
        })
    }
}
