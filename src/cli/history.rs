//! `lockgate history`: every row that runs have written.

use super::Outcome;
use super::apply::{DatabaseFlags, fail};
use super::common::{Answer, Format, nearest_settings};
use super::failure::Failure;
use super::output::{print, print_bytes};
use crate::migration::Direction;
use crate::report::schemas;
use crate::runner::words::{duration, thousands};
use crate::runner::{Entry, Kind, Limits, Status, look};
use serde::Serialize;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  lockgate history --database-url sqlite:demo.db
  lockgate history --format json";

/// Arguments of `history`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(flatten)]
    answer: Answer,
}

#[derive(Serialize)]
struct Document<'d> {
    version: u32,
    entries: &'d [Entry],
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.answer.print_schema {
        return print(schemas::HISTORY).map(|()| Outcome::Clean);
    }
    let address = args.database.address()?;
    let options = args.database.options(Limits::default(), &nearest_settings()?.apply);
    let found = look(&address, &options, &[]).map_err(|error| fail(&error))?;
    match args.answer.format {
        Format::Text => print(&table(&found.entries))?,
        Format::Json => {
            let document = Document { version: 1, entries: &found.entries };
            // Plain data has no way to fail.
            let mut json = serde_json::to_vec_pretty(&document).unwrap_or_default();
            json.push(b'\n');
            print_bytes(&json)?;
        }
    }
    Ok(Outcome::Clean)
}

fn table(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "nothing was applied here by lockgate yet\n".to_owned();
    }
    let rows: Vec<[String; 7]> = entries.iter().map(cells).collect();
    let head = ["when", "version", "what", "status", "time", "rows", "by"].map(str::to_owned);
    let wide: Vec<usize> = (0..7)
        .map(|at| {
            let cells = rows.iter().chain([&head]).filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (row, entry) in
        std::iter::once((&head, None)).chain(rows.iter().zip(entries.iter().map(Some)))
    {
        let cells: Vec<String> =
            row.iter().zip(&wide).map(|(cell, wide)| format!("{cell:wide$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        let Some(entry) = entry else { continue };
        for extra in [&entry.error, &entry.note].into_iter().flatten() {
            text.push_str(&format!("  {}\n", extra.replace('\n', "\n  ")));
        }
        if let Some(backup) = &entry.backup_reference {
            text.push_str(&format!("  backup: {backup}\n"));
        }
    }
    text
}

fn cells(entry: &Entry) -> [String; 7] {
    let what = match (entry.kind, entry.direction) {
        (Kind::Run, Direction::Up) => "applied",
        (Kind::Run, Direction::Down) => "taken back",
        (Kind::Marked, _) => "marked",
        (Kind::Accepted, _) => "edit accepted",
        (Kind::Resolved, _) => "resolved",
    };
    let status = match entry.status {
        _ if entry.kind == Kind::Resolved => "",
        Status::Applied => "done",
        Status::Running => "begun",
        Status::Failed => "failed",
        Status::Unknown => "unknown",
    };
    let when: String = entry.applied_at.chars().take(19).collect();
    [
        when.replace('T', " "),
        entry.version.clone(),
        what.to_owned(),
        status.to_owned(),
        duration(Duration::from_millis(entry.execution_time_ms)),
        thousands(entry.rows_affected),
        format!("{} on {}", entry.applied_by, entry.host),
    ]
}
