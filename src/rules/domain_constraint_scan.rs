//! `domain-constraint-scan`: writers of all tables of a domain wait while it is checked.

use crate::effects::{Work, WorkKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, AlterDomain, Dialect, DomainChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_list,
    waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a constraint of a domain is checked on every table that uses it, while writers wait",
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
            let ActionKind::AlterDomain(domain) = &action.kind else { continue };
            let work = context.caused_by(action, WorkKind::Scan);
            if !work.is_empty() {
                judge(context, action, domain, &work, sink);
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    domain: &AlterDomain,
    work: &[&Work],
    sink: &mut Sink<'_>,
) {
    let Some(worst) = context.worst_lock() else { return };
    let Some(place) = context.place(action.span) else { return };
    let tables: Vec<&RelationName> = work.iter().map(|work| &work.relation).collect();
    let message = format!(
        "{} {} wait while every row is checked for the domain `{}`",
        waiters(worst.mode),
        relation_list(tables.iter().copied()),
        domain.name
    );
    let draft = Draft::at(place, Hazard::LongBlock, message)
        .label(locks_label(context.strong_locks()))
        .help(help(domain));
    let draft = match tables.first() {
        Some(table) => draft.why(context.since(table)),
        None => draft,
    };
    sink.add(tables.into_iter().fold(draft, Draft::relation));
}

/// No form of validating a domain lets writers go on; a check of the table does.
fn help(domain: &AlterDomain) -> String {
    match &domain.change {
        DomainChange::AddCheck { .. } => "add it NOT VALID, so that it holds for new values alone, and prove the old ones by a check of each table: ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE in a later migration".to_owned(),
        DomainChange::SetNotNull => "mark the columns not null instead, each by a check that is added NOT VALID and validated in a later migration".to_owned(),
        _ => "leave it NOT VALID, and prove the rows by a check of each table that is added NOT VALID and validated in a later migration".to_owned(),
    }
}
