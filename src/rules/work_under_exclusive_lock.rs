//! `work-under-exclusive-lock`: long work runs while an earlier statement's lock is held.

use crate::effects::{LockMode, Work, WorkKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, RelationKind};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label, relation_list,
    waiters, work_clause,
};
use crate::schema::RelationName;
use crate::timeline::{Held, TransactionKind};
use std::cmp::Reverse;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "long work runs while the transaction holds a lock that others wait for",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if context.entry.held.is_empty() {
            return;
        }
        let long = context.long_work().filter(|work| !is_instant(context, work));
        let long = long.min_by_key(|work| Reverse(work.what)).map(Under::Work);
        let Some(under) = long.or_else(|| looked_through(context)) else { return };
        let held = worst_held(context);
        if let Some(worst) = held.first() {
            judge(context, &held, worst.lock.mode, &under, sink);
        }
    }
}

/// What runs under the lock.
enum Under<'a> {
    /// Long work.
    Work(&'a Work),
    /// A table is read for a few rows that go into it. Tables that are filled so are small as a
    /// rule.
    Look(RelationName),
}

impl Under<'_> {
    fn clause(&self) -> String {
        match self {
            Self::Work(work) => work_clause(work),
            Self::Look(table) => format!("`{table}` is looked through for what is inserted"),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Work(_) => Severity::Error,
            Self::Look(_) => Severity::Note,
        }
    }

    fn changes_rows(&self) -> bool {
        matches!(self, Self::Work(work) if work.what == WorkKind::DataChange)
    }
}

fn looked_through<'a>(context: &StatementContext<'_>) -> Option<Under<'a>> {
    let mut tables = context.actions().iter().filter_map(|action| context.looked_through(action));
    tables.find(|table| context.is_long(table)).map(Under::Look)
}

/// A handful of rows is changed in an instant, and found in one even where the indexes of their
/// table are not known. Where they are deleted or change their key, foreign keys may read a whole
/// table for them.
fn is_instant(context: &StatementContext<'_>, work: &Work) -> bool {
    let actions = context.actions();
    let inserts = actions.iter().all(|action| matches!(action.kind, ActionKind::Insert(_)));
    let mut written = actions.iter().filter_map(|action| action.kind.written_relation());
    let is_looked_up = context.before().table(&work.relation).any().is_none()
        && written.any(|table| context.resolve(table) == work.relation);
    (inserts || is_looked_up || work.what == WorkKind::DataChange)
        && actions.iter().all(|action| context.changes_few_rows(action))
}

/// Locks that others wait for, worst first.
fn worst_held<'a>(context: &StatementContext<'a>) -> Vec<&'a Held> {
    let held = context.entry.held.values().take(LOOKED_AT);
    let mut held: Vec<&Held> = held.filter(|held| is_used(held)).collect();
    held.sort_by_key(|held| (Reverse(held.lock.mode), held.since));
    held
}

/// Who uses an index or a sequence of a table waits for the table too, and that is told of the
/// table.
fn is_used(held: &Held) -> bool {
    !matches!(held.lock.kind, RelationKind::Index | RelationKind::Sequence)
}

/// A transaction that holds more locks than these is told of by some of them.
const LOOKED_AT: usize = 256;

/// So many of them stand in the headline then.
const LISTED: usize = 3;

/// More statements than these are not pointed at: the first and worst ones say it.
const POINTED_AT: usize = 3;

/// More relations than these are not listed with the finding.
const TOLD: usize = 20;

fn judge(
    context: &StatementContext<'_>,
    held: &[&Held],
    worst: LockMode,
    under: &Under<'_>,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(context.statement().span) else { return };
    let blocking = held.iter().map(|one| &one.lock);
    let waiting = blocking.filter(|lock| lock.mode.blocked() == worst.blocked());
    let waiting: Vec<&RelationName> = waiting.map(|lock| &lock.relation).collect();
    let waiting = if context.entry.held.len() > LOOKED_AT {
        format!("{}, among others,", relation_list(waiting.into_iter().take(LISTED)))
    } else {
        relation_list(waiting)
    };
    let message = format!("{} {waiting} wait while {}", waiters(worst), under.clause());
    let mut draft = Draft::at(place, Hazard::HeldBlock, message)
        .severity(under.severity())
        .label("runs under the lock, which is kept until the transaction ends")
        .why(why(context))
        .help(help(context, under));
    for one in held.iter().take(POINTED_AT) {
        let message = format!("taken here: {}", lock_label(&one.lock));
        draft = draft.related(context.holder_place(one), message);
    }
    let told = held.iter().take(TOLD);
    sink.add(told.fold(draft, |draft, one| draft.relation(&one.lock.relation)));
}

fn why(context: &StatementContext<'_>) -> &'static str {
    match context.transaction.kind {
        TransactionKind::Runner => "the migration tool runs this script in one transaction",
        TransactionKind::Explicit => "the script's own BEGIN opened this transaction",
        TransactionKind::Implicit => {
            "the tool sends the file as one string, and PostgreSQL runs the statements of one string in one transaction"
        }
        TransactionKind::Single => "a DO block runs in one transaction",
    }
}

fn help(context: &StatementContext<'_>, under: &Under<'_>) -> String {
    let rest = match under.changes_rows() {
        true => "in batches by key, each committed",
        false => "so that the lock is gone when it runs",
    };
    match context.transaction.kind {
        TransactionKind::Explicit => format!("move it behind the COMMIT, {rest}"),
        _ => format!("move it into a later migration, {rest}"),
    }
}
