//! Runs a script on a schema, statement by statement, in the transactions of its runner.

use super::branch::Branches;
use super::mode::effective_mode;
use super::settings::SettingsStack;
use super::{Entry, FoldOptions, Held, Transaction, TransactionKind, existed_before, locked};
use crate::effects::{self, Effects, TransactionBlock};
use crate::migration::{
    ActionKind, Direction, Ident, LeftSettings, Migration, Origin, Script, Statement, Target,
    TransactionMode,
};
use crate::schema::{ApplyContext, RelationName, Schema, Truth};
use imbl::OrdMap;
use std::sync::Arc;

/// A folded script.
pub struct Fold<'a> {
    /// Its transactions in order.
    pub transactions: Vec<Transaction<'a>>,
    /// The schema after it.
    pub schema: Schema,
    /// The transaction that goes on in the next migration of the run.
    pub open: Option<Carried<'a>>,
}

/// A transaction that spans the migrations of a run, not ended yet.
pub struct Carried<'a> {
    open: Open<'a>,
    settings: SettingsStack,
}

impl<'a> Carried<'a> {
    /// Ends it behind the last migration of the run.
    pub fn end(self, schema: &mut Schema) -> Option<Transaction<'a>> {
        schema.end_transaction();
        schema.end_temporary();
        let transaction = self.open.transaction;
        (!transaction.entries.is_empty()).then_some(transaction)
    }
}

/// Folds the way forward of a migration in a run: where the runner opens one transaction for all of
/// them, it begins in `carried` and leaves its transaction open.
pub fn fold_in_run<'a>(
    migration: &'a Migration,
    schema: Schema,
    options: FoldOptions<'_>,
    carried: Option<Carried<'a>>,
) -> Fold<'a> {
    let direction = Direction::Up;
    let Some(script) = migration.script(direction) else {
        return Fold { transactions: Vec::new(), schema, open: carried };
    };
    let mut machine = Machine::new(migration, direction, script, schema, options);
    if let Some(carried) = carried {
        machine.open = Some(carried.open);
        machine.settings = carried.settings;
    }
    machine.run(script);
    let open = machine.open.take().map(|open| Carried { open, settings: machine.settings });
    match (open, script.source.transaction) {
        (open, TransactionMode::WholeRun) => {
            Fold { transactions: machine.done, schema: Arc::unwrap_or_clone(machine.schema), open }
        }
        (open, _) => {
            machine.open = open.map(|carried| carried.open);
            machine.end(false);
            machine.finish()
        }
    }
}

/// Folds one direction of a migration; a direction that is not there changes nothing.
pub fn fold<'a>(
    migration: &'a Migration,
    direction: Direction,
    schema: Schema,
    options: FoldOptions<'_>,
) -> Fold<'a> {
    let Some(script) = migration.script(direction) else {
        return Fold { transactions: Vec::new(), schema, open: None };
    };
    let mut machine = Machine::new(migration, direction, script, schema, options);
    machine.run(script);
    machine.end(false);
    machine.finish()
}

struct Machine<'a, 't> {
    migration: &'a Migration,
    direction: Direction,
    target: &'t Target,
    batch_start: u64,
    left: LeftSettings,
    /// What is opened when a statement finds no transaction.
    between: TransactionKind,
    /// Shared with the entries that it stands before and after.
    schema: Arc<Schema>,
    settings: SettingsStack,
    branches: Branches,
    open: Option<Open<'a>>,
    done: Vec<Transaction<'a>>,
}

struct Open<'a> {
    transaction: Transaction<'a>,
    start_schema: Arc<Schema>,
    held: OrdMap<RelationName, Held>,
    savepoints: Vec<Savepoint>,
}

struct Savepoint {
    name: Ident,
    /// Number of entries before it.
    position: usize,
    schema: Arc<Schema>,
    held: OrdMap<RelationName, Held>,
}

impl<'a, 't> Machine<'a, 't> {
    fn new(
        migration: &'a Migration,
        direction: Direction,
        script: &Script,
        schema: Schema,
        options: FoldOptions<'t>,
    ) -> Self {
        let batch_start = options.batch_start.unwrap_or_else(|| schema.clock());
        let mut machine = Self {
            migration,
            direction,
            target: options.target,
            batch_start,
            left: options.settings,
            between: TransactionKind::Single,
            schema: Arc::new(schema.where_runs(migration)),
            settings: SettingsStack::default(),
            branches: Branches::default(),
            open: None,
            done: Vec::new(),
        };
        match effective_mode(script, options.target) {
            TransactionMode::PerScript | TransactionMode::WholeRun => {
                machine.begin(TransactionKind::Runner);
            }
            // MySQL takes several statements of one string as if they were sent one by one.
            TransactionMode::OneString
                if script.steps.len() > 1 && !options.target.dialect.is_mysql() =>
            {
                machine.between = TransactionKind::Implicit;
            }
            _ => {}
        }
        machine
    }

    fn run(&mut self, script: &'a Script) {
        let mut index = 0;
        for step in &script.steps {
            self.branches.begin(step, &mut self.schema);
            for statement in &step.statements {
                if self.open.is_none() {
                    self.begin(self.between);
                }
                let runs = self.branches.resolve(&mut self.schema, statement, self.target);
                self.statement(index, statement, runs);
                index += 1;
            }
            if self.kind() == Some(TransactionKind::Single) {
                self.end(false);
            }
        }
        self.branches.join(&mut self.schema);
    }

    /// Behind the last statement of a session.
    fn finish(self) -> Fold<'a> {
        let mut schema = Arc::unwrap_or_clone(self.schema);
        schema.end_temporary();
        if !self.left.keeps("search_path") {
            schema.end_session();
        }
        Fold { transactions: self.done, schema, open: None }
    }

    fn kind(&self) -> Option<TransactionKind> {
        self.open.as_ref().map(|open| open.transaction.kind)
    }

    fn begin(&mut self, kind: TransactionKind) {
        let transaction = Transaction {
            kind,
            entries: Vec::new(),
            rolled_back: false,
            batch_start: self.batch_start,
            start: self.schema.clock(),
        };
        self.open = Some(Open {
            transaction,
            start_schema: Arc::clone(&self.schema),
            held: OrdMap::new(),
            savepoints: Vec::new(),
        });
    }

    fn end(&mut self, rolled_back: bool) {
        let Some(mut open) = self.open.take() else { return };
        self.branches.join(&mut self.schema);
        if rolled_back {
            self.schema = open.start_schema;
        }
        Arc::make_mut(&mut self.schema).end_transaction();
        self.settings.end_transaction();
        open.transaction.rolled_back = rolled_back;
        if !open.transaction.entries.is_empty() {
            self.done.push(open.transaction);
        }
    }

    fn statement(&mut self, index: usize, statement: &'a Statement, truth: Truth) {
        if truth == Truth::False {
            return;
        }
        let before = Arc::clone(&self.schema);
        let mut after = Arc::clone(&before);
        let context = ApplyContext { migration: &self.migration.id, target: self.target };
        Arc::make_mut(&mut after).apply_as(statement, self.branches.within(truth), &context);
        let mut effects = self.effects(statement, &before, &after, truth);
        let commits = effects.transaction_block == TransactionBlock::Commits;
        if commits {
            self.commit_before();
        }
        self.note_settings(statement);
        self.schema = after;
        self.control_savepoints(statement, &mut effects);
        self.record(index, statement, before, effects);
        self.control_transaction(statement);
        if commits && !begins(statement) {
            self.end(false);
        }
    }

    /// What a statement does; where it may fail unseen, `after` only doubts what it touches.
    fn effects(
        &self,
        statement: &Statement,
        before: &Schema,
        after: &Schema,
        truth: Truth,
    ) -> Effects {
        let since = self.open.as_ref().map(|open| open.transaction.start);
        let effects = match self.branches.within(truth) {
            Truth::True => effects::of_change(statement, before, after, self.target, since),
            _ => effects::of_within(statement, before, self.target, since),
        };
        Effects { conditional: truth != Truth::True, ..effects }
    }

    /// What was done so far is committed before the statement runs, which then stands alone: after
    /// it nobody opens the transaction again, and each statement commits by itself.
    fn commit_before(&mut self) {
        self.end(false);
        self.between = TransactionKind::Single;
        self.begin(TransactionKind::Single);
    }

    fn note_settings(&mut self, statement: &Statement) {
        let in_block = self.kind().is_some_and(TransactionKind::is_block);
        for action in &statement.actions {
            self.settings.apply(&action.kind, in_block);
        }
    }

    fn record(
        &mut self,
        index: usize,
        statement: &'a Statement,
        before: Arc<Schema>,
        effects: Effects,
    ) {
        let settings = self.settings.current();
        let after = Arc::clone(&self.schema);
        let Some(open) = &mut self.open else { return };
        let held = open.held.clone();
        let position = open.transaction.entries.len();
        for lock in effects.strong_locks() {
            if existed_before(&open.transaction, &before, &lock.relation) {
                let held = open
                    .held
                    .entry(lock.relation.clone())
                    .or_insert_with(|| Held { lock: lock.clone(), since: position });
                held.lock.mode = held.lock.mode.max(lock.mode);
            }
        }
        open.transaction.entries.push(Entry {
            migration: self.migration,
            direction: self.direction,
            index,
            statement,
            subject: statement.subject().map(|written| (written, before.resolve(written))),
            before,
            after,
            effects,
            held,
            settings,
        });
    }

    fn control_savepoints(&mut self, statement: &Statement, effects: &mut Effects) {
        let Some(open) = &mut self.open else { return };
        for action in &statement.actions {
            match &action.kind {
                ActionKind::Savepoint(name) => open.savepoints.push(Savepoint {
                    name: name.clone(),
                    position: open.transaction.entries.len(),
                    schema: Arc::clone(&self.schema),
                    held: open.held.clone(),
                }),
                ActionKind::Release(name) => {
                    if let Some(at) = open.savepoints.iter().rposition(|save| save.name == *name) {
                        open.savepoints.truncate(at);
                    }
                }
                ActionKind::RollbackTo(name) => {
                    let Some(at) = open.savepoints.iter().rposition(|save| save.name == *name)
                    else {
                        continue;
                    };
                    open.savepoints.truncate(at + 1);
                    let Some(save) = open.savepoints.last() else { continue };
                    let entries = &open.transaction.entries;
                    let (kept, undone) = entries.split_at(save.position.min(entries.len()));
                    let kept = locked(kept);
                    let undone = locked(undone).into_iter();
                    effects.released.extend(undone.filter(|name| !kept.contains(name)).cloned());
                    open.held = save.held.clone();
                    self.schema = Arc::clone(&save.schema);
                }
                _ => {}
            }
        }
    }

    fn control_transaction(&mut self, statement: &Statement) {
        for action in &statement.actions {
            match &action.kind {
                ActionKind::Begin if statement.origin == Origin::TopLevel => self.explicit_begin(),
                ActionKind::Begin if statement.origin == Origin::Implied => self.runner_begin(),
                ActionKind::Commit => self.explicit_end(statement.origin, false),
                ActionKind::Rollback => self.explicit_end(statement.origin, true),
                _ => {}
            }
        }
    }

    /// `BEGIN` turns what is open into an explicit block; within the runner's it does nothing.
    fn explicit_begin(&mut self) {
        let Some(open) = &mut self.open else { return };
        if matches!(open.transaction.kind, TransactionKind::Single | TransactionKind::Implicit) {
            open.transaction.kind = TransactionKind::Explicit;
        }
    }

    /// The runner itself opens its transaction again.
    fn runner_begin(&mut self) {
        if let Some(open) = &mut self.open {
            open.transaction.kind = TransactionKind::Runner;
        }
    }

    /// A block's own `COMMIT` works only outside a transaction block; elsewhere the server
    /// refuses it, and nothing ends.
    fn explicit_end(&mut self, origin: Origin, rolled_back: bool) {
        let in_block = self.kind().is_some_and(TransactionKind::is_block);
        if origin == Origin::Block && in_block {
            return;
        }
        self.end(rolled_back);
    }
}

/// Whether the statement opens a transaction.
fn begins(statement: &Statement) -> bool {
    statement.actions.iter().any(|action| action.kind == ActionKind::Begin)
}
