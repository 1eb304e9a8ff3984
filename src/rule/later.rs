//! Which migrations speak of a name, so that what comes later is asked without reading all of it.

use super::sql::{is_spelt, words};
use super::{MigrationContext, StatementContext};
use crate::migration::{
    Action, ActionKind, Direction, Ident, Migration, ObjectKind, Script, TableChange,
};
use std::collections::HashMap;

/// For each name of a relation, constraint or other object the migrations, by their place in the
/// history, whose ways forward make an index on it, alter it, validate it, rename it or drop it.
#[derive(Debug, Clone, Default)]
pub struct SpokenOf {
    places: HashMap<Ident, Vec<usize>>,
    /// Where the ways forward first make something of the name.
    makers: HashMap<Ident, usize>,
    /// The first migration that makes something whose name is put together when it runs.
    nameless: Option<usize>,
}

impl SpokenOf {
    /// Reads a history.
    pub fn of(migrations: &[Migration]) -> Self {
        let mut spoken = Self::default();
        for (at, migration) in migrations.iter().enumerate() {
            for statement in migration.up.iter().flat_map(Script::statements) {
                for action in &statement.actions {
                    names(action, &mut |name| spoken.add(name, at));
                    let Some(name) = made(action) else { continue };
                    spoken.makers.entry(name.clone()).or_insert(at);
                    if is_open(&statement.sql, name.as_str()) {
                        spoken.nameless.get_or_insert(at);
                    }
                }
            }
        }
        spoken
    }

    fn add(&mut self, name: &Ident, at: usize) {
        let places = self.places.entry(name.clone()).or_default();
        if places.last() != Some(&at) {
            places.push(at);
        }
    }

    /// Place of the first migration whose way forward makes a relation or index of this name.
    pub fn maker(&self, name: &Ident) -> Option<usize> {
        self.makers.get(name).copied()
    }

    /// Whether a migration up to this place makes something, or gives a name, that is not known:
    /// what looks missing may be that.
    pub fn is_anything_nameless(&self, at: usize) -> bool {
        self.nameless.is_some_and(|first| first <= at)
    }

    /// Places behind `at` at which the name is spoken of.
    fn behind(&self, name: &Ident, at: usize) -> &[usize] {
        let places = self.places.get(name).map_or(&[][..], Vec::as_slice);
        places.get(places.partition_point(|place| *place <= at)..).unwrap_or(&[])
    }
}

/// Whether a name in a statement's text comes of a placeholder.
fn is_open(sql: &str, name: &str) -> bool {
    sql.contains("{{") && name.contains("___")
}

/// The names that an action speaks of, as [`SpokenOf`] keeps them.
fn names(action: &Action, tell: &mut dyn FnMut(&Ident)) {
    match &action.kind {
        ActionKind::AlterTable { table, change } => {
            tell(&table.name.name);
            match change.as_ref() {
                TableChange::ValidateConstraint { name }
                | TableChange::DropConstraint { name, .. }
                | TableChange::RenameConstraint { name, .. } => tell(name),
                _ => {}
            }
        }
        ActionKind::CreateIndex(index) => tell(&index.table.name),
        ActionKind::AlterIndex(alter) => tell(&alter.index.name.name),
        ActionKind::Drop(drop) => drop.names.iter().for_each(|dropped| tell(&dropped.name)),
        _ => {}
    }
}

/// The relation or index that an action makes, or gives its name.
fn made(action: &Action) -> Option<&Ident> {
    match &action.kind {
        ActionKind::CreateTable(table) => Some(&table.name.name),
        ActionKind::CreateTableAs(table) => Some(&table.name.name),
        ActionKind::CreateView(view) => Some(&view.name.name),
        ActionKind::CreateSequence(sequence) => Some(&sequence.name.name),
        ActionKind::CreateIndex(index) => index.name.as_ref(),
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::Rename { new_name } => Some(new_name),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> MigrationContext<'a> {
    /// Actions on the way forward in later migrations that speak of a name: those that alter,
    /// validate, rename or drop what bears it, or make an index on it, and others beside them.
    pub fn later_actions_about(&self, name: &Ident) -> impl Iterator<Item = &'a Action> {
        let project = self.project;
        let at = project.position(&self.migration.id).unwrap_or(usize::MAX);
        let migrations = project.spoken_of.behind(name, at).iter();
        let scripts = migrations
            .filter_map(move |at| project.migrations.get(*at))
            .filter_map(|migration| migration.up.as_ref());
        scripts.flat_map(Script::statements).flat_map(|statement| &statement.actions)
    }

    /// Whether a later migration drops an object of that kind and name.
    pub fn is_dropped_later(&self, kind: ObjectKind, name: &Ident) -> bool {
        self.later_actions_about(name).any(|action| match &action.kind {
            ActionKind::Drop(drop) if drop.kind == kind => {
                drop.names.iter().any(|dropped| dropped.name == *name)
            }
            _ => false,
        })
    }
}

impl StatementContext<'_> {
    /// Whether a name, or a text with one in it, comes of a placeholder of this statement: two that
    /// are spelled alike need not be the same.
    pub fn is_put_together(&self, text: &str) -> bool {
        is_open(&self.statement().sql, text)
    }

    /// Whether a way back may find another schema than the one behind its own way forward: a later
    /// migration makes or takes away something that the statement names, forward or back, and its
    /// way back runs before. (A change that is written as several migrations is often taken
    /// back by the wrong one of them, and right as a whole.)
    pub fn depends_on_later_ways_back(&self) -> bool {
        if self.direction() == Direction::Up {
            return false;
        }
        let project = self.project;
        let behind = project.position(&self.migration().id).map_or(usize::MAX, |at| at + 1);
        let later = project.migrations.get(behind..).unwrap_or(&[]);
        let statements = later
            .iter()
            .flat_map(|one| one.up.iter().chain(&one.down))
            .flat_map(Script::statements);
        let mut changed =
            statements.flat_map(|one| &one.actions).flat_map(|one| made_or_gone(&one.kind));
        let sql = &self.statement().sql;
        changed.any(|name| {
            words(sql).any(|word| {
                let last = word.rsplit('.').next().unwrap_or(word);
                is_spelt(last, name)
            })
        })
    }
}

/// Names of what an action makes, renames or drops.
fn made_or_gone(kind: &ActionKind) -> Vec<&Ident> {
    match kind {
        ActionKind::CreateTable(table) => vec![&table.name.name],
        ActionKind::CreateTableAs(table) => vec![&table.name.name],
        ActionKind::CreateView(view) => vec![&view.name.name],
        ActionKind::CreateSequence(sequence) => vec![&sequence.name.name],
        ActionKind::CreateIndex(index) => index.name.iter().collect(),
        ActionKind::CreateEnum(made) => vec![&made.name.name],
        ActionKind::CreateDomain(made) => vec![&made.name.name],
        ActionKind::Drop(drop) => drop.names.iter().map(|name| &name.name).collect(),
        ActionKind::AlterTable { table, change } => match change.as_ref() {
            TableChange::AddColumn { column, .. } => vec![&column.name],
            TableChange::AddConstraint(added) => added.name.iter().collect(),
            TableChange::DropColumn { column: gone, .. }
            | TableChange::DropConstraint { name: gone, .. } => vec![gone],
            TableChange::RenameColumn { column: old, new_name }
            | TableChange::RenameConstraint { name: old, new_name } => vec![old, new_name],
            TableChange::Rename { new_name } => vec![&table.name.name, new_name],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
