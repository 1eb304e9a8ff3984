//! The report for people: headline, source with labels, why, what to do; then one line that
//! counts.
//!
//! `frame` draws the source with miette, `notes` gathers what was explained before, `style`
//! colours, `words` counts in words. What is written does not depend on the width of a terminal.

mod fixes;
mod frame;
mod notes;
mod style;
mod timeline;
mod words;

pub use fixes::write_diff_summary;
pub use style::Style;
pub use words::{count, joined};

use crate::finding::{Finding, LintReport, ProjectSummary, Related, Severity};
use crate::source::Place;
use frame::{Mark, frames};
use notes::Notes;
use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;
use style::Ink;
pub(super) use style::clean;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Findings alone.
    Quiet,
    /// Findings and the line that counts.
    #[default]
    Normal,
    /// Also what was detected, why, the timeline, and which statements were not understood.
    Verbose,
}

/// How a report is written.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Colours or none.
    pub style: Style,
    /// How much is said.
    pub detail: Detail,
    /// Whether the findings make the run fail.
    pub failed: bool,
    /// How long the run took, where that may be shown.
    pub elapsed: Option<Duration>,
}

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport, options: Options) -> io::Result<()> {
    if options.detail == Detail::Verbose {
        for project in &report.projects {
            detected(out, project, options.style)?;
        }
    }
    if options.detail != Detail::Quiet {
        fixes::applied(out, &report.fixed, options.style)?;
    }
    let mut explained = HashSet::new();
    let mut notes = Notes::of(&report.findings);
    for finding in &report.findings {
        let is_first = explained.insert(finding.rule);
        if notes.holds(finding) {
            notes.write(out, finding, options.detail, options.style)?;
        } else {
            write_finding(out, finding, is_first, options.style)?;
        }
    }
    if options.detail == Detail::Verbose {
        timeline::write(out, report, options.style)?;
        not_understood(out, report, options.style)?;
    }
    if options.detail == Detail::Quiet {
        return Ok(());
    }
    for skipped in &report.skipped {
        writeln!(out, "{} {}", options.style.paint(Ink::Note, "skipped"), clean(&skipped.message))?;
    }
    words::summary(out, report, options)
}

/// Writes a mistake in a file with the place underlined.
///
/// # Errors
/// Those of the writer.
pub fn write_mistake(
    out: &mut dyn Write,
    place: &Place,
    message: &str,
    help: &str,
    style: Style,
) -> io::Result<()> {
    let at = format!("{}:{}", clean(place.file.path()), place.start().line);
    writeln!(out, "{}: {at}: {}", style.paint(Ink::Error, "error"), clean(message))?;
    let mark = Mark { place, label: help, primary: true };
    writeln!(out, "{}", frames(&[mark], style))
}

/// Writes an error that has no place.
///
/// # Errors
/// Those of the writer.
pub fn write_error(
    out: &mut dyn Write,
    message: &str,
    help: Option<&str>,
    style: Style,
) -> io::Result<()> {
    writeln!(out, "{}: {}", style.paint(Ink::Error, "error"), clean(message))?;
    match help {
        Some(help) => footer(out, "do", help, style),
        None => Ok(()),
    }
}

fn detected(out: &mut dyn Write, project: &ProjectSummary, style: Style) -> io::Result<()> {
    let assumed = if project.version_assumed { ", assumed" } else { "" };
    writeln!(
        out,
        "{} {}\n  layout   {} ({})\n  dialect  {}\n  server   {} {}{assumed}\n  history  {}",
        style.paint(Ink::Strong, "project"),
        clean(&project.path),
        project.layout,
        clean(&project.evidence),
        clean(&project.dialect_evidence),
        project.dialect.title(),
        project.server_version,
        words::count(project.migrations, "migration"),
    )?;
    for file in &project.ignored {
        writeln!(out, "  passed over  {}", clean(file))?;
    }
    writeln!(out)
}

fn write_finding(
    out: &mut dyn Write,
    finding: &Finding,
    is_first: bool,
    style: Style,
) -> io::Result<()> {
    let severity = format!("{}[{}]", finding.severity.as_str(), finding.rule);
    let headline = style.paint(Ink::Strong, &clean(&finding.message));
    writeln!(out, "{}: {headline}", style.paint(ink(finding.severity), &severity))?;
    let first = Mark { place: &finding.place, label: &finding.label, primary: true };
    // Two labels below one text could not be told apart.
    let (same, elsewhere): (Vec<&Related>, Vec<&Related>) =
        finding.related.iter().partition(|one| overlap(&one.place, &finding.place));
    let others = elsewhere.iter();
    let others = others.map(|one| Mark { place: &one.place, label: &one.message, primary: false });
    let marks: Vec<Mark<'_>> = std::iter::once(first).chain(others).collect();
    out.write_all(frames(&marks, style).as_bytes())?;
    for one in same {
        let text = one.message.strip_prefix("also ").unwrap_or(&one.message);
        footer(out, "also", text, style)?;
    }
    if let Some(why) = &finding.why {
        footer(out, "why", why, style)?;
    }
    if let Some(help) = &finding.help {
        footer(out, "do", help, style)?;
    }
    if let [_, _, ..] = finding.dialects.as_slice() {
        let names: Vec<&str> = finding.dialects.iter().map(|dialect| dialect.title()).collect();
        footer(out, "on", &words::joined(&names), style)?;
    }
    if let Some(fix) = &finding.fix {
        fixes::offer(out, fix, style)?;
    }
    if is_first {
        footer(out, "more", &format!("lockgate explain {}", finding.rule), style)?;
    }
    writeln!(out)
}

fn overlap(a: &Place, b: &Place) -> bool {
    a.file.path() == b.file.path() && a.span.start < b.span.end && b.span.start < a.span.end
}

/// A line below the source; further lines are indented below the first.
fn footer(out: &mut dyn Write, name: &str, text: &str, style: Style) -> io::Result<()> {
    let text = clean(text);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("");
    writeln!(out, "  {} {first}", style.paint(Ink::Faint, &format!("{name:<5}")))?;
    for line in lines {
        writeln!(out, "        {line}")?;
    }
    Ok(())
}

fn not_understood(out: &mut dyn Write, report: &LintReport, style: Style) -> io::Result<()> {
    for statement in &report.opaque {
        let at = statement.place.start();
        let path = clean(statement.place.file.path());
        let what = style.paint(Ink::Note, "not understood");
        writeln!(out, "{what} {path}:{}:{}: {}", at.line, at.column, clean(&statement.reason))?;
    }
    if report.opaque.is_empty() { Ok(()) } else { writeln!(out) }
}

/// Text that steps back.
pub(super) fn faint(style: Style, text: &str) -> String {
    style.paint(Ink::Faint, text)
}

/// Text that stands out.
pub(super) fn strong(style: Style, text: &str) -> String {
    style.paint(Ink::Strong, text)
}

fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Error => Ink::Error,
        Severity::Warning => Ink::Warning,
        Severity::Note => Ink::Note,
    }
}
