//! The outcome of a lint run, as data for every reporter.

use super::{Finding, Severity};
use crate::migration::{Dialect, ServerVersion};
use crate::source::Place;
use crate::timeline::Timeline;

/// One project that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSummary {
    /// Root folder, as printed.
    pub path: String,
    /// Name of the layout.
    pub layout: String,
    /// Why it was taken for that layout.
    pub evidence: String,
    /// Dialect.
    pub dialect: Dialect,
    /// Why that dialect.
    pub dialect_evidence: String,
    /// Server version judged for.
    pub server_version: ServerVersion,
    /// Whether nobody named the version.
    pub version_assumed: bool,
    /// Migrations in the history.
    pub migrations: usize,
    /// Files in the folder that the layout's tool would not run.
    pub ignored: Vec<String>,
}

/// Counts over all projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Migrations in all histories.
    pub migrations: usize,
    /// Migrations about which findings were made.
    pub judged: usize,
    /// Statements in judged migrations.
    pub statements: usize,
    /// Of these, understood.
    pub analysed: usize,
    /// Of these, not understood.
    pub opaque: usize,
    /// Findings that a comment or the configuration allows.
    pub suppressed: usize,
    /// Findings that stand in the baseline.
    pub baselined: usize,
    /// Findings of edited files that were there before the change that is judged.
    pub unchanged: usize,
}

/// A file that could not be read or does not fit its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file, as printed.
    pub file: String,
    /// 1-based line, if there is one.
    pub line: Option<usize>,
    /// What is wrong; names the file.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A folder with migrations that lockgate cannot read yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedFolder {
    /// The folder, as printed.
    pub path: String,
    /// What it holds, and by what evidence; names the folder.
    pub message: String,
}

/// A statement of a judged migration whose effect is not fully known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The statement.
    pub place: Place,
    /// Why, as a phrase.
    pub reason: String,
}

/// A finding that a fix took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Id of the rule.
    pub rule: &'static str,
    /// What the fix does, imperative.
    pub message: String,
    /// The file in which the finding was, as printed.
    pub file: String,
    /// 1-based line of it when it was fixed.
    pub line: usize,
    /// Files that were made, as printed.
    pub made: Vec<String>,
}

impl Fixed {
    /// The note for a finding whose fix was applied.
    pub fn of(finding: &Finding) -> Option<Self> {
        let fix = finding.fix.as_ref()?;
        Some(Self {
            rule: finding.rule,
            message: fix.message.clone(),
            file: finding.place.file.path().to_owned(),
            line: finding.place.start().line,
            made: fix.creates.iter().map(|new| new.path.clone()).collect(),
        })
    }
}

/// A transaction of a judged migration that makes others wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectTimeline {
    /// Root of the project, as printed.
    pub project: String,
    /// Dialect judged for.
    pub dialect: Dialect,
    /// Who waits for what, from when until when.
    pub timeline: Timeline,
}

/// Everything that a lint run found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LintReport {
    /// Projects in the order of their paths.
    pub projects: Vec<ProjectSummary>,
    /// Counts.
    pub summary: Summary,
    /// Findings in the order of file, place, rule.
    pub findings: Vec<Finding>,
    /// Files that could not be judged.
    pub problems: Vec<FileProblem>,
    /// Statements that were not understood, project by project in the order of the history.
    pub opaque: Vec<NotUnderstood>,
    /// What fixes took away, in the order in which they were applied.
    pub fixed: Vec<Fixed>,
    /// Transactions that make others wait, project by project in the order in which they run.
    pub timelines: Vec<ProjectTimeline>,
    /// Folders that were passed over.
    pub skipped: Vec<SkippedFolder>,
}

impl LintReport {
    /// Transactions in which readers or writers wait, not schema changes alone.
    pub fn blocking_timelines(&self) -> impl Iterator<Item = &ProjectTimeline> {
        self.timelines.iter().filter(|one| !one.timeline.lanes.is_empty())
    }

    /// Number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
