//! The pipeline: paths and settings in, judged projects out. The crate's documentation shows it
//! on one screen; here layouts, front end and engine are joined.

mod apply;
mod copied;
mod deployed;
mod edited;
mod effects;
mod fix;
mod live;
mod load;
mod select;
mod verify;

pub use apply::{Adopt, ApplyError, ApplyRequest, Deploy, project_of, version_table};
pub use deployed::{Compatibility, Releases, compat};
pub use effects::{EffectsRequest, Sending, effects};
pub use fix::{FixOutcome, fix};
pub use load::{Loaded, load, parse_drafts};
pub use select::{Choice, choices};
pub use verify::{VerifyError, VerifyRequest, verify};

use crate::config::Settings;
use crate::engine::{Baseline, Day, judge_all};
use crate::finding::LintReport;
use crate::layout::{LayoutMeta, Variables};
use crate::migration::{Dialect, ServerVersion};
use crate::scope::Scope;
use std::path::PathBuf;

/// What a run is asked to do.
#[derive(Clone)]
pub struct Request {
    /// Files and folders; empty means what the configuration names, else what is found.
    pub paths: Vec<PathBuf>,
    /// Where relative paths start; absolute.
    pub working_directory: PathBuf,
    /// What `-` stands for.
    pub stdin: Option<Vec<u8>>,
    /// The configuration; the default one where there is none.
    pub settings: Settings,
    /// The folder that paths in the configuration are relative to; absolute.
    pub settings_folder: PathBuf,
    /// What goes before the configuration.
    pub overrides: Overrides,
    /// Releases of the application that may be running; named on the command line, they go before
    /// those of the configuration.
    pub deployed: Vec<String>,
    /// What limits the findings.
    pub scope: Scope,
    /// Today, for suppressions that end.
    pub today: Day,
}

/// What flags and the environment say of every project.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The layout.
    pub layout: Option<LayoutMeta>,
    /// The dialect.
    pub dialect: Option<Dialect>,
    /// The server version.
    pub server_version: Option<ServerVersion>,
    /// What tools read of the database in the environment.
    pub variables: Variables,
}

/// Is told how far a long run is.
pub trait Progress: Sync {
    /// So many scripts will be parsed.
    fn begin(&self, scripts: u64);
    /// One script was parsed.
    fn step(&self);
    /// Nothing more will come.
    fn end(&self);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _scripts: u64) {}
    fn step(&self) {}
    fn end(&self) {}
}

/// Reads, replays and judges.
pub fn lint(request: &Request, progress: &dyn Progress) -> LintReport {
    let mut loaded = load(request, progress);
    deployed::add(request, &mut loaded);
    let mut report = judge_loaded(request, loaded);
    edited::leave_out_known(request, &mut report);
    report
}

/// Judges, and gives with the report the text of a baseline that knows all that was found.
pub fn lint_anew(request: &Request, progress: &dyn Progress) -> (LintReport, String) {
    let mut loaded = load(request, progress);
    deployed::add(request, &mut loaded);
    let found = judge_all(&loaded.projects, None).findings;
    let old = request.scope.baseline.as_deref();
    let baseline = Baseline::renewed(old, &found, &loaded.projects);
    (judge_loaded(request, loaded), baseline)
}

fn judge_loaded(request: &Request, loaded: Loaded) -> LintReport {
    let mut report = judge_all(&loaded.projects, request.scope.baseline.as_deref());
    report.summary.files = loaded.files;
    report.problems = loaded.problems;
    report.skipped = loaded.skipped;
    // Giving back the memory of a long history takes a while that no reader need wait for.
    rayon::spawn(move || drop(loaded.projects));
    report
}
