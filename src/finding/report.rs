//! The outcome of a lint run, as data for every reporter.

use super::{Finding, Severity};
use crate::migration::{Dialect, ServerVersion};
use crate::source::Position;

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
}

/// A file that could not be read or does not fit its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file, as printed.
    pub file: String,
    /// Where, if there is a place.
    pub position: Option<Position>,
    /// What is wrong, and what to do.
    pub message: String,
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
}

impl LintReport {
    /// Number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
