//! The gate: scripts go in judged and come out as [`CheckedScript`]s, or there are obstacles.
//!
//! It closes on findings from `fail-on` on, on anything that is not understood, whatever its
//! severity, on a history that does not fit the files, and where the live schema is not the one
//! that was judged. A person may take responsibility for findings, by a comment in the file or by
//! `--force`, and is recorded; never for what is not understood, edited or lost.

mod checked;
mod losses;
mod needs;
mod obstacle;
mod probes;
mod replay;
mod sending;
mod units;

pub use checked::{
    Batch, CheckedScript, CheckedSql, CheckedStatement, Class, Losses, Lost, NeededLock, Needs,
    Probe, Reversible, RunSpan, Unit, UnitKind,
};
pub use obstacle::Obstacle;
pub(super) use replay::of_script;

use super::standing::Irregular;
use crate::database::{Live, drift};
use crate::engine::{self, Project};
use crate::finding::{Category, Finding, Hazard, LintReport, Severity};
use crate::migration::{Direction, Migration};
use serde::Serialize;
use std::collections::BTreeSet;

/// What is asked of the gate.
pub struct Request<'a> {
    /// The project; judged are those migrations whose scripts are in question.
    pub project: &'a Project,
    /// Which scripts.
    pub direction: Direction,
    /// Indexes of applied migrations, in the order of the project.
    pub applied: &'a [usize],
    /// Indexes of those whose scripts are to run, in the order in which they run.
    pub scripts: &'a [usize],
    /// Of these the ones that an earlier run began.
    pub begun: &'a [usize],
    /// The least severity that closes the gate.
    pub closes_from: Option<Severity>,
    /// What a person takes responsibility for.
    pub forces: &'a [Force],
    /// How history and files do not fit.
    pub irregular: &'a [Irregular],
    /// The live schema; `None` where it is not compared.
    pub live: Option<&'a Live>,
    /// Whether the drift of a relation, as printed, does not count.
    pub drift_ignored: &'a dyn Fn(&str) -> bool,
    /// Relations and columns whose data a way back may destroy.
    pub losses_allowed: &'a [String],
}

/// `--force RULE=reason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Force {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// A finding that did not close the gate, with who took responsibility for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// The rule.
    pub rule: String,
    /// The headline.
    pub message: String,
    /// The file, as printed.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// Why.
    pub reason: String,
    /// By what means.
    pub by: By,
}

/// By what means a finding was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A comment or the configuration.
    Suppression,
    /// `--force`.
    Force,
}

/// What the gate says.
pub struct Verdict {
    /// The scripts that passed, in order, up to the first that did not.
    pub passed: Vec<CheckedScript>,
    /// What closes the gate; empty where it is open.
    pub obstacles: Vec<Obstacle>,
    /// Everything that was found, for the report.
    pub report: LintReport,
}

impl Verdict {
    /// Whether all scripts may run.
    pub fn is_open(&self) -> bool {
        self.obstacles.is_empty()
    }
}

/// Judges, and lets pass what may.
pub fn judge(request: &Request<'_>) -> Verdict {
    let judged = engine::judge(request.project);
    let mut obstacles: Vec<Obstacle> =
        request.irregular.iter().cloned().map(Obstacle::Irregular).collect();
    let ids: BTreeSet<&str> = scripts(request).map(|migration| migration.id.as_str()).collect();
    let concerns = |finding: &Finding| {
        finding.direction.is_none_or(|direction| direction == request.direction)
            && finding.migration.as_deref().is_none_or(|id| ids.contains(id))
            && (request.direction == Direction::Up || finding.direction.is_some())
    };
    let mut allowed: Vec<(Option<String>, Allowed)> = Vec::new();
    for finding in judged.findings.iter().filter(|finding| concerns(finding)) {
        if request.closes_from.is_none_or(|least| finding.severity < least) {
            continue;
        }
        match force_of(request, finding) {
            Some(force) => {
                allowed.push((finding.migration.clone(), taken(finding, &force.reason, By::Force)));
            }
            None => obstacles.push(Obstacle::Finding(Box::new(finding.clone()))),
        }
    }
    for one in judged.allowed.iter().filter(|one| concerns(&one.finding)) {
        let entry = taken(&one.finding, &one.reason, By::Suppression);
        allowed.push((one.finding.migration.clone(), entry));
    }
    for migration in scripts(request) {
        obstacles.extend(obstacle::not_understood(migration, request.direction, &judged));
    }
    let replayed = replay::run(request, &allowed);
    obstacles.extend(replayed.obstacles);
    if let Some(live) = request.live {
        let differences = drift(&replayed.before, live, &replayed.touched);
        obstacles.extend(differences.into_iter().filter_map(|found| {
            let relation = found.relation.to_string();
            (!(request.drift_ignored)(&relation))
                .then_some(Obstacle::Drift { relation, text: found.text })
        }));
    }
    let report = LintReport {
        projects: vec![request.project.summary.clone()],
        summary: judged.summary,
        findings: judged.findings.into_iter().filter(|finding| concerns(finding)).collect(),
        opaque: judged.opaque,
        ..LintReport::default()
    };
    Verdict { passed: before_first(replayed.scripts, &obstacles), obstacles, report }
}

/// The migrations whose scripts are to run, in order.
fn scripts<'a>(request: &'a Request<'_>) -> impl Iterator<Item = &'a Migration> {
    request.scripts.iter().filter_map(|&at| request.project.migrations.get(at))
}

/// The scripts before the first with an obstacle; none where one belongs to no script.
fn before_first(scripts: Vec<CheckedScript>, obstacles: &[Obstacle]) -> Vec<CheckedScript> {
    if obstacles.iter().any(|obstacle| obstacle.migration().is_none()) {
        return Vec::new();
    }
    let stops = |script: &CheckedScript| {
        obstacles.iter().any(|obstacle| obstacle.migration() == Some(script.id()))
    };
    scripts.into_iter().take_while(|script| !stops(script)).collect()
}

fn force_of<'r>(request: &'r Request<'_>, finding: &Finding) -> Option<&'r Force> {
    let beyond = finding.hazard == Hazard::DataLoss
        || finding.category == Category::DataLoss
        || matches!(finding.rule, "unparsed-statement" | "opaque-statement");
    if beyond {
        return None;
    }
    request.forces.iter().find(|force| force.rule == finding.rule)
}

fn taken(finding: &Finding, reason: &str, by: By) -> Allowed {
    Allowed {
        rule: finding.rule.to_owned(),
        message: finding.message.clone(),
        file: finding.place.file.path().to_owned(),
        line: finding.place.start().line,
        reason: reason.to_owned(),
        by,
    }
}
