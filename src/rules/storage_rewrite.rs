//! `storage-rewrite`: everyone waits while a table is copied to another storage.

use crate::effects::{Work, WorkKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, IndexChange, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_list,
    waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is copied to another storage while everyone waits",
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
        for action in context.actions() {
            let Some((what, help)) = storage_change(action) else { continue };
            let work: Vec<&Work> = context.caused_by(action, WorkKind::Rewrite);
            let Some(worst) = context.worst_lock().filter(|_| !work.is_empty()) else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let mut tables: Vec<&RelationName> =
                work.iter().map(|work| table_of(context, &work.relation)).collect();
            tables.dedup();
            if tables.iter().all(|table| context.is_short(table)) {
                continue;
            }
            let waiters = format!("{} {}", waiters(worst.mode), relation_list(tables.iter().copied()));
            let message = match work.iter().find(|work| table_of(context, &work.relation) != &work.relation) {
                Some(index) => format!("{waiters} wait until `{}` is {what}", index.relation),
                None => format!("{waiters} wait until every row is {what}"),
            };
            let draft = Draft::at(place, Hazard::LongBlock, message)
                .label(locks_label(context.strong_locks()))
                .help(help);
            let draft = match tables.first() {
                Some(table) => draft.why(context.since(table)),
                None => draft,
            };
            sink.add(tables.into_iter().fold(draft, Draft::relation));
        }
    }
}

/// The table of an index, else the relation itself: to plan a query of a table, all its indexes are
/// looked at.
fn table_of<'a>(context: &StatementContext<'a>, name: &'a RelationName) -> &'a RelationName {
    context.before().index(name).any().map_or(name, |index| &index.table)
}

/// What happens to the rows, and what to do instead.
fn storage_change(action: &Action) -> Option<(&'static str, &'static str)> {
    const ONLINE: &str = "move it with an online tool such as pg_repack, which copies while everyone goes on";
    const ASIDE: &str = "make a new table with the wanted storage, write both, copy the rows in batches, and swap their names";
    const ANEW: &str = "build it there while everyone goes on: REINDEX (TABLESPACE …) INDEX CONCURRENTLY on PostgreSQL 14 and later, else CREATE INDEX CONCURRENTLY … TABLESPACE … of a second one, and DROP INDEX CONCURRENTLY of the first";
    match &action.kind {
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::SetLogged { logged: true } => {
                Some(("copied and written to the log of changes", ASIDE))
            }
            TableChange::SetLogged { logged: false } => {
                Some(("copied to a table that a crash empties", ASIDE))
            }
            TableChange::SetAccessMethod { .. } => {
                Some(("copied to the other access method", ASIDE))
            }
            TableChange::SetTablespace { .. } => Some(("copied to the other tablespace", ONLINE)),
            _ => None,
        },
        ActionKind::AlterIndex(index) => match index.change {
            IndexChange::SetTablespace(_) => Some(("copied to the other tablespace", ANEW)),
            _ => None,
        },
        _ => None,
    }
}
