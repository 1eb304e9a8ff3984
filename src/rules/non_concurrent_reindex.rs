//! `non-concurrent-reindex`: writers wait until indexes are rebuilt.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Reindex, ReindexTarget};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, concurrently_after,
    in_steps, quoted,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "indexes are rebuilt while writers wait",
    severity: Some(Severity::Error),
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
        // REINDEX CONCURRENTLY came with 12.
        if !context.target().at_least(12) {
            return;
        }
        for action in context.actions() {
            if let ActionKind::Reindex(reindex) = &action.kind {
                judge(context, action, reindex, sink);
            }
        }
    }
}

fn judge(context: &StatementContext<'_>, action: &Action, reindex: &Reindex, sink: &mut Sink<'_>) {
    let Some((whole, keyword)) = subject(context, reindex).filter(|_| !reindex.concurrently) else {
        return;
    };
    let mut tables: Vec<&RelationName> = context
        .long_work()
        .filter(|work| work.what == WorkKind::IndexBuild)
        .map(|work| &work.relation)
        .collect();
    tables.dedup();
    // Of a whole schema or database, replay may not know a single table.
    if tables.is_empty() && !matches!(reindex.target, ReindexTarget::Schema(_) | ReindexTarget::Database(_)) {
        return;
    }
    let Some(place) = context.place(action.span) else { return };
    let help = match concurrently_after(&context.one_line(), keyword) {
        Some(statement) => in_steps(context, &[Step::outside_transaction(statement)]),
        None => "write REINDEX CONCURRENTLY, outside a transaction".to_owned(),
    };
    let message = format!("writes to {whole} wait until its indexes are rebuilt");
    let mut draft = Draft::at(place, Hazard::LongBlock, message)
        .label("SHARE on the table: inserts, updates, deletes wait; ACCESS EXCLUSIVE on each index: reads that plan with it wait too")
        .help(help);
    if let [table] = tables[..] {
        draft = draft.why(context.since(table));
    }
    if let Some(edits) = context.make_concurrent(keyword) {
        draft = draft.fix(Applicability::Unsafe, "rebuild while writers go on", edits);
    }
    sink.add(tables.into_iter().fold(draft, Draft::relation));
}

/// What is rebuilt, in words, and the keyword behind which CONCURRENTLY is written; `None` for
/// the catalogue, which is never rebuilt concurrently.
fn subject(context: &StatementContext<'_>, reindex: &Reindex) -> Option<(String, &'static str)> {
    Some(match &reindex.target {
        ReindexTarget::Index(name) => {
            let index = context.resolve(name);
            match context.before().index(&index).any() {
                Some(known) => (format!("`{}`", known.table), "index"),
                None => (format!("the table of `{index}`"), "index"),
            }
        }
        ReindexTarget::Table(name) => (format!("`{}`", context.resolve(name)), "table"),
        ReindexTarget::Schema(name) => (format!("each table of schema `{}`", quoted(name)), "schema"),
        ReindexTarget::Database(_) => ("each table of the database".to_owned(), "database"),
        ReindexTarget::System(_) => return None,
    })
}
