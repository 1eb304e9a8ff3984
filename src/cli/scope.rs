//! `--since`, `--baseline`, `--write-baseline`: what limits the findings of `lint`.

use super::failure::Failure;
use crate::engine::Baseline;
use crate::layout::printed_path;
use crate::pipeline::Request;
use crate::scope;
use crate::source::SourceFile;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of a baseline that nobody named.
const BASELINE: &str = "lockgate-baseline.json";

/// What limits the findings.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ScopeFlags {
    /// Judge only migrations added or changed since the branch left this revision, untracked ones
    /// too; the history before them is replayed all the same
    #[arg(long, value_name = "REF", env = "LOCKGATE_SINCE", hide_env_values = true)]
    pub since: Option<String>,
    /// Findings that are known: counted, not shown [default: lockgate-baseline.json, where there is
    /// one here or above]
    #[arg(long, value_name = "FILE", env = "LOCKGATE_BASELINE", hide_env_values = true)]
    pub baseline: Option<PathBuf>,
    /// Write all findings into the baseline, and succeed
    #[arg(long)]
    pub write_baseline: bool,
}

impl ScopeFlags {
    /// Puts the scope into the request; gives where the baseline is.
    pub fn apply(&self, request: &mut Request) -> Result<PathBuf, Failure> {
        if let Some(reference) = self.since.as_deref().filter(|name| !name.is_empty()) {
            let versioned = scope::since(reference, &request.paths, &request.working_directory)
                .map_err(|error| Failure::usage(format!("--since: {error}"), error.help()))?;
            request.scope.versioned = Some(Arc::new(versioned));
        }
        let (path, must_exist) = match &self.baseline {
            Some(named) => (request.working_directory.join(named), !self.write_baseline),
            None => (found_or_new(&request.settings_folder), false),
        };
        if must_exist || path.exists() {
            request.scope.baseline = Some(Arc::new(read(&path, &request.working_directory)?));
        }
        Ok(path)
    }
}

/// The nearest baseline upward within the repository, else a new one in the folder.
fn found_or_new(folder: &Path) -> PathBuf {
    for above in folder.ancestors() {
        let path = above.join(BASELINE);
        if path.is_file() {
            return path;
        }
        if above.join(".git").exists() {
            break;
        }
    }
    folder.join(BASELINE)
}

fn read(path: &Path, working_directory: &Path) -> Result<Baseline, Failure> {
    const HELP: &str = "write it anew: lockgate lint --write-baseline";
    let shown = printed_path(working_directory, path);
    let bytes = std::fs::read(path).map_err(|error| Failure::Io { path: shown.clone(), error })?;
    let file = SourceFile::from_bytes(shown, bytes)
        .map_err(|error| Failure::usage(error.to_string(), HELP))?;
    Baseline::read(Arc::new(file)).map_err(|error| Failure::usage(error.to_string(), HELP))
}
