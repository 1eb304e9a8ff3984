//! `many-exclusive-locks`: one transaction keeps several tables locked at once.

use crate::effects::Lock;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, RelationKind};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_list,
};
use crate::schema::RelationName;
use crate::timeline::Held;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "one transaction keeps several tables locked at once",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};


/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// How many tables are fine.
    tables: usize,
}

impl Default for Check {
    fn default() -> Self {
        Self { tables: 1 }
    }
}

impl Rule for Check {
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for one in context.each_of_transaction() {
            let locks = tables(&one, one.strong_locks());
            let held = one.entry.held.values().map(|held: &Held| &held.lock);
            let mut all = tables(&one, held);
            if all.len() > self.tables {
                return;
            }
            all.extend(locks.iter().copied());
            all.sort_by_key(|lock| &lock.relation);
            all.dedup_by_key(|lock| &lock.relation);
            // A single statement locks what it must.
            if all.len() > self.tables && all.len() > locks.len() {
                return report(&one, &all, sink);
            }
        }
    }
}

/// Locks on tables that do not go with another of them: a partition is locked with its parent.
fn tables<'a>(
    context: &StatementContext<'_>,
    locks: impl Iterator<Item = &'a Lock>,
) -> Vec<&'a Lock> {
    let is_part = |name: &RelationName| {
        let known = context.before().table(name).any();
        known.is_some_and(|table| table.parents().next().is_some())
    };
    locks
        .filter(|lock| lock.kind == RelationKind::Table && !is_part(&lock.relation))
        .collect()
}

fn report(context: &StatementContext<'_>, locks: &[&Lock], sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let names = relation_list(locks.iter().map(|lock| &lock.relation));
    let message = format!("{names} are locked at once until the transaction ends");
    let draft = Draft::at(place, Hazard::Other, message)
        .label(locks_label(locks.iter().copied()))
        .why("a transaction of the application that takes them in another order meets a deadlock")
        .help("change one table per migration, so that each lock is given back before the next is taken");
    sink.add_at(context, locks.iter().fold(draft, |draft, lock| draft.relation(&lock.relation)));
}
