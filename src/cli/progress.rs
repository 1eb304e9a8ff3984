//! A progress bar on standard error, for long work and only on a terminal.

use crate::pipeline::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::OnceLock;

/// Less work than this is done before a bar could be read.
const LONG_WORK: u64 = 2_000;

/// A bar that appears when the work is long.
#[derive(Default)]
pub(super) struct Bar(OnceLock<ProgressBar>);

impl Progress for Bar {
    fn begin(&self, scripts: u64) {
        if scripts < LONG_WORK || !std::io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::new(scripts);
        if let Ok(style) = ProgressStyle::with_template("reading  {bar:30} {pos} of {len} scripts")
        {
            bar.set_style(style);
        }
        // Only the first call has a bar to set.
        let _ = self.0.set(bar);
    }

    fn step(&self) {
        if let Some(bar) = self.0.get() {
            bar.inc(1);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.0.get() {
            bar.finish_and_clear();
        }
    }
}
