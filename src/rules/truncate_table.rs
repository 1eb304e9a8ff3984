//! `truncate-table`: all rows of a table are gone at once, for every reader.

use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, MysqlChange, PartitionChange, Partitions, TableChange,
};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP, lock_label, partition_list,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "TRUNCATE empties a table for every reader at once",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
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
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let Some(emptied) = emptied(action) else { continue };
            for loss in &context.effects().losses {
                let Loss::Rows(table) = loss else { continue };
                let Some(place) = context.place(action.span) else { continue };
                if context.is_short(table) {
                    continue;
                }
                let lock = context.effects().lock_on(table);
                let gone = || match &emptied {
                    Some(_) => "only a backup brings them back".to_owned(),
                    None => format!("all rows of {table} go"),
                };
                let label = lock.map_or_else(gone, lock_label);
                let message = match (&emptied, context.target().dialect.is_mysql()) {
                    (Some(partitions), _) => {
                        format!("all rows of `{table}` in {partitions} are gone")
                    }
                    (None, true) => format!(
                        "all rows of `{table}` are gone, and what the transaction did before is committed"
                    ),
                    (None, false) => format!(
                        "all rows of `{table}` are gone, also for transactions that began before"
                    ),
                };
                sink.add(
                    Draft::at(place, Hazard::DataLoss, message)
                        .label(label)
                        .help(format!("delete the rows of {table} in batches by key, each committed, after a backup"))
                        .relation(table),
                );
            }
        }
    }
}

/// Whether the action empties a table, or of it only the partitions said.
fn emptied(action: &Action) -> Option<Option<String>> {
    match &action.kind {
        ActionKind::Truncate(_) => Some(None),
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::Mysql(MysqlChange::Partition(PartitionChange::Truncate(partitions))) => {
                Some(Some(match partitions {
                    Partitions::All => "all partitions".to_owned(),
                    Partitions::Named(names) => partition_list(names),
                }))
            }
            _ => None,
        },
        _ => None,
    }
}
