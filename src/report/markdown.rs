//! `lint --format markdown`: a comment for a pull request.
//!
//! Its first line is an invisible mark (`[//]: # (lockgate)`), by which the comment is found again
//! and replaced. Only Markdown is written, no HTML, so that GitHub, GitLab and Bitbucket show the
//! same; it stays below what a comment may hold.

use super::terminal::{count, joined};
use crate::finding::{FileProblem, Finding, LintReport, Severity};
use crate::secret;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The first line.
pub const MARK: &str = "[//]: # (lockgate)";

/// Comments on Bitbucket hold 32,768 characters, those on GitHub twice as many.
const LIMIT: usize = 30_000;
/// How many findings are told in full.
const IN_FULL: usize = 20;
/// How many lines of the source are shown.
const LINES: usize = 12;

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport) -> io::Result<()> {
    let mut text = format!("{MARK}\n\n### lockgate: {}\n", headline(report));
    for problem in &report.problems {
        let _ = write!(text, "\n{}", of_problem(problem));
    }
    if !report.findings.is_empty() {
        text.push_str("\n| | rule | where | what happens |\n|---|---|---|---|\n");
    }
    let mut left_out = 0;
    let findings = worst_first(report);
    for finding in &findings {
        let row = row(finding);
        match text.len() + row.len() < LIMIT / 2 {
            true => text.push_str(&row),
            false => left_out += 1,
        }
    }
    let mut advised: HashSet<&str> = HashSet::new();
    for finding in told_in_full(&findings) {
        let advice = finding.help.as_deref().filter(|help| advised.insert(help));
        let section = in_full(finding, advice);
        if text.len() + section.len() < LIMIT {
            text.push_str(&section);
        }
    }
    if left_out > 0 {
        let _ = writeln!(text, "\n{} more than a comment holds.", count(left_out, "finding"));
    }
    let _ = writeln!(text, "\n{}", footer(report));
    out.write_all(text.as_bytes())
}

/// The findings with what stops the change at the top.
fn worst_first(report: &LintReport) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    findings
}

/// Those that get a section: errors and warnings each, of notes the first of each rule; the others
/// stand in the table.
fn told_in_full<'f>(findings: &[&'f Finding]) -> Vec<&'f Finding> {
    let mut noted: HashSet<&str> = HashSet::new();
    let is_told =
        |finding: &&&Finding| finding.severity > Severity::Note || noted.insert(finding.rule);
    findings.iter().filter(is_told).take(IN_FULL).copied().collect()
}

fn headline(report: &LintReport) -> String {
    let words =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let mut counts: Vec<String> = words
        .into_iter()
        .map(|(severity, word)| (report.count(severity), word))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| count(number, word))
        .collect();
    if !report.problems.is_empty() {
        counts.push(format!("{} with files", count(report.problems.len(), "problem")));
    }
    let migrations = count(report.summary.judged, "migration");
    match counts.is_empty() {
        true => format!("nothing to report in {migrations}"),
        false => {
            let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
            format!("{} in {migrations}", joined(&counts))
        }
    }
}

fn footer(report: &LintReport) -> String {
    let summary = report.summary;
    let statements = count(summary.statements, "statement");
    let mut parts = vec![match summary.opaque {
        0 => format!("{statements}, all understood"),
        _ => format!("{} of {statements} understood", summary.analysed),
    }];
    if summary.suppressed > 0 {
        parts.push(format!("{} suppressed", summary.suppressed));
    }
    if summary.baselined > 0 {
        parts.push(format!("{} in the baseline", summary.baselined));
    }
    if summary.unchanged > 0 {
        parts.push(format!("{} there before the change", summary.unchanged));
    }
    let mut servers: Vec<String> = report
        .projects
        .iter()
        .map(|project| format!("{} {}", project.dialect.title(), project.server_version))
        .collect();
    servers.sort();
    servers.dedup();
    parts.extend(servers);
    format!("{}.", parts.join("; "))
}

fn of_problem(problem: &FileProblem) -> String {
    let help = problem.help.as_ref().map(|help| format!(" {}.", cell(help))).unwrap_or_default();
    format!("**Not judged:** {}.{help}\n", cell(&problem.message))
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "❌",
        Severity::Warning => "⚠️",
        Severity::Note => "ℹ️",
    }
}

/// Where it stands, as code, so that nothing in the path is taken for Markdown.
fn place(finding: &Finding) -> String {
    let place = format!("{}:{}", finding.place.file.path(), finding.place.start().line);
    match place.contains(['`', '|']) {
        true => cell(&place),
        false => format!("`{place}`"),
    }
}

fn row(finding: &Finding) -> String {
    format!(
        "| {} | {} | {} | {} |\n",
        sign(finding.severity),
        finding.rule,
        place(finding),
        cell(&finding.message)
    )
}

/// A finding with its source; `advice` where it was not given above.
fn in_full(finding: &Finding, advice: Option<&str>) -> String {
    let mut text = format!(
        "\n#### {} {}: {}\n\n{}\n",
        sign(finding.severity),
        finding.rule,
        cell(&finding.message),
        place(finding),
    );
    fence(&mut text, "sql", &source(finding));
    if !finding.label.is_empty() {
        let _ = writeln!(text, "\n{}.", cell(&finding.label));
    }
    if let Some(why) = &finding.why {
        let _ = writeln!(text, "\nWhy here: {}.", cell(why));
    }
    if let Some(help) = advice {
        text.push_str("\nWhat to do:\n");
        fence(&mut text, "text", help);
    } else if finding.help.is_some() {
        text.push_str("\nWhat to do: the same as above.\n");
    }
    text
}

/// The lines of the place, not more than a screen of them.
fn source(finding: &Finding) -> String {
    let (first, last) = (finding.place.start().line, finding.place.end().line);
    let shown = last.min(first + LINES - 1);
    let file = &finding.place.file;
    let line = |line: usize| {
        let start = file.line_start(line);
        secret::shown(file.text(), start..start + file.line_text(line).len())
    };
    let mut lines: Vec<String> = (first..=shown).map(line).collect();
    if shown < last {
        lines.push("…".to_owned());
    }
    lines.join("\n")
}

/// A block of code whose fence is longer than any in the code.
fn fence(text: &mut String, language: &str, code: &str) {
    let longest = code
        .lines()
        .map(|line| line.trim_start().chars().take_while(|c| *c == '`').count())
        .max()
        .unwrap_or(0);
    let ticks = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(text, "\n{ticks}{language}\n{}\n{ticks}", code.trim_end());
}

/// The text as a cell of a table; code between backticks stays code.
pub(super) fn cell(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ").replace('|', "\\|");
    let is_paired = text.matches('`').count().is_multiple_of(2);
    let escape = |part: &str| {
        let part = part.replace('<', "&lt;").replace('[', "\\[");
        part.replace('*', "\\*").replace('_', "\\_").replace('@', "@\u{200b}")
    };
    if !is_paired {
        return escape(&text).replace('`', "\\`");
    }
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| if at % 2 == 0 { escape(part) } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_do_not_break_their_table() {
        assert_eq!(cell("`drop_me` | <b> a_b"), "`drop_me` \\| &lt;b> a\\_b");
        assert_eq!(cell("odd ` tick_\n"), "odd \\` tick\\_ ");
    }

    #[test]
    fn code_that_has_fences_is_fenced_longer() {
        let mut text = String::new();
        fence(&mut text, "sql", "SELECT 1;\n````\n");
        assert_eq!(text, "\n`````sql\nSELECT 1;\n````\n`````\n");
    }
}
