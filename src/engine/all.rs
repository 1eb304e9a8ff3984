//! Puts the judgements of several projects together: one list of findings, one sum.

use super::judge::{Judged, judge_beside, sort};
use super::replay::Replay;
use super::{Baseline, Project, suppress};
use crate::finding::{Finding, LintReport, Summary};
use crate::migration::Dialect;
use crate::schema::Schema;
use rayon::prelude::*;
use std::collections::HashMap;

/// Judges all projects. Findings of one folder that differ in their dialect alone are merged; those
/// of the baseline are counted.
///
/// What could not be read, and how many files there were, is added by who read them.
pub fn judge_all(projects: &[Project], baseline: Option<&Baseline>) -> LintReport {
    let judged = projects.par_iter().map(|project| judge_beside(project, &ends(project, projects)));
    let judged: Vec<Judged> = judged.collect();
    let mut report = LintReport {
        projects: projects.iter().map(|project| project.summary.clone()).collect(),
        ..LintReport::default()
    };
    let mut used = vec![false; projects.first().map_or(0, |project| project.allowances.len())];
    for one in judged {
        add(&mut report.summary, one.summary);
        used.iter_mut().zip(one.used).for_each(|(used, here)| *used |= here);
        report.findings.extend(one.findings);
        report.opaque.extend(one.opaque);
        report.timelines.extend(one.timelines);
    }
    report.findings = merge_dialects(report.findings);
    report.findings.extend(suppress::unused_allowances(projects, &used));
    if let Some(baseline) = baseline {
        baseline.apply(&mut report, projects);
    }
    sort(&mut report.findings);
    report
}

/// How the histories of a folder end, dialect by dialect, where it has several and a rule compares
/// them.
fn ends(project: &Project, projects: &[Project]) -> Vec<(Dialect, Schema)> {
    let is_asked = suppress::active(project, "dialect-divergence").is_some();
    let is_beside = |other: &&Project| {
        let (one, other) = (&project.summary, &other.summary);
        is_asked && one.path == other.path && one.layout == other.layout
    };
    let beside: Vec<&Project> = projects.iter().filter(is_beside).collect();
    if beside.len() < 2 {
        return Vec::new();
    }
    let mut ends: Vec<(Dialect, Schema)> = beside
        .into_iter()
        .map(|project| (project.target.dialect, Replay::of(project).end()))
        .collect();
    ends.sort_by_key(|(dialect, _)| *dialect);
    ends
}

fn add(sum: &mut Summary, part: Summary) {
    sum.migrations += part.migrations;
    sum.judged += part.judged;
    sum.statements += part.statements;
    sum.analysed += part.analysed;
    sum.opaque += part.opaque;
    sum.suppressed += part.suppressed;
    sum.baselined += part.baselined;
}

fn merge_dialects(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    for finding in findings {
        let alike = seen.entry(finding.fingerprint.clone()).or_default();
        let twin = alike
            .iter()
            .copied()
            .find(|&at| kept.get(at).is_some_and(|other| differ_in_dialect_alone(other, &finding)));
        match twin.and_then(|at| kept.get_mut(at)) {
            Some(other) => other.dialects.extend(finding.dialects),
            None => {
                alike.push(kept.len());
                kept.push(finding);
            }
        }
    }
    kept
}

fn differ_in_dialect_alone(a: &Finding, b: &Finding) -> bool {
    let disjoint = !a.dialects.iter().any(|dialect| b.dialects.contains(dialect));
    disjoint
        && a.project == b.project
        && a.severity == b.severity
        && a.place == b.place
        && a.message == b.message
}
