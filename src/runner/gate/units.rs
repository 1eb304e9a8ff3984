//! A judged script as it is sent: cut into transactions as its layout has them. What may not be in
//! a transaction is alone; a script's own BEGIN and COMMIT are honoured.

use super::checked::{
    Batch, CheckedSql, CheckedStatement, Class, NeededLock, Probe, Sent, Unit, UnitKind,
};
use super::{probes, sending};
use crate::database::identifier;
use crate::effects::{Lock, LockMode, TransactionBlock, WorkKind};
use crate::migration::{
    Action, ActionKind, Dialect, Origin, Script, Statement, Step, Target, TransactionMode,
};
use crate::runner::text::title;
use crate::schema::{Fact, RelationName};
use crate::source::Span;
use crate::timeline::{Entry, Fold, effective_mode};
use std::collections::HashMap;

/// Something that cannot be sent, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsendable {
    pub span: Span,
    pub reason: String,
}

/// Cuts a script whose fold is known.
pub(super) fn cut(
    script: &Script,
    fold: &Fold<'_>,
    target: &Target,
) -> Result<Vec<Unit>, Vec<Unsendable>> {
    let entries = fold.transactions.iter().flat_map(|transaction| &transaction.entries);
    let entries: HashMap<usize, &Entry<'_>> = entries.map(|entry| (entry.index, entry)).collect();
    let mut cutter = Cutter {
        script,
        target,
        first_entry: entries.keys().copied().min().unwrap_or(0),
        entries,
        between: Between::Commit,
        open: None,
        units: Vec::new(),
        errors: Vec::new(),
    };
    match effective_mode(script, target) {
        TransactionMode::PerScript | TransactionMode::WholeRun => cutter.begin(None),
        TransactionMode::OneString if script.steps.len() > 1 => cutter.between = Between::Implicit,
        _ => {}
    }
    cutter.run();
    if cutter.errors.is_empty() { Ok(cutter.units) } else { Err(cutter.errors) }
}

/// What a statement finds that comes after the end of a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    /// It commits by itself.
    Commit,
    /// It opens an implicit transaction.
    Implicit,
}

struct Cutter<'a> {
    script: &'a Script,
    target: &'a Target,
    entries: HashMap<usize, &'a Entry<'a>>,
    /// Index of the first statement that runs.
    first_entry: usize,
    between: Between,
    open: Option<(Option<CheckedSql>, Vec<CheckedStatement>)>,
    units: Vec<Unit>,
    errors: Vec<Unsendable>,
}

impl Cutter<'_> {
    fn run(&mut self) {
        let mut first = 0;
        for step in &self.script.steps {
            self.step(step, first);
            first += step.statements.len();
        }
        self.end(false);
    }

    fn begin(&mut self, text: Option<CheckedSql>) {
        self.open = Some((text, Vec::new()));
    }

    fn end(&mut self, rolled_back: bool) {
        let Some((begin, statements)) = self.open.take() else { return };
        if !statements.is_empty() {
            self.units
                .push(Unit { kind: UnitKind::Transaction { begin, rolled_back }, statements });
        }
    }

    fn step(&mut self, step: &Step, first: usize) {
        let Some(texts) = sending::sent(self.script, step) else { return };
        if step.sql.is_none() && step.statements.iter().any(|one| one.origin == Origin::Block) {
            let reason = "the whole text of this block is not known".to_owned();
            self.errors.push(Unsendable { span: step.span, reason });
            return;
        }
        for (at, text) in texts.iter().enumerate() {
            match self.entries.get(&(first + at)) {
                // Its condition does not hold here.
                None if step.sql.is_none() => continue,
                Some(entry) if step.sql.is_none() && entry.effects.conditional => {
                    let reason = "whether it runs is decided by something that is not known here";
                    self.errors.push(Unsendable { span: step.span, reason: reason.to_owned() });
                    continue;
                }
                _ => {}
            }
            let own = if texts.len() == 1 { &step.statements[..] } else { at_most_one(step, at) };
            if let Err(reason) = sending::refusal(text, own, self.target.dialect) {
                self.errors.push(Unsendable { span: step.span, reason });
                continue;
            }
            self.send(step, text, own, first + at);
        }
    }

    fn send(&mut self, step: &Step, text: &Sent, own: &[Statement], first: usize) {
        match control(own) {
            Some(ActionKind::Begin) if self.open.is_none() || self.is_implicit() => {
                let kept = self.open.take().map(|(_, kept)| kept).unwrap_or_default();
                self.open = Some((Some(CheckedSql::new(text.clone())), kept));
                return;
            }
            // Within a transaction it does nothing.
            Some(ActionKind::Begin) => return,
            Some(ActionKind::Commit) if self.open.is_some() => return self.end(false),
            Some(ActionKind::Rollback) if self.open.is_some() => return self.end(true),
            // Outside of one they do nothing.
            Some(_) => return,
            None => {}
        }
        if self.open.is_some() && self.batch(first, step).is_some() {
            let reason = "batch(…) needs a script that is not one transaction".to_owned();
            self.errors.push(Unsendable { span: step.span, reason });
        }
        let statement = self.statement(step, text, own, first);
        if let Some((_, statements)) = &mut self.open {
            statements.push(statement);
            return;
        }
        if self.between == Between::Implicit {
            self.open = Some((None, vec![statement]));
            return;
        }
        let kind = self.kind_alone(own, &text.sql, first, step);
        self.units.push(Unit { kind, statements: vec![statement] });
    }

    fn is_implicit(&self) -> bool {
        self.between == Between::Implicit && matches!(self.open, Some((None, _)))
    }

    /// How a statement between two commits is sent.
    fn kind_alone(&mut self, own: &[Statement], text: &str, first: usize, step: &Step) -> UnitKind {
        match self.batch(first, step) {
            Some(Ok(batch)) => return UnitKind::Batched(batch),
            Some(Err(reason)) => self.errors.push(Unsendable { span: step.span, reason }),
            None => {}
        }
        let forbidden = self
            .entries(own, first)
            .any(|entry| entry.effects.transaction_block == TransactionBlock::Forbidden);
        if forbidden {
            let entry = self.entries.get(&first).copied();
            return UnitKind::Alone(probes::of(own, text, entry));
        }
        if own.iter().flat_map(|one| &one.actions).any(may_commit) {
            return UnitKind::Alone(Probe::Untold);
        }
        UnitKind::Transaction { begin: None, rolled_back: false }
    }

    fn batch(&self, first: usize, step: &Step) -> Option<Result<Batch, String>> {
        let bound = self.script.directives.iter().filter(|one| one.statement == Some(first));
        let batch = bound.filter_map(|one| Batch::parse(&one.text)).next_back()?;
        let action = step.statements.first().and_then(|one| one.actions.first());
        Some(match action.map(|action| &action.kind) {
            Some(ActionKind::Update(_) | ActionKind::Delete(_)) => batch,
            _ => Err("batch(…) stands above an UPDATE or DELETE".to_owned()),
        })
    }

    fn entries<'s>(
        &'s self,
        own: &[Statement],
        first: usize,
    ) -> impl Iterator<Item = &'s Entry<'s>> + use<'s> {
        (first..first + own.len()).filter_map(|index| self.entries.get(&index).copied())
    }

    fn statement(
        &self,
        step: &Step,
        text: &Sent,
        own: &[Statement],
        first: usize,
    ) -> CheckedStatement {
        let entries: Vec<&Entry<'_>> = self.entries(own, first).collect();
        let span = own.first().filter(|_| own.len() == 1).map_or(step.span, |one| one.span);
        CheckedStatement {
            number: first + 1,
            line: self.script.source.file.position(span.start).line,
            title: title(&text.sql),
            class: self.class(&entries),
            changes_rows: own
                .iter()
                .flat_map(|one| &one.actions)
                .any(|action| writes_rows(&action.kind)),
            locks: self.locks(&entries),
            effects: sending::words(&entries),
            sql: CheckedSql::new(text.clone()),
        }
    }
}

impl Cutter<'_> {
    /// Whether others may hold a lock on the relation: it stood there before the script.
    fn is_shared(&self, name: &RelationName) -> bool {
        let start = self.entries.get(&self.first_entry).map(|entry| &entry.before);
        start.is_none_or(|start| {
            !start.is_complete() || !matches!(start.relation(name), Fact::Absent)
        })
    }

    fn class(&self, entries: &[&Entry<'_>]) -> Class {
        let effects = || entries.iter().map(|entry| &entry.effects);
        if effects().any(|effects| effects.transaction_block == TransactionBlock::Forbidden) {
            return Class::Online;
        }
        let strong = effects()
            .any(|effects| effects.strong_locks().any(|lock| self.is_shared(&lock.relation)));
        let works = effects().any(|effects| !effects.work.is_empty() || !effects.known);
        if works || !strong { Class::Work } else { Class::Catalogue }
    }

    fn locks(&self, entries: &[&Entry<'_>]) -> Vec<NeededLock> {
        if self.target.dialect == Dialect::Sqlite {
            return Vec::new();
        }
        let all = entries.iter().flat_map(|entry| &entry.effects.locks);
        all.filter(|lock| self.is_shared(&lock.relation)).map(needed).collect()
    }
}

fn needed(lock: &Lock) -> NeededLock {
    let name = &lock.relation;
    let (schema, table) = (identifier(name.schema.as_str()), identifier(name.name.as_str()));
    let conflicting = LockMode::ALL.into_iter().filter(|mode| mode.conflicts_with(lock.mode));
    NeededLock {
        relation: name.to_string(),
        quoted: format!("{schema}.{table}"),
        conflicting: conflicting.map(|mode| mode.to_string()).collect(),
    }
}

fn at_most_one(step: &Step, at: usize) -> &[Statement] {
    step.statements.get(at..at + 1).unwrap_or_default()
}

/// The statement's action where it begins or ends a transaction.
fn control(own: &[Statement]) -> Option<&ActionKind> {
    let statement = own.first().filter(|one| one.origin == Origin::TopLevel && own.len() == 1)?;
    statement
        .actions
        .iter()
        .map(|action| &action.kind)
        .find(|kind| matches!(kind, ActionKind::Begin | ActionKind::Commit | ActionKind::Rollback))
}

/// Whether a block or procedure may end transactions by itself.
fn may_commit(action: &Action) -> bool {
    match &action.kind {
        ActionKind::Do { ends_transaction, .. } => *ends_transaction,
        ActionKind::Commit | ActionKind::Rollback | ActionKind::Call(_) => true,
        _ => false,
    }
}

fn writes_rows(kind: &ActionKind) -> bool {
    let copies = matches!(kind, ActionKind::Copy(copy) if copy.from);
    copies || kind.written_relation().is_some()
}

/// The words for a kind of work.
pub(super) fn work_words(what: WorkKind) -> &'static str {
    match what {
        WorkKind::Scan => "reads every row of",
        WorkKind::Rewrite => "writes anew every row of",
        WorkKind::IndexBuild => "builds an index of",
        WorkKind::DataChange => "changes rows of",
    }
}
