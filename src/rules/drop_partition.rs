//! `drop-partition`: everyone waits for the partitioned table while a partition is dropped.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind, PartitionBound};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext, Step, in_steps, locks_label,
    relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "to drop a partition makes everyone wait for the whole partitioned table",
    severity: Some(Severity::Warning),
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
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Drop(drop) = &action.kind else { return None };
        if drop.kind != ObjectKind::Table {
            return None;
        }
        let dropped: Vec<RelationName> =
            drop.names.iter().map(|name| context.resolve(name)).collect();
        let (partition, parent) = dropped.iter().find_map(|name| {
            let (parent, _) = context.before().table(name).known()?.partition_of.as_ref()?;
            (!dropped.contains(parent)).then_some((name, parent))
        })?;
        let lock = context.strong_locks().find(|lock| lock.relation == *parent)?;
        let place = context.place(action.span)?;
        let message = format!(
            "{} `{parent}` and all its partitions wait until the transaction ends",
            waiters(lock.mode)
        );
        Some(
            Draft::at(place, Hazard::BriefBlock, message)
                .label(locks_label(context.strong_locks()))
                .why(format!(
                    "`{partition}` is a partition, and the table that it belongs to is locked with it; {}",
                    context.since(parent)
                ))
                .help(help(context, partition, parent))
                .relation(parent)
                .relation(partition),
        )
    }
}

/// `DETACH … CONCURRENTLY` came with 14; the server refuses it beside a default partition.
fn help(context: &StatementContext<'_>, partition: &RelationName, parent: &RelationName) -> String {
    let (table, part) = (relation_sql(parent), relation_sql(partition));
    let mut children = context.before().children(parent);
    let has_default = children.any(|child| {
        let bound = context.before().table(&child.name).any().and_then(|table| table.partition_of.as_ref());
        bound.is_some_and(|(_, bound)| *bound == PartitionBound::Default)
    });
    let drop = Step::new([format!("DROP TABLE {part}")]);
    if context.target().at_least(14) && !has_default {
        let detach = format!("ALTER TABLE {table} DETACH PARTITION {part} CONCURRENTLY");
        return in_steps(context, &[Step::outside_transaction(detach), drop]);
    }
    let steps = in_steps(context, &[drop]);
    format!("drop it in a migration that does nothing else, under a lock timeout:\n{steps}")
}
