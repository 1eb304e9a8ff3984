//! `validate-in-same-transaction`: a constraint is validated while an earlier lock is held.

use crate::effects::{Lock, WorkKind};
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, in_steps, lock_label,
    quoted, relation_sql, waiters,
};
use crate::schema::RelationName;
use crate::source::Place;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a constraint is validated under the lock that added it",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::AlterTable { table, change } = &action.kind else { continue };
            let TableChange::ValidateConstraint { name } = change.as_ref() else { continue };
            if context.caused_by(action, WorkKind::Scan).is_empty() {
                continue;
            }
            let table = context.resolve(&table.name);
            let Some(held) = Holder::of(context, action, &table) else { continue };
            judge(context, action, &table, name, held, sink);
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    constraint: &Ident,
    held: Holder<'_>,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "{} `{table}` wait while every row is checked for `{constraint}`",
        waiters(held.lock.mode)
    );
    let statement = format!(
        "ALTER TABLE {} VALIDATE CONSTRAINT {}",
        relation_sql(table),
        quoted(constraint)
    );
    let draft = Draft::at(place, Hazard::HeldBlock, message)
        .label("every row is read here, and the lock is held until the transaction ends")
        .why("NOT VALID gains nothing unless its lock is given back before VALIDATE")
        .related(held.place, format!("taken here: {}", lock_label(held.lock)))
        .help(in_steps(context, &[Step::new([statement])]))
        .relation(table);
    sink.add(match context.move_validation_out(action, table, constraint) {
        Some(remedy) => {
            draft.fix(Applicability::Unsafe, "validate it in a migration of its own", remedy)
        }
        None => draft,
    });
}

/// The strong lock under which the rows are checked, and what took it.
struct Holder<'a> {
    lock: &'a Lock,
    place: Option<Place>,
}

impl<'a> Holder<'a> {
    /// An earlier statement of the transaction, or another action of the same one.
    fn of(
        context: &StatementContext<'a>,
        action: &Action,
        table: &RelationName,
    ) -> Option<Self> {
        if let Some(held) = context.entry.held.get(table) {
            let place = context.holder_place(held);
            return Some(Self { lock: &held.lock, place });
        }
        let lock = context.effects().lock_on(table).filter(|lock| lock.mode.is_strong())?;
        let taker = context.actions().iter().find(|other| {
            let alone = context.effects_of(other);
            *other != action && alone.lock_on(table).is_some_and(|lock| lock.mode.is_strong())
        });
        Some(Self { lock, place: taker.and_then(|taker| context.place(taker.span)) })
    }
}
