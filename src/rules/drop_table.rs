//! `drop-table`: a table and its rows are gone.

use crate::deployed::BreakKind;
use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, Dialect, MysqlChange, PartitionChange, TableChange};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, partition_list,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is dropped with its rows",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for loss in &context.effects().losses {
            let Loss::Table(table) = loss else { continue };
            // Made anew, it has a rule of its own; filled from the old one, nothing is lost.
            let kept = context.successor(table).is_some() || context.is_copied_back(table);
            if context.is_new(table) || kept {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let message = format!("`{table}` is dropped with all its rows");
            let proof = context.proof_of(table, BreakKind::TableDropped);
            let draft = Draft::at(place, Hazard::DataLoss, message)
                    .label("the rows are gone, and every release that still names the table fails")
                    .help(format!(
                        "deploy a release that no longer uses {table}, keep a copy of the rows, and drop it in a later release"
                    ))
                    .relation(table);
            let unused = format!("`{table}` is dropped with all its rows");
            draft.proven(&proof, unused).into_iter().for_each(|draft| sink.add(draft));
        }
        for action in context.actions() {
            partitions(context, action).into_iter().for_each(|draft| sink.add(draft));
        }
    }
}

/// Partitions of MySQL and MariaDB are no relations of their own; their rows go all the same.
fn partitions(context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
    let (table, change) = context.change_of(action)?;
    let TableChange::Mysql(MysqlChange::Partition(PartitionChange::Drop { names, .. })) = change
    else {
        return None;
    };
    if context.is_new(&table) {
        return None;
    }
    let named = partition_list(names);
    let are = if names.len() == 1 { "is dropped with all its" } else { "are dropped with all their" };
    let message = format!("{named} of `{table}` {are} rows");
    Some(
        Draft::at(context.place(action.span)?, Hazard::DataLoss, message)
            .label("the rows are gone; only a backup brings them back")
            .help("keep a copy of the rows: exchange the partition for an empty table (EXCHANGE PARTITION), and drop that later")
            .relation(&table),
    )
}
