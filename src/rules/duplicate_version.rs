//! `duplicate-version`: two migrations claim one version.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Migration};
use crate::rule::{BOTH, Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, migration_head};
use std::collections::HashMap;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "two migrations have the same version",
    severity: Some(Severity::Error),
    category: Category::History,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        let mut first: HashMap<&str, &Migration> = HashMap::new();
        for (migration, &judged) in context.migrations.iter().zip(context.judged) {
            let Some(earlier) = first.get(migration.id.as_str()) else {
                first.insert(&migration.id, migration);
                continue;
            };
            let (true, Some(place), Some(other)) =
                (judged, migration_head(migration), migration_head(earlier)) else {
                continue;
            };
            let message = format!(
                "version {} is taken by {}: the runner refuses to start, or runs one of the two alone",
                migration.id,
                other.file.path()
            );
            let draft = Draft::at(place, Hazard::Fails, message)
                .label("the second migration of this version")
                .related(Some(other), "the first")
                .help("give the newer one, which nobody has applied yet, a version of its own");
            sink.add_for(draft, Some(migration.id.clone()));
        }
    }
}
