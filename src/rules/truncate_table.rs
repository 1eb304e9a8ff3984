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
                    Emptied::Partitions(_) => "only a backup brings them back".to_owned(),
                    Emptied::Table => format!("all rows of {table} go"),
                };
                let label = lock.map_or_else(gone, lock_label);
                let message = match (&emptied, context.target().dialect.is_mysql()) {
                    (Emptied::Partitions(partitions), _) => {
                        format!("all rows of `{table}` in {partitions} are gone")
                    }
                    (Emptied::Table, true) => format!(
                        "all rows of `{table}` are gone, and what the transaction did before is committed"
                    ),
                    (Emptied::Table, false) => format!(
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

/// What an action empties.
enum Emptied {
    Table,
    /// Of the table these partitions, in words.
    Partitions(String),
}

fn emptied(action: &Action) -> Option<Emptied> {
    let change = match &action.kind {
        ActionKind::Truncate(_) => return Some(Emptied::Table),
        ActionKind::AlterTable { change, .. } => change.as_ref(),
        _ => return None,
    };
    let TableChange::Mysql(MysqlChange::Partition(PartitionChange::Truncate(partitions))) = change
    else {
        return None;
    };
    Some(Emptied::Partitions(match partitions {
        Partitions::All => "all partitions".to_owned(),
        Partitions::Named(names) => partition_list(names),
    }))
}
