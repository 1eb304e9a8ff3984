//! Findings: what a rule says about a place, and the report that collects them.

mod fingerprint;
mod report;

pub use fingerprint::{Fingerprints, normalised};
pub use report::{
    FileProblem, Fixed, LintReport, NotUnderstood, ProjectSummary, ProjectTimeline, SkippedFolder,
    Summary,
};

use crate::migration::{Dialect, Direction};
use crate::source::{Place, Span};
use std::path::PathBuf;

/// How bad a finding is. `Ord`: note < warning < error.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Worth mending.
    Warning,
    /// Must not be deployed as it is.
    Error,
}

impl Severity {
    /// Lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What kind of promise a rule guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Queries wait or fail while the migration runs.
    Availability,
    /// A deployed version of the application breaks.
    Compatibility,
    /// Data is gone.
    DataLoss,
    /// The migration fails, or does not do what it says.
    Correctness,
    /// There is no way back.
    Reversibility,
    /// The history of migrations is inconsistent.
    History,
    /// A matter of taste; off by default.
    Convention,
}

impl Category {
    /// Name in configuration and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Compatibility => "compatibility",
            Self::DataLoss => "data-loss",
            Self::Correctness => "correctness",
            Self::Reversibility => "reversibility",
            Self::History => "history",
            Self::Convention => "convention",
        }
    }
}

/// What happens to whom, in one word. Order is the order of [`Hazard::rank`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hazard {
    /// The statement fails.
    Fails,
    /// Others wait while the statement works through a relation.
    LongBlock,
    /// Others wait for work under a lock that the transaction took before.
    HeldBlock,
    /// Others wait for an instant, longer if the lock queues.
    BriefBlock,
    /// A deployed version of the application breaks.
    Breaking,
    /// Data is gone.
    DataLoss,
    /// Very many rows change at once.
    MassChange,
    /// Anything else.
    Other,
}

impl Hazard {
    /// Name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::LongBlock => "long_block",
            Self::HeldBlock => "held_block",
            Self::BriefBlock => "brief_block",
            Self::Breaking => "breaking",
            Self::DataLoss => "data_loss",
            Self::MassChange => "mass_change",
            Self::Other => "other",
        }
    }

    /// Rank among availability hazards of one statement, worst first; `None` for the others,
    /// which never hide one another.
    pub fn rank(self) -> Option<u8> {
        match self {
            Self::Fails => Some(0),
            Self::LongBlock => Some(1),
            Self::HeldBlock => Some(2),
            Self::BriefBlock => Some(3),
            _ => None,
        }
    }
}

/// Another place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is there.
    pub message: String,
}

/// Whether a fix keeps the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// To be shown, never applied.
    Display,
    /// To be reviewed before it is kept.
    Unsafe,
    /// Meaning unchanged.
    Safe,
}

/// A replacement of text in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub place: Place,
    /// The new text.
    pub text: String,
}

/// A file that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its path as printed.
    pub path: String,
    /// Where it will be, absolute.
    pub location: PathBuf,
    /// Its text.
    pub text: String,
    /// The migration that it comes right after, where a list says the order.
    pub follows: Option<String>,
}

/// A change that removes the hazard: all of it or nothing.
///
/// Edits are of bytes of the files as they were read, in whatever language those are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Whether it keeps the meaning.
    pub applicability: Applicability,
    /// What it does, imperative.
    pub message: String,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// Files that it makes.
    pub creates: Vec<NewFile>,
}

/// A rule's judgement at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// Severity after configuration.
    pub severity: Severity,
    /// The rule's category.
    pub category: Category,
    /// What happens to whom.
    pub hazard: Hazard,
    /// Headline: what happens to whom.
    pub message: String,
    /// What stands under the place: the lock in words that say who waits.
    pub label: String,
    /// Why here.
    pub why: Option<String>,
    /// What to do, ready to paste.
    pub help: Option<String>,
    /// Where.
    pub place: Place,
    /// Other places.
    pub related: Vec<Related>,
    /// Relations concerned, as printed.
    pub relations: Vec<String>,
    /// Root of the project.
    pub project: String,
    /// Dialects for which it holds.
    pub dialects: Vec<Dialect>,
    /// Id of the migration, where it belongs to one.
    pub migration: Option<String>,
    /// Direction of the script, where it belongs to one.
    pub direction: Option<Direction>,
    /// Index of the statement in its script, where it belongs to one.
    pub statement: Option<usize>,
    /// A fix, if there is one.
    pub fix: Option<Fix>,
    /// SHA-256 over rule, migration, direction, normalised statement, ordinal among equals; empty
    /// until the engine has numbered all findings.
    pub fingerprint: String,
}

impl Finding {
    /// The span of the primary place.
    pub fn span(&self) -> Span {
        self.place.span
    }
}
