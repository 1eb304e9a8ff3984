//! `repeatable-not-idempotent`: a script that runs again whenever it changes cannot be run twice.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Direction, InsertSource, Insert};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a script that runs again whenever it changes cannot be run twice",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        if !context.project.observed.reruns.contains(&context.migration.id) {
            return;
        }
        let mut once = context
            .statements(Direction::Up)
            .filter(|statement| !statement.is_repeatable() && !is_cleared(statement));
        let Some(first) = once.next() else { return };
        let Some(place) = first.place(first.statement().span) else { return };
        let message = "when this script has changed it runs again, and fails here or does it twice";
        sink.add_at(
            &first,
            Draft::at(place, Hazard::Other, message)
                .label("what the first run made is there in the second")
                .help("write it so that it can be run again: OR REPLACE, IF NOT EXISTS, DROP … IF EXISTS before it, ON CONFLICT"),
        );
    }
}

/// Whether rows are inserted that the script has deleted before, or that it has looked for.
fn is_cleared(context: &StatementContext<'_>) -> bool {
    context.actions().iter().all(|action| match &action.kind {
        ActionKind::Insert(insert) => looks(insert) || is_emptied(context, insert),
        _ => false,
    })
}

fn looks(insert: &Insert) -> bool {
    let sql = insert.query.sql.to_ascii_lowercase();
    let looks = ["not exists", "not in", "except", "left join"];
    insert.source == InsertSource::Query && looks.iter().any(|words| sql.contains(words))
}

fn is_emptied(context: &StatementContext<'_>, insert: &Insert) -> bool {
    let here = context.statement().span.start;
    let statements = context.script().into_iter().flat_map(|script| script.statements());
    let earlier = statements.take_while(|statement| statement.span.start < here);
    earlier.flat_map(|statement| &statement.actions).any(|action| match &action.kind {
        ActionKind::Delete(delete) => delete.table == insert.table,
        ActionKind::Truncate(truncate) => {
            truncate.tables.iter().any(|(table, _)| *table == insert.table)
        }
        _ => false,
    })
}
