//! `type-change-locks-foreign-key`: a type change locks the table at the other end of a foreign key.

use crate::effects::{Lock, WorkKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, Dialect, Ident, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_list, waiters,
};
use crate::schema::{Constraint, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a type change locks the other table of a foreign key",
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
            let Some((table, TableChange::AlterColumn { column, change: ColumnChange::Type { .. } })) =
                context.change_of(action)
            else {
                continue;
            };
            let others = others(context, &table, column);
            let locks: Vec<&Lock> =
                context.strong_locks().filter(|lock| others.contains(&lock.relation)).collect();
            if !locks.is_empty() {
                judge(context, action, &locks, sink);
            }
        }
    }
}

/// Tables at the other end of foreign keys over the column.
fn others(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> Vec<RelationName> {
    let schema = context.before();
    let names = |key: &Constraint| key.columns().contains(column);
    let own = schema.table(table).any().into_iter().flat_map(|known| &known.constraints);
    let own = own.filter(|key| names(key)).filter_map(|key| key.references().cloned());
    let theirs = schema.referencing(table).filter(|(_, key)| references(key, column));
    own.chain(theirs.map(|(child, _)| child.name.clone())).filter(|other| other != table).collect()
}

fn references(key: &Constraint, column: &Ident) -> bool {
    use crate::schema::ConstraintBody;
    match &key.body {
        ConstraintBody::ForeignKey { referenced, .. } => referenced.contains(column),
        _ => false,
    }
}

fn judge(context: &StatementContext<'_>, action: &Action, locks: &[&Lock], sink: &mut Sink<'_>) {
    let Some(place) = context.place(action.span) else { return };
    let Some(worst) = locks.iter().max_by_key(|lock| lock.mode) else { return };
    let names = relation_list(locks.iter().map(|lock| &lock.relation));
    let checked = context.long_work().any(|work| {
        work.what == WorkKind::Scan && locks.iter().any(|lock| lock.relation == work.relation)
    });
    let (hazard, severity, message) = if checked {
        let message = format!("{} {names} wait while the foreign key is checked anew", waiters(worst.mode));
        (Hazard::LongBlock, Severity::Error, message)
    } else {
        let message = format!("{} {names} wait too until the transaction ends", waiters(worst.mode));
        (Hazard::BriefBlock, Severity::Warning, message)
    };
    let draft = Draft::at(place, hazard, message)
        .severity(severity)
        .label(locks_label(locks.iter().copied()))
        .why("the foreign key over the column is dropped and made anew with the new type")
        .help("drop the foreign key first, change the type, add the key NOT VALID, and VALIDATE it in a later migration");
    sink.add(locks.iter().fold(draft, |draft, lock| draft.relation(&lock.relation)));
}
