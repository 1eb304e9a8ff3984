//! Queries: what reading, and filling a table from them, does.

use super::calls;
use super::draft::Draft;
use crate::effects::LockMode;
use crate::migration::{Query, QueryFacts};
use crate::schema::{RelationBody, RelationName, View};

/// A query that runs for its result: how much of a table it reads is the planner's choice.
pub(super) fn run(draft: &mut Draft<'_>, query: &Query) {
    match &query.facts {
        Ok(facts) => side_effects(draft, facts),
        Err(_) => draft.not_known(),
    }
}

/// A query that is parsed and not run.
pub(super) fn parse_only(draft: &mut Draft<'_>, query: &Query) {
    for name in query.reads() {
        let name = draft.resolve(name);
        draft.lock(&name, LockMode::AccessShare);
    }
    if query.facts.is_err() {
        draft.not_known();
    }
}

/// A query whose whole result is stored: every table that it reads is taken as read in full.
pub(super) fn fill_from(draft: &mut Draft<'_>, query: &Query) {
    run(draft, query);
    for name in query.reads() {
        let name = draft.resolve(name);
        for table in tables_under(draft, &name) {
            draft.scan(&table);
        }
    }
}

/// What a query does beside reading.
pub(super) fn side_effects(draft: &mut Draft<'_>, facts: &QueryFacts) {
    for name in &facts.reads {
        let name = draft.resolve(name);
        draft.lock(&name, LockMode::AccessShare);
    }
    for lock in &facts.row_locks {
        let name = draft.resolve(&lock.relation);
        draft.lock(&name, LockMode::RowShare);
    }
    for name in &facts.writes {
        let name = draft.resolve(name);
        draft.needs(&name);
        draft.lock_tree(&name, LockMode::RowExclusive);
        draft.work(&name, crate::effects::WorkKind::DataChange);
    }
    calls::all(draft, &facts.functions);
}

/// Tables and materialized views that reading a relation reads, views seen through.
pub(super) fn tables_under(draft: &Draft<'_>, name: &RelationName) -> Vec<RelationName> {
    let opens = |view: &View| !view.materialized;
    let read = through_views(draft, name, opens).into_iter().filter(|name| {
        let body = draft.relation(name).map(|relation| &relation.body);
        !matches!(body, Some(RelationBody::View(view)) if opens(view))
    });
    read.flat_map(|name| draft.tree(&name)).collect()
}

/// A relation and what it reads through views that open, these among them. Views that read each
/// other (a replaced one can) are looked at once.
pub(super) fn through_views(
    draft: &Draft<'_>,
    name: &RelationName,
    opens: impl Fn(&View) -> bool,
) -> Vec<RelationName> {
    let mut seen: Vec<RelationName> = Vec::new();
    let mut open = vec![name.clone()];
    while let Some(name) = open.pop() {
        if seen.contains(&name) {
            continue;
        }
        if let Some(RelationBody::View(view)) = draft.relation(&name).map(|it| &it.body)
            && opens(view)
        {
            open.extend(view.reads.iter().cloned());
        }
        seen.push(name);
    }
    seen
}
