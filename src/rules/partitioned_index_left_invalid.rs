//! `partitioned-index-left-invalid`: an index of a partitioned table stays invalid.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction, ObjectKind};
use crate::rule::{Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index of a partitioned table stays invalid",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
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
            let created = statement.effects().created.iter();
            for made in created.filter(|made| made.kind == ObjectKind::Index) {
                let Some(index) = context.after.index(&made.name).known().filter(|index| !index.valid) else {
                    continue;
                };
                let children = context.after.children(&index.table).next();
                if children.is_none() || context.later_actions_about(&made.name.name).next().is_some() {
                    continue;
                }
                let Some(place) = statement.place(statement.statement().span) else { continue };
                let message = format!("no query of `{}` uses `{}`: it stays invalid until every partition has its part", index.table, made.name);
                let help = "build it on each partition with CREATE INDEX CONCURRENTLY, then attach each to it with ALTER INDEX … ATTACH PARTITION";
                let draft = Draft::at(place, Hazard::Other, message).label("made ON ONLY the parent, and a partition has none").help(help);
                sink.add_at(&statement, draft.relation(&index.table));
            }
        }
    }
}
