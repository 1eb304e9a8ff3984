//! What others wait for, transaction by transaction: which table, from which line until when,
//! and what runs meanwhile.

use super::style::{Ink, Style, clean};
use super::words;
use crate::finding::{LintReport, ProjectTimeline};
use crate::migration::Direction;
use crate::rule::{hold_phrase, work_clause};
use crate::timeline::{Bar, BarEnd, Lane, Moment, Timeline, TransactionKind};
use std::io::{self, Write};

/// More working statements under a lock than these are counted, not listed.
const LISTED: usize = 8;

/// Writes all timelines.
pub(super) fn write(out: &mut dyn Write, report: &LintReport, style: Style) -> io::Result<()> {
    for one in report.blocking_timelines() {
        transaction(out, one, style)?;
    }
    Ok(())
}

fn transaction(out: &mut dyn Write, one: &ProjectTimeline, style: Style) -> io::Result<()> {
    let timeline = &one.timeline;
    let Some(first) = timeline.moments.first() else { return Ok(()) };
    let direction = match timeline.direction {
        Direction::Up => "",
        Direction::Down => " (down)",
    };
    writeln!(
        out,
        "{} {}{direction}: {} {}",
        style.paint(Ink::Note, "timeline"),
        clean(file(first)),
        words::count(timeline.moments.len(), "statement"),
        how(timeline.kind),
    )?;
    let longest = timeline.lanes.iter().map(|lane| lane.locked.to_string().chars().count());
    let width = longest.max().unwrap_or(0).min(40);
    for lane in &timeline.lanes {
        write_lane(out, timeline, lane, width, style)?;
    }
    writeln!(out)
}

fn how(kind: TransactionKind) -> &'static str {
    match kind {
        TransactionKind::Runner => "in a transaction that the migration tool opens",
        TransactionKind::Explicit => "in the script's own transaction",
        TransactionKind::Implicit => "in the transaction of one string",
        TransactionKind::Single => "by itself",
    }
}

fn write_lane(
    out: &mut dyn Write,
    timeline: &Timeline,
    lane: &Lane,
    width: usize,
    style: Style,
) -> io::Result<()> {
    let mut name = clean(&lane.locked.to_string()).into_owned();
    for bar in &lane.bars {
        let padded = style.paint(Ink::Strong, &format!("{name:<width$}"));
        let who = hold_phrase(&bar.hold);
        let when = interval(timeline, bar);
        writeln!(out, "  {padded}  {when}: {who} ({})", bar.hold)?;
        for text in what_runs(timeline, bar) {
            writeln!(out, "  {:width$}    {}", "", clean(&text))?;
        }
        name.clear();
    }
    Ok(())
}

fn interval(timeline: &Timeline, bar: &Bar) -> String {
    let from = at(timeline, bar.from);
    let end = match bar.end {
        BarEnd::Commit => "commit".to_owned(),
        BarEnd::Rollback => "the rollback".to_owned(),
        BarEnd::Session => "UNLOCK TABLES".to_owned(),
        BarEnd::Savepoint => format!("ROLLBACK TO in {}", at(timeline, bar.until)),
    };
    format!("from {from} to {end}")
}

fn what_runs(timeline: &Timeline, bar: &Bar) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut others = 0;
    for (position, moment) in timeline.working(bar) {
        if lines.len() == LISTED {
            others += 1;
            continue;
        }
        let clauses: Vec<String> = moment.work.iter().map(work_clause).collect();
        let clauses: Vec<&str> = clauses.iter().map(String::as_str).collect();
        lines.push(format!("{}: {}", at(timeline, position), words::joined(&clauses)));
    }
    if others > 0 {
        lines.push(format!("and {} more", words::count(others, "statement")));
    }
    lines
}

/// The line of a statement, with its file where that is not the one of the first.
fn at(timeline: &Timeline, position: usize) -> String {
    let Some(moment) = timeline.moments.get(position) else { return String::new() };
    let line = moment.place.as_ref().map_or(0, |place| place.start().line);
    match timeline.moments.first() {
        Some(first) if file(first) == file(moment) => format!("line {line}"),
        _ => format!("{}:{line}", clean(file(moment))),
    }
}

fn file(moment: &Moment) -> &str {
    moment.place.as_ref().map_or(moment.migration.as_str(), |place| place.file.path())
}
