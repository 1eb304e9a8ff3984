//! `work-under-exclusive-lock`: long work runs while an earlier statement's lock is held.

use crate::effects::{Work, WorkKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label, relation_list,
    waiters,
};
use crate::schema::RelationName;
use crate::timeline::{Held, TransactionKind};

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
        let Some(worst) = context.entry.held.values().max_by_key(|held| held.lock.mode) else {
            return;
        };
        let Some(work) = context.long_work().find(|work| !is_few(context, work)) else { return };
        judge(context, worst, work, sink);
    }
}

/// Whether all that is changed is a handful of rows.
fn is_few(context: &StatementContext<'_>, work: &Work) -> bool {
    work.what == WorkKind::DataChange
        && context.actions().iter().all(|action| context.changes_few_rows(action))
}

fn judge(context: &StatementContext<'_>, worst: &Held, work: &Work, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let held = &context.entry.held;
    let waiting: Vec<&RelationName> = held
        .iter()
        .filter(|(_, one)| one.lock.mode.blocked() == worst.lock.mode.blocked())
        .map(|(name, _)| name)
        .collect();
    let message = format!(
        "{} {} wait while {}",
        waiters(worst.lock.mode),
        relation_list(waiting.iter().copied()),
        what_runs(work)
    );
    let mut draft = Draft::at(place, Hazard::HeldBlock, message)
        .label("runs under the lock, which is kept until the transaction ends")
        .why(why(context))
        .help(help(context, work));
    for one in held.values() {
        let message = format!("taken here: {}", lock_label(&one.lock));
        draft = draft.related(context.holder_place(one), message).relation(&one.lock.relation);
    }
    sink.add(draft);
}

fn what_runs(work: &Work) -> String {
    let table = &work.relation;
    match work.what {
        WorkKind::Scan => format!("every row of `{table}` is read"),
        WorkKind::Rewrite => format!("`{table}` is rewritten"),
        WorkKind::IndexBuild => format!("an index of `{table}` is built"),
        WorkKind::DataChange => format!("rows of `{table}` are changed"),
    }
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

fn help(context: &StatementContext<'_>, work: &Work) -> String {
    let rest = match work.what {
        WorkKind::DataChange => "in batches by key, each committed",
        WorkKind::Scan | WorkKind::Rewrite | WorkKind::IndexBuild => "so that the lock is gone when it runs",
    };
    match context.transaction.kind {
        TransactionKind::Explicit => format!("move it behind the COMMIT, {rest}"),
        _ => format!("move it into a later migration, {rest}"),
    }
}
