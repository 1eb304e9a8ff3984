//! `one-change-per-file`: a migration makes several changes.

use crate::finding::{Category, Hazard};
use crate::migration::{ActionKind, Dialect, Direction};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, changes_something,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a migration makes several changes",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let mut changes = context
            .statements(Direction::Up)
            .filter(|statement| changes_something(statement.statement()) && !is_about_new(statement));
        let (Some(first), Some(second)) = (changes.next(), changes.next()) else { return };
        let Some(place) = second.place(second.statement().span) else { return };
        let more = changes.count();
        let message = match more {
            0 => "this is the second change of the migration".to_owned(),
            more => format!("this is the second change of the migration, and {more} more follow"),
        };
        sink.add_at(
            &second,
            Draft::at(place, Hazard::Other, message)
                .label("this project wants one change in each migration")
                .related(first.place(first.statement().span), "the first change")
                .help("write each change into a migration of its own"),
        );
    }
}

/// Whether it completes a table that the migration has made: its indexes, rows, triggers, remarks.
fn is_about_new(statement: &StatementContext<'_>) -> bool {
    let new = |name: &RelationName| statement.is_new(name);
    let is_part = |kind: &ActionKind| match kind {
        ActionKind::AlterTable { table, .. } => new(&statement.resolve(&table.name)),
        ActionKind::CreateIndex(index) => new(&statement.resolve(&index.table)),
        ActionKind::CreateTrigger(trigger) => new(&statement.resolve(&trigger.table)),
        ActionKind::CreatePolicy(policy) => new(&statement.resolve(&policy.table)),
        ActionKind::Comment(_) | ActionKind::Grant(_) => true,
        kind => kind.written_relation().is_some_and(|name| new(&statement.resolve(name))),
    };
    statement.actions().iter().all(|action| is_part(&action.kind))
}
