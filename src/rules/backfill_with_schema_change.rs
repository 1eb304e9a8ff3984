//! `backfill-with-schema-change`: rows changed by a backfill stay locked while a schema change
//! queues for its lock.

use crate::effects::{Lock, WorkKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label, relation_list,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a backfill and a schema change share a transaction",
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
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        // Backwards, so that each statement meets the next schema change behind it.
        let mut behind: Option<(StatementContext<'_>, &Lock)> = None;
        for (position, entry) in context.transaction.entries.iter().enumerate().rev() {
            let one = StatementContext { position, entry, ..*context };
            if let Some((follower, lock)) = &behind {
                judge(&one, follower, lock, sink);
            }
            if let Some(lock) = one.strong_locks().next() {
                behind = Some((one, lock));
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    follower: &StatementContext<'_>,
    lock: &Lock,
    sink: &mut Sink<'_>,
) {
    // Under a lock that is held already, the backfill blocks as any long work does.
    if !context.entry.held.is_empty() || !changes_rows(context) {
        return;
    }
    let work = context.long_work().filter(|work| work.what == WorkKind::DataChange);
    let mut changed: Vec<&RelationName> = work.map(|work| &work.relation).collect();
    changed.dedup();
    let Some(first) = changed.first() else { return };
    let Some(place) = context.place(context.statement().span) else { return };
    let message = format!(
        "rows of {} stay locked until the schema change behind it has got its lock and is done",
        relation_list(changed.iter().copied())
    );
    let draft = Draft::at(place, Hazard::HeldBlock, message)
        .label("updates and deletes of each changed row wait until the transaction ends")
        .why(context.since(first))
        .related(
            follower.place(follower.statement().span),
            format!("waits in the same transaction: {}", lock_label(lock)),
        )
        .help("move it into a migration of its own, in batches by key, each committed");
    sink.add_at(context, changed.into_iter().fold(draft, Draft::relation));
}

/// Whether it changes rows that are there, and not only a handful.
fn changes_rows(context: &StatementContext<'_>) -> bool {
    let is_change = |action: &Action| {
        matches!(action.kind, ActionKind::Update(_) | ActionKind::Delete(_) | ActionKind::Merge(_))
            && !context.changes_few_rows(action)
    };
    context.actions().iter().any(is_change)
}
