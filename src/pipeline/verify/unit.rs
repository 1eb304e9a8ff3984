//! What is sent to the server at once: a statement, or a block with the statements in it.

use super::watch::MOST;
use crate::database::{Look, Oid};
use crate::effects::{Lock, TransactionBlock};
use crate::migration::{
    Action, ActionKind, Direction, Migration, Origin, RelationKind, Statement, Step,
};
use crate::report::verify::At;
use crate::schema::RelationName;
use crate::timeline::{Entry, Fold};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What goes to the server.
pub(super) enum Sent {
    /// This text.
    Text(Arc<str>),
    /// Nothing, for a reason.
    Nothing(&'static str),
}

/// One thing that is sent, with what was predicted of it.
pub(super) struct Unit<'f> {
    /// Where it stands.
    pub at: At,
    /// What goes to the server.
    pub sent: Sent,
    /// The transaction that it runs in; `None` where nothing of it runs by our account.
    pub transaction: Option<usize>,
    /// The statements of it that run.
    pub entries: Vec<&'f Entry<'f>>,
    /// Whether a procedural block wraps them.
    is_block: bool,
}

/// The units of a migration's way up, in order.
pub(super) fn units<'f>(migration: &'f Migration, folded: &'f Fold<'f>) -> Vec<Unit<'f>> {
    let Some(script) = migration.script(Direction::Up) else { return Vec::new() };
    let mut by_index: HashMap<usize, (usize, &Entry<'_>)> = HashMap::new();
    for (number, transaction) in folded.transactions.iter().enumerate() {
        by_index.extend(transaction.entries.iter().map(|entry| (entry.index, (number, entry))));
    }
    let mut units = Vec::new();
    let mut index = 0;
    for step in &script.steps {
        for statements in parts(step) {
            let Some(first) = statements.first() else { continue };
            let found = (index..index + statements.len()).filter_map(|at| by_index.get(&at));
            let found: Vec<_> = found.copied().collect();
            index += statements.len();
            let text = step.sql.as_ref().unwrap_or(&first.sql);
            let span = if step.sql.is_some() { step.span } else { first.span };
            units.push(Unit {
                at: At {
                    file: script.source.file.path().to_owned(),
                    line: script.source.file.position(span.start).line,
                    migration: migration.id.clone(),
                    sql: Arc::clone(text),
                },
                sent: sent(text, statements),
                transaction: found.first().map(|(number, _)| *number),
                entries: found.into_iter().map(|(_, entry)| entry).collect(),
                is_block: step.sql.is_some(),
            });
        }
    }
    units
}

/// A block is sent as a whole, other statements one by one.
fn parts(step: &Step) -> Vec<&[Statement]> {
    if step.sql.is_some() { vec![&step.statements] } else { step.statements.chunks(1).collect() }
}

fn sent(text: &Arc<str>, statements: &[Statement]) -> Sent {
    let actions = || statements.iter().flat_map(|statement| &statement.actions);
    let is_copy = |action: &Action| match &action.kind {
        ActionKind::Copy(copy) => copy.from && copy.inline_rows.is_some(),
        _ => false,
    };
    if actions().any(is_copy) {
        return Sent::Nothing("rows behind a COPY are not sent");
    }
    if text.starts_with('\\') {
        return Sent::Nothing("a command of psql is not sent");
    }
    Sent::Text(Arc::clone(text))
}

impl Unit<'_> {
    /// Actions that run.
    pub fn actions(&self) -> impl Iterator<Item = &ActionKind> {
        self.entries.iter().flat_map(|entry| &entry.statement.actions).map(|action| &action.kind)
    }

    fn top_level(&self) -> impl Iterator<Item = &ActionKind> {
        let top = self.entries.iter().filter(|entry| entry.statement.origin != Origin::Block);
        top.flat_map(|entry| &entry.statement.actions).map(|action| &action.kind)
    }

    /// The locks that were predicted.
    pub fn locks(&self) -> impl Iterator<Item = &Lock> {
        self.entries.iter().flat_map(|entry| &entry.effects.locks)
    }

    /// Tables that it can be held up at, those first that it was predicted to lock. None for what
    /// passes over locked ones.
    pub fn tables_to_hold_up(
        &self,
        before: &Look,
        foreign: &BTreeSet<Oid>,
    ) -> Vec<(Oid, RelationName)> {
        if matches!(&self.sent, Sent::Text(text) if text.to_lowercase().contains("skip_locked")) {
            return Vec::new();
        }
        let predicted: BTreeSet<&RelationName> = self.locks().map(|lock| &lock.relation).collect();
        let tables = before
            .relations
            .iter()
            .filter(|(oid, seen)| seen.kind == RelationKind::Table && !foreign.contains(oid));
        let mut tables: Vec<_> = tables.map(|(oid, seen)| (*oid, seen.name.clone())).collect();
        tables.sort_by_key(|(_, name)| !predicted.contains(name));
        tables.truncate(MOST);
        tables
    }

    /// Whether it changes nothing but the session, or begins a transaction.
    pub fn is_of_session(&self) -> bool {
        use ActionKind::{Begin, Session, Set};
        let mut kinds = self.actions().peekable();
        kinds.peek().is_some() && kinds.all(|kind| matches!(kind, Begin | Set(_) | Session { .. }))
    }

    /// Whether it is a `BEGIN`.
    pub fn begins_transaction(&self) -> bool {
        self.top_level().any(|kind| matches!(kind, ActionKind::Begin))
    }

    /// Whether it is a `COMMIT` or `ROLLBACK`.
    pub fn ends_transaction(&self) -> bool {
        self.top_level().any(|kind| matches!(kind, ActionKind::Commit | ActionKind::Rollback))
    }

    /// Whether it gives locks back.
    pub fn rolls_back_to_savepoint(&self) -> bool {
        self.actions().any(|kind| matches!(kind, ActionKind::RollbackTo(_)))
    }

    /// Whether the server refuses it in a transaction block.
    pub fn forbids_transaction(&self) -> bool {
        let forbidden = TransactionBlock::Forbidden;
        self.entries.iter().any(|entry| entry.effects.transaction_block == forbidden)
    }

    /// Why the server will refuse it, where that was predicted.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal_alone().or_else(|| {
            self.forbids_transaction().then_some("it cannot run inside a transaction block")
        })
    }

    /// Why the server will refuse it even outside a transaction, where that was predicted.
    pub fn refusal_alone(&self) -> Option<&str> {
        let refused = self.entries.iter().find_map(|entry| entry.effects.refused.as_ref());
        refused.map(|refusal| refusal.reason.as_str())
    }

    /// Whether an effect may be missing in the prediction, or may not come.
    pub fn is_unsure(&self) -> bool {
        let unsure = |entry: &&Entry<'_>| !entry.effects.known || entry.effects.conditional;
        self.entries.iter().any(unsure)
    }

    /// Whether a query of `rows` rows takes the lock only where a row leads it there: by foreign
    /// keys, triggers and functions. A sequence is not touched for NULL either.
    pub fn is_led_to(&self, lock: &Lock, rows: u64) -> bool {
        let Some(entry) = self.single() else { return false };
        let mut written = self.actions().filter_map(ActionKind::written_relation);
        let is_written = written.any(|name| entry.before.resolve(name) == lock.relation);
        let of_query = self.actions().all(|kind| {
            use ActionKind::{Delete, Insert, Merge, Select, Update};
            matches!(kind, Select(_) | Insert(_) | Update(_) | Delete(_) | Merge(_))
        });
        of_query && !is_written && (rows == 0 || lock.kind == RelationKind::Sequence)
    }

    /// Whether which tables it reads in full is up to the planner.
    pub fn is_planned(&self) -> bool {
        self.is_block
            || self.actions().any(|kind| {
                matches!(
                    kind,
                    ActionKind::Select(_)
                        | ActionKind::Insert(_)
                        | ActionKind::Update(_)
                        | ActionKind::Delete(_)
                        | ActionKind::Merge(_)
                        | ActionKind::Call(_)
                        | ActionKind::Copy(_)
                        | ActionKind::CreateTableAs(_)
                        | ActionKind::CreateView(_)
                        | ActionKind::Refresh(_)
                )
            })
    }

    /// The only statement of a unit that is no block.
    pub fn single(&self) -> Option<&Entry<'_>> {
        match self.entries.as_slice() {
            [only] if !self.is_block => Some(only),
            _ => None,
        }
    }
}
