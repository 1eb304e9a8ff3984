//! Judges projects: folds the history, runs the rules, then thins out, suppresses, numbers and
//! sorts what they found.

mod all;
mod baseline;
mod comment;
mod day;
mod directive;
mod helpers;
mod judge;
mod noise;
mod once;
mod replay;
mod suppress;

pub use all::judge_all;
pub use baseline::{BadBaseline, Baseline};
pub use day::{BadDay, Day};
pub use judge::{AllowedFinding, Judged, judge};
pub use suppress::Allowance;

use crate::deployed::Deployed;
use crate::finding::{ProjectSummary, Severity};
use crate::migration::{Conventions, Migration, Observed, Target};
use crate::rule::{Anchor, Rule, RuleMeta, Speaker, TableLists};
use crate::schema::Schema;
use crate::timeline::FoldOptions;
use globset::GlobSet;
use std::sync::Arc;

impl Project {
    /// For a script of the project that is a batch of its own.
    pub fn fold_options(&self) -> FoldOptions<'_> {
        FoldOptions { settings: self.conventions.settings, ..FoldOptions::alone(&self.target) }
    }
}

/// A project, parsed and ready to be judged.
pub struct Project {
    /// What reports say of it.
    pub summary: ProjectSummary,
    /// How its layout does things.
    pub conventions: Conventions,
    /// Dialect and server version.
    pub target: Target,
    /// Its history in the order of the layout's tool.
    pub migrations: Vec<Migration>,
    /// For each migration whether findings are made about it.
    pub judged: Vec<bool>,
    /// What one deploy runs.
    pub batch: Batch,
    /// What is known beside the scripts.
    pub observed: Observed,
    /// The schema before its first migration: empty where the history is whole, unknown for a
    /// file without history.
    pub start: Schema,
    /// Tables that the configuration speaks of.
    pub tables: TableLists,
    /// Rules that are on, with their options.
    pub rules: Vec<ActiveRule>,
    /// Releases of the application that may be running, where some are named.
    pub deployed: Option<Arc<Deployed>>,
    /// `[[allow]]` entries of the configuration.
    pub allowances: Vec<Allowance>,
    /// Today, for `until`.
    pub today: Day,
}

/// What one deploy runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Batch {
    /// Nothing is known of deploys: each migration is taken alone.
    #[default]
    Each,
    /// All judged migrations that follow one another.
    Judged,
}

/// A rule that is on.
pub struct ActiveRule {
    /// Its id.
    pub id: &'static str,
    /// What it says of itself.
    pub meta: &'static RuleMeta,
    /// Severity that the configuration demands.
    pub severity: Option<Severity>,
    /// Relations about which it is silent.
    pub ignore_tables: GlobSet,
    /// The rule with its options.
    pub rule: Arc<dyn Rule>,
}

impl ActiveRule {
    /// The rule where its findings belong.
    fn at<'a>(&self, anchor: Anchor<'a>) -> Speaker<'a> {
        Speaker { rule: self.id, meta: self.meta, configured: self.severity, anchor }
    }
}
