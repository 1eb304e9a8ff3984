//! `explicit-table-lock`: a table is locked by hand, and others wait for it.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, LockWait, Script};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext, locks_label, relation_list, waiters, waiting,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is locked by hand, and others wait until it is given back",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres, Dialect::Mysql, Dialect::Mariadb],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        match &action.kind {
            ActionKind::LockTable(lock) if !lock.nowait => of_postgres(context, action),
            ActionKind::LockTables { wait, .. } if *wait != Some(LockWait::No) => of_mysql(context, action),
            _ => None,
        }
    }
}

fn of_postgres(context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
    let worst = context.worst_lock()?;
    let names = relation_list(context.strong_locks().map(|lock| &lock.relation));
    let message = format!("{} {names} wait from here until the transaction ends", waiters(worst.mode));
    let draft = Draft::at(context.place(action.span)?, Hazard::BriefBlock, message)
        .label(locks_label(context.strong_locks()))
        .help("leave it out: each statement takes the lock that it needs");
    Some(context.strong_locks().fold(draft, |draft, lock| draft.relation(&lock.relation)))
}

fn of_mysql(context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
    let locks: Vec<_> =
        context.effects().metadata.iter().filter(|lock| !context.is_new(&lock.table)).collect();
    let worst = locks.iter().map(|lock| lock.mode.blocked()).max()?;
    let names = relation_list(locks.iter().map(|lock| &lock.table));
    let message = format!("{} {names} wait from here until {}", waiting(worst), end_of(context));
    let draft = Draft::at(context.place(action.span)?, Hazard::BriefBlock, message)
        .label("what is open is committed, and the lock outlasts every statement behind it")
        .help("leave it out: each statement takes the lock that it needs");
    Some(locks.iter().fold(draft, |draft, lock| draft.relation(&lock.table)))
}

/// What gives a lock of `LOCK TABLES` back.
fn end_of(context: &StatementContext<'_>) -> &'static str {
    let statements = context.script().into_iter().flat_map(Script::statements);
    let mut later = statements.skip(context.entry.index + 1).flat_map(|one| &one.actions);
    if later.any(|action| action.kind == ActionKind::UnlockTables) {
        return "UNLOCK TABLES";
    }
    "the session ends: no UNLOCK TABLES follows"
}
