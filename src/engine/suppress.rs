//! Suppression by comments and by the configuration, and the findings about suppressions
//! themselves: unknown rules, no reason, nothing to suppress.

use super::comment::{self, Comment};
use super::{ActiveRule, AllowedFinding, Day, Project};
use crate::finding::{Finding, Hazard};
use crate::rule::{Anchor, Draft};
use crate::source::Place;
use std::collections::HashMap;

/// An `[[allow]]` entry of the configuration.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// The rule.
    pub rule: String,
    /// Id of the migration; `None` for all.
    pub migration: Option<String>,
    /// Why it is allowed.
    pub reason: String,
    /// Last day on which it holds.
    pub until: Option<Day>,
    /// Where it is written.
    pub place: Place,
}

impl Allowance {
    fn matches(&self, finding: &Finding, today: Day) -> bool {
        self.rule == finding.rule
            && self.migration.as_deref().is_none_or(|id| Some(id) == finding.migration.as_deref())
            && self.until.is_none_or(|last| today <= last)
    }
}

/// What was suppressed in a project.
#[derive(Debug, Clone, Default)]
pub(super) struct Suppressed {
    /// Findings taken out.
    pub findings: Vec<AllowedFinding>,
    /// For each allowance of the configuration whether it took one out.
    pub used: Vec<bool>,
}

/// Takes out findings that are allowed, and adds what is wrong with the comments that allow.
pub(super) fn suppress(project: &Project, findings: &mut Vec<Finding>) -> Suppressed {
    findings.retain(|finding| !is_batched(project, finding));
    let mut comments = comment::collect(project);
    let mut taken = by_comments(project, &mut comments, findings);
    for comment in &comments {
        comment.complain(project, findings);
    }
    let (allowed, used) = by_allowances(project, findings);
    taken.extend(allowed);
    Suppressed { findings: taken, used }
}

fn by_comments(
    project: &Project,
    comments: &mut [Comment],
    findings: &mut Vec<Finding>,
) -> Vec<AllowedFinding> {
    let mut by_file: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, comment) in comments.iter().enumerate() {
        by_file.entry(comment.path().to_owned()).or_default().push(at);
    }
    take_out(findings, |finding| {
        let here = by_file.get(finding.place.file.path());
        let mut reason = None;
        // Every comment that reaches the finding is of use, so none is passed over.
        for &at in here.into_iter().flatten() {
            let hit = comments.get_mut(at).and_then(|one| one.takes(finding, project.today));
            reason = reason.or(hit);
        }
        reason
    })
}

fn by_allowances(
    project: &Project,
    findings: &mut Vec<Finding>,
) -> (Vec<AllowedFinding>, Vec<bool>) {
    let mut used = vec![false; project.allowances.len()];
    let taken = take_out(findings, |finding| {
        let mut reason = None;
        for (allowance, used) in project.allowances.iter().zip(&mut used) {
            if allowance.matches(finding, project.today) {
                *used = true;
                reason = reason.or_else(|| Some(allowance.reason.clone()));
            }
        }
        reason
    });
    (taken, used)
}

/// Whether a change of many rows is one that the runner makes in slices
/// (`-- lockgate: batch(table, key, size)`): that is what the finding asks for.
fn is_batched(project: &Project, finding: &Finding) -> bool {
    if finding.hazard != Hazard::MassChange {
        return false;
    }
    let id = finding.migration.as_deref();
    let mut own = project.migrations.iter().filter(|one| Some(one.id.as_str()) == id);
    let script = own.next().zip(finding.direction).and_then(|(one, way)| one.script(way));
    script.is_some_and(|script| {
        script.directives.iter().any(|directive| {
            directive.statement == finding.statement && directive.text.trim().starts_with("batch(")
        })
    })
}

/// Takes out the findings for which there is a reason.
fn take_out(
    findings: &mut Vec<Finding>,
    mut reason_for: impl FnMut(&Finding) -> Option<String>,
) -> Vec<AllowedFinding> {
    let mut taken = Vec::new();
    let mut kept = Vec::with_capacity(findings.len());
    for finding in std::mem::take(findings) {
        match reason_for(&finding) {
            Some(reason) => taken.push(AllowedFinding { finding, reason }),
            None => kept.push(finding),
        }
    }
    *findings = kept;
    taken
}

/// Findings about entries of the configuration that took out nothing although all that they speak
/// of was judged.
pub(super) fn unused_allowances(projects: &[Project], used: &[bool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(first) = projects.first() else { return findings };
    let Some(rule) = active(first, "unused-suppression") else { return findings };
    for (at, allowance) in first.allowances.iter().enumerate() {
        let is_used = used.get(at).copied().unwrap_or(false);
        let is_on = projects.iter().any(|project| active(project, &allowance.rule).is_some());
        if is_used || !is_on || !was_judged(projects, allowance) {
            continue;
        }
        let message = match allowance.until.filter(|last| first.today > *last) {
            Some(last) => format!("the allowance of {} ended on {last}", allowance.rule),
            None => format!("the allowance of {} suppresses nothing", allowance.rule),
        };
        let draft = Draft::at(allowance.place.clone(), Hazard::Other, message)
            .label("no finding matches")
            .help("delete the entry");
        let anchor = Anchor {
            project: ".",
            dialect: first.target.dialect,
            migration: None,
            direction: None,
            statement: None,
        };
        findings.push(rule.at(anchor).finding(draft));
    }
    findings
}

fn was_judged(projects: &[Project], allowance: &Allowance) -> bool {
    let mut migrations =
        projects.iter().flat_map(|project| project.migrations.iter().zip(&project.judged));
    match &allowance.migration {
        None => migrations.all(|(_, judged)| *judged),
        Some(id) if migrations.clone().any(|(migration, _)| migration.id == *id) => {
            migrations.any(|(migration, judged)| migration.id == *id && *judged)
        }
        Some(_) => migrations.all(|(_, judged)| *judged),
    }
}

/// The rule of that id, where it is on.
pub(super) fn active<'p>(project: &'p Project, id: &str) -> Option<&'p ActiveRule> {
    project.rules.iter().find(|rule| rule.id == id)
}
