//! Replays a project's history: what can only be done in order, one migration after the other.

use super::{Batch, Project};
use crate::migration::{Direction, Migration};
use crate::schema::Schema;
use crate::timeline::{Carried, Fold, FoldOptions, Transaction, fold, fold_in_run};
use std::iter::Peekable;
use std::slice::Iter;

/// What is judged by itself, whatever runs beside it.
pub(super) enum Replayed<'p> {
    /// A migration that findings are wanted for.
    Migration(Box<Forward<'p>>),
    /// The transaction that the migrations of a run shared, once it ends.
    Run(Transaction<'p>),
}

/// A migration and its way forward.
pub(super) struct Forward<'p> {
    /// The migration.
    pub(super) migration: &'p Migration,
    /// The schema before it.
    pub(super) before: Schema,
    /// What its way forward does.
    pub(super) up: Fold<'p>,
}

/// Gives what is judged, in order; the migrations between are replayed without a word.
pub(super) struct Replay<'p> {
    project: &'p Project,
    migrations: Peekable<std::iter::Zip<Iter<'p, Migration>, Iter<'p, bool>>>,
    schema: Schema,
    /// When the batch began that the migrations before belong to.
    batch_start: Option<u64>,
    /// The transaction that the batch's migrations before left open.
    carried: Option<Carried<'p>>,
}

impl<'p> Replay<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self {
            project,
            migrations: project.migrations.iter().zip(&project.judged).peekable(),
            schema: project.start.clone(),
            batch_start: None,
            carried: None,
        }
    }

    /// The schema behind the last migration.
    pub(super) fn end(mut self) -> Schema {
        self.by_ref().for_each(drop);
        self.schema
    }

    /// Replays a migration that nothing is wanted of.
    fn pass(&mut self, migration: &'p Migration) {
        self.batch_start = None;
        let schema = self.schema.clone();
        let options = self.project.fold_options();
        self.schema = fold(migration, Direction::Up, schema, options).schema;
    }

    fn judged(&mut self, migration: &'p Migration) -> Replayed<'p> {
        let before = self.schema.clone();
        let options = self.project.fold_options();
        let mut up = match self.project.batch {
            Batch::Judged => {
                self.batch_start = self.batch_start.or(Some(before.clock()));
                let batch = FoldOptions { batch_start: self.batch_start, ..options };
                fold_in_run(migration, before.clone(), batch, self.carried.take())
            }
            Batch::Each => fold(migration, Direction::Up, before.clone(), options),
        };
        self.carried = up.open.take();
        self.schema = up.schema.clone();
        Replayed::Migration(Box::new(Forward { migration, before, up }))
    }

    /// Ends what the migrations of a run left open.
    fn end_run(&mut self) -> Option<Replayed<'p>> {
        let carried = self.carried.take()?;
        carried.end(&mut self.schema).map(Replayed::Run)
    }
}

impl<'p> Iterator for Replay<'p> {
    type Item = Replayed<'p>;

    fn next(&mut self) -> Option<Replayed<'p>> {
        loop {
            let goes_on = self.migrations.peek().is_some_and(|(_, judged)| **judged);
            if !goes_on && let Some(run) = self.end_run() {
                return Some(run);
            }
            let (migration, judged) = self.migrations.next()?;
            if *judged {
                return Some(self.judged(migration));
            }
            self.pass(migration);
        }
    }
}
