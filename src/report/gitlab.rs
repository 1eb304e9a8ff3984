//! `lint --format gitlab`: GitLab's code quality report, which merge requests show beside the lines.

use super::write_json;
use crate::finding::{FileProblem, Finding, LintReport, Severity};
use serde::Serialize;
use std::collections::HashMap;
use std::io::{self, Write};

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport) -> io::Result<()> {
    let mut seen = HashMap::new();
    let problems = report.problems.iter().map(Issue::of_problem);
    let findings = report.findings.iter().map(|finding| Issue::of(finding, &mut seen));
    let issues: Vec<Issue> = problems.chain(findings).collect();
    write_json(out, &issues)
}

#[derive(Serialize)]
struct Issue {
    #[serde(rename = "type")]
    kind: &'static str,
    description: String,
    check_name: String,
    categories: [&'static str; 1],
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

impl Issue {
    /// GitLab drops all but one of several issues with one fingerprint, so that those of two
    /// projects that are alike are numbered.
    fn of(finding: &Finding, seen: &mut HashMap<String, usize>) -> Self {
        let count = seen.entry(finding.fingerprint.clone()).or_insert(0);
        *count += 1;
        let fingerprint = match *count {
            1 => finding.fingerprint.clone(),
            number => format!("{}-{number}", finding.fingerprint),
        };
        let place = &finding.place;
        let (begin, end) = (place.start().line, place.end().line);
        Self {
            kind: "issue",
            description: finding.message.clone(),
            check_name: finding.rule.to_owned(),
            categories: ["Bug Risk"],
            fingerprint,
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "minor",
                Severity::Note => "info",
            },
            location: Location {
                path: place.file.path().to_owned(),
                lines: Lines { begin, end: end.max(begin) },
            },
        }
    }

    fn of_problem(problem: &FileProblem) -> Self {
        let line = problem.line.unwrap_or(1);
        Self {
            kind: "issue",
            description: problem.message.clone(),
            check_name: "unreadable-file".to_owned(),
            categories: ["Bug Risk"],
            fingerprint: format!("unreadable-file:{}:{}", problem.file, problem.message),
            severity: "blocker",
            location: Location {
                path: problem.file.clone(),
                lines: Lines { begin: line, end: line },
            },
        }
    }
}
