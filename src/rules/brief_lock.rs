//! `brief-lock`: others wait for a relation for an instant, and no timeout bounds the instant.

use crate::effects::Lock;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, RelationKind};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, locks_label, relation_list,
    waiters,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "others wait for an instant, which lasts as long as the longest query before it",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let works = context.long_work().next().is_some();
        if context.entry.settings.lock_timeout.is_positive() && !works {
            return;
        }
        let Some(worst) = locks(context).max_by_key(|lock| lock.mode) else { return };
        let Some(place) = context.place(context.statement().span) else { return };
        let names = relation_list(locks(context).map(|lock| &lock.relation));
        let waiters = waiters(worst.mode);
        // Where another rule tells of the work, this adds whom else it makes wait.
        let (hazard, message, why) = if works {
            let message = format!("{waiters} {names} wait until this statement is done");
            (Hazard::LongBlock, message, "it works through a table meanwhile")
        } else {
            let message = format!("{waiters} {names} wait for an instant");
            let why = "the instant begins when the statement asks for its lock: without a lock timeout it lasts as long as the longest query before it";
            (Hazard::BriefBlock, message, why)
        };
        let draft = Draft::at(place, hazard, message)
            .label(locks_label(locks(context)))
            .why(why)
            .help("begin the migration with a limit, and run it again when it ends by it:\n  SET LOCAL lock_timeout = '2s';");
        sink.add(locks(context).fold(draft, |draft, lock| draft.relation(&lock.relation)));
    }
}

/// Who uses an index or a sequence of a table waits for the table too, and that is told of the
/// table.
fn locks<'a>(context: &StatementContext<'a>) -> impl Iterator<Item = &'a Lock> {
    let is_told = |kind| !matches!(kind, RelationKind::Index | RelationKind::Sequence);
    context.strong_locks().filter(move |lock| is_told(lock.kind))
}
