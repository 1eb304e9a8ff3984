//! `index-server-bug`: the configured server has a known error with what the statement does.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ServerVersion, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, statement_head};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the configured server has a known error with what the statement does",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
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
        let place = context.place(action.span)?;
        match &action.kind {
            ActionKind::CreateIndex(index) if index.concurrently => corrupting(context, place),
            ActionKind::Reindex(reindex) if reindex.concurrently => corrupting(context, place),
            ActionKind::AlterTable { table, change } => {
                let TableChange::AddColumn { column, if_not_exists: true, .. } = change.as_ref() else {
                    return None;
                };
                let table = context.resolve(&table.name);
                let is_serial = column.data_type.as_ref()?.serial_base().is_some();
                let is_there = context.known_column(&table, &column.name).is_some();
                let is_old = !context.target().at_least(13);
                let message = format!("a sequence that nothing uses is left beside `{table}`");
                (is_serial && is_there && is_old).then(|| {
                    Draft::at(place, Hazard::Other, message)
                        .severity(Severity::Note)
                        .label("up to version 12 IF NOT EXISTS makes the sequence of a serial column that is there already")
                        .help("leave the statement out: the history has made the column")
                        .relation(&table)
                })
            }
            _ => None,
        }
    }
}

/// 14.0 to 14.3 may leave rows out of an index that is built concurrently. A version that is given
/// without its minor number may be a newer one.
fn corrupting(context: &StatementContext<'_>, place: crate::source::Place) -> Option<Draft> {
    const FIRST: ServerVersion = ServerVersion { major: 14, minor: 1 };
    const LAST: ServerVersion = ServerVersion { major: 14, minor: 3 };
    let version = context.target().version;
    if version < FIRST || version > LAST {
        return None;
    }
    let head = statement_head(context.statement());
    let message = format!("{head} may leave rows out of the index: queries by it miss them");
    Some(
        Draft::at(place, Hazard::Other, message)
            .label(format!("PostgreSQL {version} has this error, 14.4 has not"))
            .help("update the server to 14.4 or newer before, and build anew what was built concurrently so far"),
    )
}
