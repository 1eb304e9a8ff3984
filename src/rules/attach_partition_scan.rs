//! `attach-partition-scan`: others wait while the rows of a partition are checked.

use crate::effects::{Lock, Work, WorkKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, Dialect, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_list,
    relation_sql, waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ATTACH PARTITION checks rows or builds indexes while others wait",
    severity: Some(Severity::Error),
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
            let Some((parent, TableChange::AttachPartition { partition, .. })) =
                context.change_of(action)
            else {
                continue;
            };
            let mut work = context.caused_by(action, WorkKind::Scan);
            work.extend(context.caused_by(action, WorkKind::IndexBuild));
            if !work.is_empty() {
                judge(context, action, (&parent, &context.resolve(partition)), &work, sink);
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    (parent, partition): (&RelationName, &RelationName),
    work: &[&Work],
    sink: &mut Sink<'_>,
) {
    let Some(worst) = context.worst_lock() else { return };
    let Some(place) = context.place(action.span) else { return };
    let is_worst = |lock: &&Lock| lock.mode.blocked() == worst.mode.blocked();
    let tables = context.strong_locks().filter(is_worst).map(|lock| &lock.relation);
    let tables = tables.filter(|name| context.before().index(name).any().is_none());
    let message = format!(
        "{} {} wait while {}",
        waiters(worst.mode),
        relation_list(tables),
        what_runs(work)
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(context.since(partition))
            .help(help(parent, partition, work))
            .relation(partition),
    );
}

fn what_runs(work: &[&Work]) -> String {
    let of = |what: WorkKind| {
        relation_list(work.iter().filter(|work| work.what == what).map(|work| &work.relation))
    };
    let (scanned, indexed) = (of(WorkKind::Scan), of(WorkKind::IndexBuild));
    match (scanned.is_empty(), indexed.is_empty()) {
        (false, true) => format!("every row of {scanned} is checked"),
        (true, _) => format!("indexes of {indexed} are built"),
        (false, false) => {
            format!("every row of {scanned} is checked and indexes of {indexed} are built")
        }
    }
}

fn help(parent: &RelationName, partition: &RelationName, work: &[&Work]) -> String {
    let (parent, table) = (relation_sql(parent), relation_sql(partition));
    let does = |name: &RelationName, what: WorkKind| {
        work.iter().any(|work| work.relation == *name && work.what == what)
    };
    let mut parts = Vec::new();
    if does(partition, WorkKind::Scan) {
        parts.push(format!("prove the bound beforehand: ADD CONSTRAINT … CHECK (key IS NOT NULL AND key >= lower AND key < upper) NOT VALID on {table}, and VALIDATE it in a later migration"));
    }
    let others = work.iter().filter(|work| work.relation != *partition && work.what == WorkKind::Scan);
    let others: Vec<&RelationName> = others.map(|work| &work.relation).collect();
    if !others.is_empty() {
        parts.push(format!(
            "prove in the same way that no row of {} belongs to the new partition",
            relation_list(others)
        ));
    }
    if work.iter().any(|work| work.what == WorkKind::IndexBuild) {
        parts.push(format!("build each index of {parent} on {table} with CREATE INDEX CONCURRENTLY"));
    }
    parts.push("attach it after that".to_owned());
    parts.join("; ")
}
