//! What happens during a run, told to people as it happens and written as JSON lines.

use super::super::output::{print, say};
use crate::migration::migration_title;
use crate::runner::words::{count, duration, thousands};
use crate::runner::{Blocker, Event, Observer, Outcome};
use serde::Serialize;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Prints, and writes the log.
pub(super) struct Printer {
    log: Option<Mutex<File>>,
    /// What the next line begins with: `applying` for the first.
    lead: Mutex<&'static str>,
    is_terminal: bool,
}

#[derive(Serialize)]
struct Line<'e> {
    /// Milliseconds since 1970, UTC.
    time_ms: u128,
    #[serde(flatten)]
    event: &'e Event,
}

impl Printer {
    /// Prints lines that begin with `lead` once.
    pub fn new(log: Option<File>, lead: &'static str) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { log: log.map(Mutex::new), lead: Mutex::new(lead), is_terminal }
    }

    fn write(&self, event: &Event) {
        let Some(mut file) = self.log.as_ref().and_then(|file| file.lock().ok()) else { return };
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let line = Line { time_ms: time.as_millis(), event };
        if let Ok(mut json) = serde_json::to_vec(&line) {
            json.push(b'\n');
            // A full disk must not stop a deploy half way.
            let _ = file.write_all(&json);
        }
    }

    fn line(&self, text: &str) {
        let lead = self.lead.lock().map_or("", |mut lead| std::mem::take(&mut *lead));
        // Whoever closed the pipe does not read it.
        let _ = print(&format!("{lead:<10} {text}\n"));
    }

    /// On a terminal, in place; nothing elsewhere.
    fn progress(&self, text: &str) {
        if self.is_terminal {
            say(&format!("\r\u{1b}[K           {text}"));
        }
    }

    fn clear(&self) {
        if self.is_terminal {
            say("\r\u{1b}[K");
        }
    }
}

impl Observer for Printer {
    fn tell(&self, event: &Event) {
        self.write(event);
        match event {
            Event::WaitingForRunner { holder } => {
                let _ = print(&format!("waiting    another run has the lock: {holder}\n"));
            }
            Event::Migration { version, resumed, .. } if *resumed > 0 => {
                let done = count(*resumed, "statement");
                let were = if *resumed == 1 { "was" } else { "were" };
                self.line(&format!("{version} goes on: {done} {were} done by an earlier run"));
            }
            Event::Migration { .. } => {}
            Event::Statement { version, title, .. } => {
                self.progress(&format!("{version}  {title} …"));
            }
            Event::Batch { version, batch, rows, .. } => {
                let batches = count(usize::try_from(*batch).unwrap_or(usize::MAX), "batch");
                let batches = batches.replace("batchs", "batches");
                self.progress(&format!("{version}  {batches}, {} rows", thousands(*rows)));
            }
            Event::Waiting { version, reason, blockers, again_in_ms } => {
                self.clear();
                let again = match again_in_ms {
                    0 => String::new(),
                    ms => format!(" … again in {}", duration(Duration::from_millis(*ms))),
                };
                self.line(&format!("{version}: {reason}{}{again}", held_by(blockers)));
            }
            Event::Ended { version, blocker } => {
                self.clear();
                self.line(&format!("{version}: ended {}", blocker.words()));
            }
            Event::Settled { version, statement, found } => {
                self.line(&format!("{version}: statement {statement} of an earlier run: {found}"));
            }
            Event::Done { migration } => {
                self.clear();
                self.line(&done(migration));
            }
            Event::Failed { migration } => {
                self.clear();
                self.line(&format!("{}  failed", name(migration)));
            }
        }
    }
}

fn held_by(blockers: &[Blocker]) -> String {
    let words: Vec<String> = blockers.iter().map(Blocker::words).collect();
    if words.is_empty() { String::new() } else { format!(": held by {}", words.join(" and ")) }
}

fn name(outcome: &Outcome) -> String {
    migration_title(&outcome.version, &outcome.description)
}

fn done(outcome: &Outcome) -> String {
    let what = match (outcome.statements, outcome.title.as_str()) {
        (0, _) => "nothing in it".to_owned(),
        (1, title) => title.to_owned(),
        (more, title) => format!("{title} and {} more", more - 1),
    };
    let rows = match outcome.rows {
        0 => String::new(),
        1 => "  1 row".to_owned(),
        rows => format!("  {} rows", thousands(rows)),
    };
    let time = duration(Duration::from_millis(outcome.execution_time_ms));
    format!("{:<32}  {what:<34}{rows}  {time}", name(outcome))
}
