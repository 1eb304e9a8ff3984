//! `blocking-matview-refresh`: readers wait while a materialized view is filled anew.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_sql,
    waiters,
};
use crate::schema::{RelationName, View};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "REFRESH MATERIALIZED VIEW makes readers wait until the view is filled anew",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::Refresh(refresh) = &action.kind else { continue };
            let name = context.resolve(&refresh.name);
            let known = context.before().view(&name).known();
            let filled = known.is_none_or(|view| view.populated);
            let written = context
                .long_work()
                .any(|work| work.relation == name && work.what == WorkKind::Rewrite);
            if !written || !filled {
                continue;
            }
            let Some(lock) = context.effects().lock_on(&name) else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let message = format!("{} `{name}` wait until its query has run", waiters(lock.mode));
            let keyed = is_keyed(context, &name, known);
            let draft = Draft::at(place, Hazard::LongBlock, message)
                .label(locks_label(context.strong_locks()))
                .why(context.since(&name))
                .help(help(&name, keyed))
                .relation(&name);
            let word = context.insert_behind("view", " CONCURRENTLY");
            sink.add(match word.filter(|_| keyed == Keyed::Yes) {
                Some(word) => draft.fix(Applicability::Unsafe, "refresh it while readers go on", word),
                None => draft,
            });
        }
    }
}

/// Whether the view has a key by which its rows are found again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyed {
    Yes,
    No,
}

fn is_keyed(context: &StatementContext<'_>, name: &RelationName, known: Option<&View>) -> Keyed {
    let mut indexes = context.before().indexes_of(name);
    let has_key = indexes.any(|(_, index)| {
        index.unique
            && index.predicate.is_none()
            && index.columns.iter().all(|column| column.column.is_some())
    });
    if known.is_some() && has_key { Keyed::Yes } else { Keyed::No }
}

fn help(name: &RelationName, keyed: Keyed) -> String {
    let refresh = format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {};", relation_sql(name));
    match keyed {
        Keyed::Yes => format!("refresh it while readers go on:\n  {refresh}"),
        Keyed::No => format!(
            "give {name} a unique index over plain columns, then refresh it while readers go on:\n  {refresh}"
        ),
    }
}
