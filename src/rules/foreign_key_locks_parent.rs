//! `foreign-key-locks-parent`: a foreign key keeps the referenced table locked while long work follows.

use crate::effects::Lock;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, ColumnConstraint, ConstraintKind, Dialect, ObjectName, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, lock_label, waiters,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a foreign key keeps writers of the referenced table waiting",
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
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        // Backwards, so that each statement meets the long work behind it.
        let mut behind: Option<StatementContext<'_>> = None;
        for one in context.each_of_transaction().rev() {
            if let Some(work) = &behind {
                for lock in parents(&one) {
                    judge(&one, work, lock, sink);
                }
            }
            if one.long_work().next().is_some() && !one.actions().iter().all(|it| one.changes_few_rows(it)) {
                behind = Some(one);
            }
        }
    }
}

/// Locks on tables that new foreign keys of the statement reference.
fn parents<'a>(context: &StatementContext<'a>) -> Vec<&'a Lock> {
    let targets: Vec<&ObjectName> = context.actions().iter().flat_map(|it| targets(&it.kind)).collect();
    if targets.is_empty() || context.long_work().next().is_some() {
        return Vec::new();
    }
    let names: Vec<_> = targets.into_iter().map(|target| context.resolve(target)).collect();
    context.strong_locks().filter(|lock| names.contains(&lock.relation)).collect()
}

fn inline(constraint: &ColumnConstraint) -> Option<&ObjectName> {
    match constraint {
        ColumnConstraint::References { target, .. } => Some(&target.table),
        _ => None,
    }
}

fn listed(kind: &ConstraintKind) -> Option<&ObjectName> {
    match kind {
        ConstraintKind::ForeignKey { target, .. } => Some(&target.table),
        _ => None,
    }
}

fn targets(kind: &ActionKind) -> Vec<&ObjectName> {
    match kind {
        ActionKind::CreateTable(table) => {
            let columns = table.columns.iter().flat_map(|column| &column.constraints);
            let constraints = table.constraints.iter().filter_map(|it| listed(&it.kind));
            columns.filter_map(inline).chain(constraints).collect()
        }
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::AddColumn { column, .. } => {
                column.constraints.iter().filter_map(inline).collect()
            }
            TableChange::AddConstraint(constraint) => listed(&constraint.kind).into_iter().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn judge(
    context: &StatementContext<'_>,
    work: &StatementContext<'_>,
    lock: &Lock,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(context.statement().span) else { return };
    let message = format!(
        "{} `{}` wait from here until the transaction ends, with long work still to come",
        waiters(lock.mode),
        lock.relation
    );
    sink.add_at(
        context,
        Draft::at(place, Hazard::BriefBlock, message)
            .label(lock_label(lock))
            .related(work.place(work.statement().span), "runs under that lock")
            .help("add the foreign key in a migration of its own, behind the long work")
            .relation(&lock.relation),
    );
}
