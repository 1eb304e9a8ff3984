//! `backfill-with-schema-change`: rows changed by a backfill stay locked while a schema change
//! queues for its lock.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_list,
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

/// More backfills before one schema change are not pointed at: the first ones say it.
const POINTED_AT: usize = 3;

impl Rule for Check {
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let mut backfills: Vec<StatementContext<'_>> = Vec::new();
        for one in context.each_of_transaction() {
            if one.strong_locks().next().is_some() && !backfills.is_empty() {
                judge(&one, &std::mem::take(&mut backfills), sink);
            }
            // Under a lock that is held already, the backfill blocks as any long work does.
            if one.entry.held.is_empty() && changes_rows(&one) && changed(&one).next().is_some() {
                backfills.push(one);
            }
        }
    }
}

/// A schema change with the backfills before it.
fn judge(context: &StatementContext<'_>, backfills: &[StatementContext<'_>], sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let mut tables: Vec<&RelationName> = backfills.iter().flat_map(changed).collect();
    tables.sort_unstable();
    tables.dedup();
    let message = format!(
        "changed rows of {} stay locked until this schema change has got its lock and is done",
        relation_list(tables.iter().copied())
    );
    let mut draft = Draft::at(place, Hazard::BriefBlock, message)
        .label(locks_label(context.strong_locks()))
        .help("move what changes rows into a migration of its own, in batches by key, each committed");
    if let Some(first) = tables.first() {
        draft = draft.why(context.since(first));
    }
    for one in backfills.iter().take(POINTED_AT) {
        let place = one.place(one.statement().span);
        let message = "updates and deletes of each row changed here wait until the transaction ends";
        draft = draft.related(place, message);
    }
    sink.add_at(context, tables.into_iter().fold(draft, Draft::relation));
}

/// Tables whose rows a statement changes in number.
fn changed<'a>(context: &StatementContext<'a>) -> impl Iterator<Item = &'a RelationName> {
    let work = context.long_work().filter(|work| work.what == WorkKind::DataChange);
    work.map(|work| &work.relation)
}

/// Whether it changes rows that are there, and not only a handful.
fn changes_rows(context: &StatementContext<'_>) -> bool {
    let is_change = |action: &Action| {
        matches!(action.kind, ActionKind::Update(_) | ActionKind::Delete(_) | ActionKind::Merge(_))
            && !context.changes_few_rows(action)
    };
    context.actions().iter().any(is_change)
}
