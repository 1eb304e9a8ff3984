//! Counts in words, and the line that ends a report.

use super::style::Ink;
use super::{Detail, Options};
use crate::finding::{LintReport, Severity};
use std::io::{self, Write};

/// `1 error`, `2 errors`; the plural of `entry` is not asked for.
pub fn count(number: usize, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

/// `a`, `a and b`, `a, b and c`.
pub fn joined(words: &[&str]) -> String {
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The last line.
pub(super) fn summary(
    out: &mut dyn Write,
    report: &LintReport,
    options: Options,
) -> io::Result<()> {
    let is_clean = report.findings.is_empty() && report.problems.is_empty();
    let line = if report.summary.judged == 0 && !report.problems.is_empty() {
        format!("nothing was judged: {}", count(report.problems.len(), "problem"))
    } else if is_clean {
        nothing(report, options)
    } else {
        found(report, options)
    };
    let sign = if options.failed || !report.problems.is_empty() {
        options.style.paint(Ink::Error, "✗")
    } else {
        options.style.paint(Ink::Good, "✓")
    };
    writeln!(out, "{sign} {line}")
}

fn nothing(report: &LintReport, options: Options) -> String {
    let summary = report.summary;
    let understood = if summary.opaque == 0 {
        "all understood".to_owned()
    } else {
        let rest = hint(summary.opaque, options.detail);
        format!("{} understood{rest}", summary.analysed)
    };
    let asides = asides(report, options);
    format!(
        "{}, {}, {understood}: nothing to report{}",
        count(summary.judged, "migration"),
        count(summary.statements, "statement"),
        bracketed(&asides),
    )
}

fn found(report: &LintReport, options: Options) -> String {
    let summary = report.summary;
    let mut counts: Vec<String> =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
            .into_iter()
            .map(|(severity, word)| (report.count(severity), word))
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| count(number, word))
            .collect();
    if counts.is_empty() {
        counts.push("no finding".to_owned());
    }
    let mut parts = vec![if summary.opaque == 0 {
        format!("{}, all understood", count(summary.statements, "statement"))
    } else {
        let rest = hint(summary.opaque, options.detail);
        format!(
            "{} of {} understood{rest}",
            summary.analysed,
            count(summary.statements, "statement")
        )
    }];
    parts.extend(asides(report, options));
    let unread = match report.problems.len() {
        0 => String::new(),
        number => format!("; {} with files", count(number, "problem")),
    };
    format!(
        "{} in {}{unread}{}",
        counts.join(", "),
        count(summary.judged, "migration"),
        bracketed(&parts),
    )
}

fn hint(opaque: usize, detail: Detail) -> String {
    match (detail, opaque) {
        (Detail::Verbose, _) => String::new(),
        (_, 1) => "; -v shows the other".to_owned(),
        (_, number) => format!("; -v shows the other {number}"),
    }
}

/// What else is worth a word.
fn asides(report: &LintReport, options: Options) -> Vec<String> {
    let mut asides = Vec::new();
    if !report.fixed.is_empty() {
        asides.push(format!("{} fixed", report.fixed.len()));
    }
    if report.summary.suppressed > 0 {
        asides.push(format!("{} suppressed", report.summary.suppressed));
    }
    if report.summary.baselined > 0 {
        asides.push(format!("{} in the baseline", report.summary.baselined));
    }
    if report.summary.unchanged > 0 {
        asides.push(format!("{} there before the change", report.summary.unchanged));
    }
    let mut assumed: Vec<String> = report
        .projects
        .iter()
        .filter(|project| project.version_assumed)
        .map(|project| format!("{} {}", project.dialect.title(), project.server_version))
        .collect();
    assumed.sort();
    assumed.dedup();
    if !assumed.is_empty() {
        let names: Vec<&str> = assumed.iter().map(String::as_str).collect();
        asides.push(format!("{} assumed", joined(&names)));
    }
    if let Some(elapsed) = options.elapsed {
        asides.push(format!("{:.2} s", elapsed.as_secs_f64()));
    }
    asides
}

fn bracketed(parts: &[String]) -> String {
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}
