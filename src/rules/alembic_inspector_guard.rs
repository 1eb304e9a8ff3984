//! `alembic-inspector-guard`: directives under a condition on what the database has.

use crate::finding::{Category, Hazard};
use crate::migration::{Dialect, Guard};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a change is made only if the database looks as it should",
    severity: None,
    category: Category::History,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for directive in context.directives() {
            if !asks_database(&directive.call.guard) {
                continue;
            }
            sink.add(
                Draft::at(directive.place(), Hazard::Other, "a database that has drifted is passed over in silence")
                    .label(format!("runs only if {}", directive.call.guard))
                    .help("let it fail where the schema is not the expected one"),
            );
        }
    }
}

fn asks_database(guard: &Guard) -> bool {
    match guard {
        Guard::Exists { .. } => true,
        Guard::Not(inner) => asks_database(inner),
        Guard::All(parts) | Guard::Any(parts) => parts.iter().any(asks_database),
        _ => false,
    }
}
