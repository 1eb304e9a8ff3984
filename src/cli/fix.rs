//! `lint --fix` and `lint --diff`.

use super::common::Colour;
use super::failure::Failure;
use super::output::{colour, print, say};
use crate::finding::{Applicability, LintReport};
use crate::fix::{WriteError, unified, write};
use crate::pipeline::{self, FixOutcome, Progress, Request};
use crate::report::terminal;
use std::io;
use std::path::Path;

/// Flags about fixes.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct FixArgs {
    /// Apply fixes that keep the meaning to the judged migrations, then report what remains
    #[arg(long)]
    fix: bool,
    /// With --fix or --diff: also fixes that have to be reviewed
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print what --fix would change as a unified diff instead of a report, and change nothing
    #[arg(long, conflicts_with_all = ["fix", "output", "quiet", "verbose"])]
    diff: bool,
}

/// What a run does with the fixes that are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It only tells of them.
    Tell,
    /// It applies those that are at least so sure.
    Apply(Applicability),
    /// It prints the difference that those would make.
    Diff(Applicability),
}

impl FixArgs {
    /// What the flags come to.
    pub fn mode(self) -> Result<Mode, Failure> {
        let least = if self.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        match (self.fix, self.diff) {
            (true, _) => Ok(Mode::Apply(least)),
            (false, true) => Ok(Mode::Diff(least)),
            (false, false) if self.unsafe_fixes => Err(Failure::usage(
                "--unsafe-fixes says which fixes, not what to do with them",
                "add --diff to see them, or --fix to apply them",
            )),
            (false, false) => Ok(Mode::Tell),
        }
    }
}

/// The report of a run in this mode: of what is there after it.
pub(super) fn lint(
    request: &Request,
    mode: Mode,
    progress: &dyn Progress,
) -> Result<LintReport, Failure> {
    match mode {
        Mode::Tell => Ok(pipeline::lint(request, progress)),
        Mode::Apply(least) => {
            refuse_stdin(request)?;
            let FixOutcome { after, changes, .. } = pipeline::fix(request, least, progress);
            write(&changes).map_err(failure)?;
            Ok(after)
        }
        Mode::Diff(least) => {
            refuse_stdin(request)?;
            let FixOutcome { before, after, changes } = pipeline::fix(request, least, progress);
            print(&unified(&changes))?;
            tell(&after);
            Ok(before)
        }
    }
}

fn refuse_stdin(request: &Request) -> Result<(), Failure> {
    if request.paths.iter().any(|path| path == Path::new("-")) {
        return Err(Failure::usage(
            "standard input cannot be fixed",
            "name the file: lockgate lint --fix db/migrations/20260301_orders.sql",
        ));
    }
    Ok(())
}

/// What the printed diff is, on standard error.
fn tell(after: &LintReport) {
    let mut text = Vec::new();
    let style = colour(Colour::Auto, &io::stderr());
    // Writing into memory cannot fail.
    let _ = terminal::write_diff_summary(&mut text, after, style);
    say(&String::from_utf8_lossy(&text));
}

fn failure(error: WriteError) -> Failure {
    match error {
        WriteError::Io { path, error } => Failure::Io { path, error },
        WriteError::Changed { .. } => {
            Failure::usage(error.to_string(), "run lockgate lint --fix again")
        }
    }
}
