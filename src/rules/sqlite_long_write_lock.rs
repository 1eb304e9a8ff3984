//! `sqlite-long-write-lock`: one writer at a time: a long one keeps all others out.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, InsertSource};
use crate::rule::{Draft, FixKind, Once, Rule, RuleMeta, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "every writer of the database waits while rows of a table are changed",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: &[Dialect::Sqlite],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let table = changed(context, action)?;
        if context.is_short(&table) || context.changes_few_rows(action) {
            return None;
        }
        let place = context.place(action.span)?;
        let draft = Draft::at(place, Hazard::LongBlock, format!("every writer of the database waits while rows of `{table}` are written"))
            .label("SQLite has one writer at a time, and a transaction writes until it ends")
            .why(context.since(&table))
            .help("run it while nobody writes, or in batches that are committed one by one; busy_timeout says how long others wait, and in WAL mode readers go on")
            .once(Once::PerScript)
            .relation(&table);
        Some(draft)
    }
}

/// The table whose rows are written, or read to be written elsewhere.
fn changed(context: &StatementContext<'_>, action: &Action) -> Option<RelationName> {
    match &action.kind {
        ActionKind::Update(update) => Some(context.resolve(&update.table)),
        ActionKind::Delete(delete) => Some(context.resolve(&delete.table)),
        ActionKind::Insert(insert) if insert.source == InsertSource::Query => {
            let mut reads = insert.query.reads().iter().map(|read| context.resolve(read));
            reads.find(|read| !context.is_short(read))
        }
        _ => None,
    }
}
