//! `create-partition-locks-parent`: everyone waits for a partitioned table while a partition is made in place.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, CreateTable, Dialect, PartitionBound, PartitionOf};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, quoted,
    relation_list, relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "CREATE TABLE … PARTITION OF makes everyone wait for the whole partitioned table",
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
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::CreateTable(table) = &action.kind else { continue };
            let Some(partition) = &table.partition_of else { continue };
            judge(context, action, table, partition, sink);
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &CreateTable,
    partition: &PartitionOf,
    sink: &mut Sink<'_>,
) {
    let parent = context.resolve(&partition.parent);
    let Some(lock) = context.strong_locks().find(|lock| lock.relation == parent) else { return };
    let Some(place) = context.place(action.span) else { return };
    let scanned = context.long_work().filter(|work| work.what == WorkKind::Scan);
    let scanned: Vec<&RelationName> = scanned.map(|work| &work.relation).collect();
    let waiting = waiters(lock.mode);
    let draft = if scanned.is_empty() {
        let message = format!("{waiting} `{parent}` and all its partitions wait until the transaction ends");
        Draft::at(place, Hazard::BriefBlock, message)
    } else {
        let message = format!(
            "{waiting} `{parent}` wait while every row of {} is checked",
            relation_list(scanned)
        );
        Draft::at(place, Hazard::LongBlock, message).severity(Severity::Error)
    };
    let draft = draft
        .label(locks_label(context.strong_locks()))
        .why(context.since(&parent))
        .help(help(&parent, table, &partition.bound));
    sink.add(draft.relation(&parent));
}

/// `ATTACH PARTITION` locks the parent against schema changes alone.
fn help(parent: &RelationName, table: &CreateTable, bound: &PartitionBound) -> String {
    let (parent, name) = (relation_sql(parent), quoted(&table.name.name));
    let name = match &table.name.schema {
        Some(schema) => format!("{}.{name}", quoted(schema)),
        None => name,
    };
    let mut text = format!(
        "make the table apart and attach it while it is empty, which lets readers and writers of {parent} go on:\n  \
         CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);\n  \
         ALTER TABLE {parent} ATTACH PARTITION {name} {};",
        bound_sql(bound)
    );
    if table.partition_by.is_some() {
        text.push_str("\nwith its own PARTITION BY behind the parenthesis");
    }
    text
}

fn bound_sql(bound: &PartitionBound) -> String {
    let literals = |values: &[String]| {
        let one = |value: &String| match value.as_str() {
            "MINVALUE" | "MAXVALUE" | "NULL" => value.clone(),
            text => format!("'{}'", text.replace('\'', "''")),
        };
        values.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    match bound {
        PartitionBound::Default => "DEFAULT".to_owned(),
        PartitionBound::Range { from, to } => {
            format!("FOR VALUES FROM ({}) TO ({})", literals(from), literals(to))
        }
        PartitionBound::List(values) => format!("FOR VALUES IN ({})", literals(values)),
        PartitionBound::Hash { modulus, remainder } => {
            format!("FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})")
        }
        PartitionBound::Unknown(text) => text.clone(),
    }
}
