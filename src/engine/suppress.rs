//! Suppression by comments and by the configuration.

use super::Project;
use crate::finding::Finding;

/// An `[[allow]]` entry of the configuration.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// The rule.
    pub rule: String,
    /// Id of the migration; `None` for all.
    pub migration: Option<String>,
    /// Why it is allowed.
    pub reason: String,
    /// Last day on which it holds, as days since 1970-01-01.
    pub until: Option<i64>,
}

/// Takes out findings that are allowed; gives their number.
pub(super) fn suppress(project: &Project, findings: &mut Vec<Finding>) -> usize {
    let before = findings.len();
    findings.retain(|finding| {
        !project.allowances.iter().any(|allowance| {
            allowance.rule == finding.rule
                && allowance
                    .migration
                    .as_deref()
                    .is_none_or(|id| Some(id) == finding.migration.as_deref())
                && allowance.until.is_none_or(|last| project.today <= last)
        })
    });
    before - findings.len()
}
