//! `empty-migration`: a migration does nothing.

use crate::finding::{Category, Hazard};
use crate::migration::Dialect;
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, UP, does_something, migration_head,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a migration does nothing",
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
        let migration = context.migration;
        // A revision that joins heads has nothing to do.
        let joins = migration.parents.len() > 1;
        if joins || migration.up.is_none() || does_something(migration.up.as_ref()) {
            return;
        }
        let Some(place) = migration_head(migration) else { return };
        sink.add(
            Draft::at(place, Hazard::Other, "this migration does nothing on its way forward")
                .label("the tool runs it and notes it as applied")
                .help("write what was meant, or delete the file where no database has applied it"),
        );
    }
}
