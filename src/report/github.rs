//! `lint --format github`: annotations of GitHub Actions, as workflow commands.
//!
//! GitHub shows ten annotations of each level for a step; the rest goes as markdown to the step's
//! summary, and as plain lines to the log.

use super::markdown::cell;
use crate::finding::{FileProblem, Finding, LintReport, Severity};
use std::io::{self, Write};

/// How many annotations of one level GitHub shows for a step.
const LIMIT: usize = 10;

/// Writes annotations, then a plain line for each finding beyond the limit.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport) -> io::Result<()> {
    let (shown, rest) = split(report);
    for entry in &shown {
        entry.command(out)?;
    }
    for entry in &rest {
        writeln!(out, "{}", one_line(&entry.plain()))?;
    }
    Ok(())
}

/// Writes markdown for what has no annotation; nothing where all have one.
///
/// # Errors
/// Those of the writer.
pub fn write_summary(out: &mut dyn Write, report: &LintReport) -> io::Result<()> {
    let (_, rest) = split(report);
    if rest.is_empty() {
        return Ok(());
    }
    writeln!(out, "### lockgate: {} more findings\n", rest.len())?;
    writeln!(out, "GitHub shows {LIMIT} annotations of each level; these are the others.\n")?;
    writeln!(out, "| level | place | rule | finding |\n|---|---|---|---|")?;
    for entry in &rest {
        let place = cell(&entry.place());
        let rule = entry.rule().unwrap_or_default();
        writeln!(out, "| {} | {place} | {rule} | {} |", entry.level(), cell(entry.headline()))?;
    }
    writeln!(out)
}

/// What has an annotation, and what has none, both in the order of the report.
fn split(report: &LintReport) -> (Vec<Entry<'_>>, Vec<Entry<'_>>) {
    let problems = report.problems.iter().map(Entry::Problem);
    let findings = report.findings.iter().map(Entry::Finding);
    let mut counts = [0_usize; 3];
    problems.chain(findings).partition(|entry| {
        let Some(count) = counts.get_mut(entry.severity() as usize) else { return false };
        *count += 1;
        *count <= LIMIT
    })
}

#[derive(Clone, Copy)]
enum Entry<'r> {
    Problem(&'r FileProblem),
    Finding(&'r Finding),
}

impl<'r> Entry<'r> {
    fn severity(self) -> Severity {
        match self {
            Self::Problem(_) => Severity::Error,
            Self::Finding(finding) => finding.severity,
        }
    }

    /// The level as GitHub calls it.
    fn level(self) -> &'static str {
        match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        }
    }

    fn headline(self) -> &'r str {
        match self {
            Self::Problem(problem) => &problem.message,
            Self::Finding(finding) => &finding.message,
        }
    }

    fn rule(self) -> Option<&'static str> {
        match self {
            Self::Problem(_) => None,
            Self::Finding(finding) => Some(finding.rule),
        }
    }

    fn place(self) -> String {
        match self {
            Self::Problem(problem) => match problem.line {
                Some(line) => format!("{}:{line}", problem.file),
                None => problem.file.clone(),
            },
            Self::Finding(finding) => {
                format!("{}:{}", finding.place.file.path(), finding.place.start().line)
            }
        }
    }

    fn plain(self) -> String {
        let rule = self.rule().map(|rule| format!("[{rule}]")).unwrap_or_default();
        format!("{}: {}{rule}: {}", self.place(), self.level(), self.headline())
    }

    fn command(self, out: &mut dyn Write) -> io::Result<()> {
        let mut properties: Vec<(&str, String)> = Vec::new();
        match self {
            Self::Problem(problem) => {
                properties.push(("file", problem.file.clone()));
                properties.extend(problem.line.map(|line| ("line", line.to_string())));
                properties.push(("title", "lockgate".to_owned()));
            }
            Self::Finding(finding) => place_properties(finding, &mut properties),
        }
        let properties: Vec<String> = properties
            .into_iter()
            .map(|(name, value)| format!("{name}={}", escape_property(&value)))
            .collect();
        let level = self.level();
        writeln!(out, "::{level} {}::{}", properties.join(","), escape_data(&self.message()))
    }

    /// The headline with all that follows it in the text report.
    fn message(self) -> String {
        let (label, why, help) = match self {
            Self::Problem(problem) => ("", None, problem.help.as_deref()),
            Self::Finding(finding) => {
                (finding.label.as_str(), finding.why.as_deref(), finding.help.as_deref())
            }
        };
        let mut message = self.headline().to_owned();
        let parts = [("", Some(label)), ("why: ", why), ("do: ", help)];
        for (name, part) in parts {
            if let Some(part) = part.filter(|part| !part.is_empty()) {
                message.push_str(&format!("\n{name}{part}"));
            }
        }
        message
    }
}

fn place_properties(finding: &Finding, properties: &mut Vec<(&str, String)>) {
    let (start, end) = (finding.place.start(), finding.place.end());
    properties.push(("file", finding.place.file.path().to_owned()));
    properties.push(("line", start.line.to_string()));
    properties.push(("endLine", end.line.to_string()));
    // GitHub takes columns only within one line; its end is the last character's.
    if start.line == end.line {
        properties.push(("col", start.column.to_string()));
        properties
            .push(("endColumn", end.column.max(start.column + 1).saturating_sub(1).to_string()));
    }
    properties.push(("title", format!("lockgate: {}", finding.rule)));
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line of the log: a line end in a file's name must not begin a workflow command.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ").replace("::", ": :")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(escape_data("100%\r\nok: a,b"), "100%25%0D%0Aok: a,b");
        assert_eq!(escape_property("a:b,c%"), "a%3Ab%2Cc%25");
        assert_eq!(one_line("a\n::error::b"), "a : :error: :b");
    }
}
