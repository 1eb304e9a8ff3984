//! `constraint-not-enforced`: a constraint is there and nothing keeps to it, or is enforced over every row at once.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, Ident, TableChange, TableConstraint, Validity,
};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, SERVERS, StatementContext, UP, locks_label, waiters,
};
use crate::schema::RelationName;
use crate::source::Span;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a constraint is there and nothing keeps to it, or is enforced over every row at once",
    severity: Some(Severity::Note),
    category: Category::Correctness,
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
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        match &action.kind {
            ActionKind::CreateTable(made) => {
                let table = context.resolve(&made.name);
                let listed = made.constraints.iter().find_map(listed);
                let found = listed.or_else(|| made.columns.iter().find_map(inline))?;
                not_enforced(context, &table, found)
            }
            ActionKind::AlterTable { table, change } => {
                let table = context.resolve(&table.name);
                match change.as_ref() {
                    TableChange::AddConstraint(added) => not_enforced(context, &table, listed(added)?),
                    TableChange::AddColumn { column, .. } => not_enforced(context, &table, inline(column)?),
                    TableChange::AlterConstraint { name, enforced: Some(false), .. } => {
                        not_enforced(context, &table, (Some(name), action.span))
                    }
                    TableChange::AlterConstraint { name, enforced: Some(true), .. } => {
                        enforced(context, action, &table, name)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The name and place of a constraint that is not enforced.
type Found<'a> = (Option<&'a Ident>, Span);

fn listed(constraint: &TableConstraint) -> Option<Found<'_>> {
    let is_it = constraint.validity == Validity::NotEnforced;
    is_it.then_some((constraint.name.as_ref(), constraint.span))
}

fn inline(column: &ColumnDef) -> Option<Found<'_>> {
    column.constraints.iter().find_map(|constraint| match constraint {
        ColumnConstraint::Check { name, validity: Validity::NotEnforced, .. }
        | ColumnConstraint::References { name, validity: Validity::NotEnforced, .. } => {
            Some((name.as_ref(), column.span))
        }
        _ => None,
    })
}

fn not_enforced(context: &StatementContext<'_>, table: &RelationName, (name, span): Found<'_>) -> Option<Draft> {
    let what = name.map_or_else(|| "the constraint".to_owned(), |name| format!("`{name}`"));
    let message = format!("rows of `{table}` may break {what}: nothing checks it");
    Some(
        Draft::at(context.place(span)?, Hazard::Other, message)
            .label("NOT ENFORCED is a remark for readers and planners")
            .help("leave NOT ENFORCED out, or write it as NOT VALID where old rows break the constraint and new ones must not")
            .relation(table),
    )
}

/// `ALTER CONSTRAINT … ENFORCED` reads both sides under its locks.
fn enforced(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    name: &Ident,
) -> Option<Draft> {
    let work = context.caused_by(action, WorkKind::Scan);
    let lock = context.worst_lock().filter(|_| !work.is_empty())?;
    let message = format!(
        "{} `{}` wait until `{name}` is proved for every row",
        waiters(lock.mode),
        lock.relation
    );
    let draft = Draft::at(context.place(action.span)?, Hazard::LongBlock, message)
        .severity(Severity::Error)
        .label(locks_label(context.strong_locks()))
        .why("ENFORCED has no form that proves it later")
        .help("add the same constraint under another name NOT VALID, validate it in a transaction of its own, and drop this one");
    Some(work.iter().fold(draft.relation(table), |draft, work| draft.relation(&work.relation)))
}
