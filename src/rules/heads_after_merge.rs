//! `heads-after-merge`: once merged, two migrations claim one version.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Fate, Version};
use crate::rule::{BOTH, Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, migration_head};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "once merged, two migrations have the same version",
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
        let Some(since) = &context.observed.since else { return };
        let migrations = context.migrations.iter().zip(&since.fates);
        let new = migrations.filter(|(_, fate)| matches!(fate, Fate::New | Fate::Renumbered { .. }));
        for (migration, _) in new {
            let version = Version::new(migration.id.clone());
            let twin = since.arrivals.iter().find(|arrival| {
                Version::new(arrival.id.clone()) == version
            });
            let (Some(twin), Some(place)) = (twin, migration_head(migration)) else { continue };
            let message = format!(
                "version {} is taken on {} by {}: once merged, two migrations have it",
                migration.id, since.reference, twin.path
            );
            let draft = Draft::at(place, Hazard::Fails, message)
                .label("the second migration of this version")
                .why(format!("{} got it after this branch was made", since.reference))
                .help("give this one, which nobody has applied yet, a version of its own");
            sink.add_for(draft, Some(migration.id.clone()));
        }
    }
}
