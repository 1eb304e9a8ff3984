//! Findings about what a helper in another file does: they stand where the migration calls it, and
//! lead to the helper.

use super::Project;
use crate::finding::{Finding, Related};
use crate::migration::Migration;
use crate::source::Place;
use std::collections::HashMap;

/// Adds to each finding the place in the helper that sends its statement.
pub(super) fn relate(project: &Project, findings: &mut [Finding]) {
    let migrations: HashMap<&str, &Migration> =
        project.migrations.iter().map(|migration| (migration.id.as_str(), migration)).collect();
    for finding in findings {
        if let Some(place) = helper(&migrations, finding) {
            finding.related.push(Related { place, message: "the helper that sends it".to_owned() });
        }
    }
}

fn helper(migrations: &HashMap<&str, &Migration>, finding: &Finding) -> Option<Place> {
    let migration = migrations.get(finding.migration.as_deref()?)?;
    let script = migration.script(finding.direction?)?;
    script.step_of(finding.statement?)?.directive.as_ref()?.via.clone()
}
