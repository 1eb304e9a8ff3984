//! `missing-primary-key`: a table has no primary key.

use crate::finding::{Category, Hazard};
use crate::migration::{ActionKind, Dialect, Direction, Persistence};
use crate::rule::{Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table has no primary key",
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
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                let ActionKind::CreateTable(table) = &action.kind else { continue };
                let is_part = table.partition_of.is_some() || !table.inherits.is_empty();
                if is_part || table.foreign || table.persistence == Persistence::Temporary {
                    continue;
                }
                let name = statement.entry.after.resolve(&table.name);
                let lacks = context.after.table(&name).known().is_some_and(|known| known.primary_key().is_none());
                let Some(place) = statement.place(action.span).filter(|_| lacks) else { continue };
                sink.add_at(
                    &statement,
                    Draft::at(place, Hazard::Other, format!("rows of `{name}` cannot be told apart: it has no primary key"))
                        .label("logical replication and online schema tools need one")
                        .help("declare a primary key")
                        .relation(&name),
                );
            }
        }
    }
}
