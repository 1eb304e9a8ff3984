//! `insert-select-large`: all rows of a table are copied in one statement.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, InsertSource, Query};
use crate::rule::{Draft, FixKind, Once, Rule, RuleMeta, SERVERS, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "all rows of a table are copied in one statement",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: SERVERS,
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
        let ActionKind::Insert(insert) = &action.kind else { return None };
        if insert.source != InsertSource::Query || !takes_all(&insert.query) {
            return None;
        }
        let read = source(context, &insert.query)?;
        let table = context.resolve(&insert.table);
        let message = format!("every row of `{read}` is copied to `{table}` in one statement");
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label("until it is done no dead row goes, and a failure near the end undoes all of it")
                .why(context.since(&read))
                .help(format!("copy in batches by the key of {read}, each committed, from a job or a migration of its own"))
                .once(Once::PerScript)
                .relation(&read)
                .relation(&table),
        )
    }
}

/// Whether nothing in the query chooses among the rows or puts them together.
fn takes_all(query: &Query) -> bool {
    const CHOOSES: [&str; 7] = ["where", "limit", "fetch", "group", "distinct", "union", "join"];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let text = query.sql.to_ascii_lowercase();
    let is_aggregate = |name: &str| matches!(name, "max" | "min" | "sum" | "count" | "avg");
    let aggregates = query.facts.as_ref().is_ok_and(|facts| {
        facts.functions.iter().any(|call| is_aggregate(call.name.name.as_str()))
    });
    !aggregates && !text.split(|c| !is_word(c)).any(|word| CHOOSES.contains(&word))
}

/// The one table that is read, where others fill it.
fn source(context: &StatementContext<'_>, query: &Query) -> Option<RelationName> {
    let [read] = query.reads() else { return None };
    let read = context.resolve(read);
    let is_table = context.before().table(&read).known().is_some();
    (is_table && context.is_long(&read)).then_some(read)
}
