//! `lint --format junit`: JUnit's XML, which nearly every CI server shows.
//!
//! A test suite for each project, a test case for each finding. Those that make the run fail are
//! failures, the others pass and carry their text as output; a project without findings has one
//! case that passes.

use crate::finding::{FileProblem, Finding, LintReport, ProjectSummary, Severity};
use std::io::{self, Write};

/// Writes the report; findings of `least` and above are failures.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport, least: Option<Severity>) -> io::Result<()> {
    let suites = suites(report, least);
    let total: Totals = suites.iter().fold(Totals::default(), |sum, suite| sum.plus(suite));
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="lockgate" tests="{}" failures="{}" errors="{}">"#,
        total.tests, total.failures, total.errors
    )?;
    for suite in &suites {
        suite.write(out)?;
    }
    writeln!(out, "</testsuites>")
}

#[derive(Default)]
struct Totals {
    tests: usize,
    failures: usize,
    errors: usize,
}

impl Totals {
    fn plus(self, suite: &Suite) -> Self {
        let count = |wanted| suite.cases.iter().filter(|case| case.verdict == wanted).count();
        Self {
            tests: self.tests + suite.cases.len(),
            failures: self.failures + count(Verdict::Failure),
            errors: self.errors + count(Verdict::Error),
        }
    }
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    file: String,
    line: usize,
    verdict: Verdict,
    kind: String,
    message: String,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Failure,
    Error,
}

fn suites(report: &LintReport, least: Option<Severity>) -> Vec<Suite> {
    let mut suites = Vec::new();
    if !report.problems.is_empty() {
        let cases = report.problems.iter().map(problem).collect();
        suites.push(Suite { name: "files".to_owned(), cases });
    }
    let mut left: Vec<&Finding> = report.findings.iter().collect();
    for project in &report.projects {
        let dialect = project.dialect;
        let (own, others) = left.into_iter().partition(|finding| {
            finding.project == project.path && finding.dialects.first() == Some(&dialect)
        });
        left = others;
        suites.push(of_project(report, project, &own, least));
    }
    if !left.is_empty() {
        let cases = left.iter().map(|finding| case(finding, least)).collect();
        suites.push(Suite { name: "configuration".to_owned(), cases });
    }
    suites
}

fn of_project(
    report: &LintReport,
    project: &ProjectSummary,
    findings: &[&Finding],
    least: Option<Severity>,
) -> Suite {
    let several = report.projects.iter().filter(|other| other.path == project.path).count() > 1;
    let name = match several {
        true => format!("{} ({})", project.path, project.dialect.title()),
        false => project.path.clone(),
    };
    let mut cases: Vec<Case> = findings.iter().map(|finding| case(finding, least)).collect();
    if cases.is_empty() {
        cases.push(Case {
            name: "nothing to report".to_owned(),
            file: project.path.clone(),
            line: 1,
            verdict: Verdict::Pass,
            kind: String::new(),
            message: String::new(),
            text: String::new(),
        });
    }
    Suite { name, cases }
}

fn case(finding: &Finding, least: Option<Severity>) -> Case {
    let fails = least.is_some_and(|least| finding.severity >= least);
    let place = format!("{}:{}", finding.place.file.path(), finding.place.start().line);
    let label = Some(finding.label.as_str()).filter(|label| !label.is_empty());
    let why = finding.why.as_ref().map(|why| format!("why: {why}"));
    let help = finding.help.as_ref().map(|help| format!("do: {help}"));
    let parts = [Some(format!("{}: {}", finding.severity.as_str(), finding.message))];
    let text: Vec<String> = parts
        .into_iter()
        .chain([label.map(str::to_owned), why, help, Some(place.clone())])
        .flatten()
        .collect();
    Case {
        name: format!("{} at {place}", finding.rule),
        file: finding.place.file.path().to_owned(),
        line: finding.place.start().line,
        verdict: if fails { Verdict::Failure } else { Verdict::Pass },
        kind: finding.rule.to_owned(),
        message: finding.message.clone(),
        text: text.join("\n"),
    }
}

fn problem(problem: &FileProblem) -> Case {
    Case {
        name: problem.file.clone(),
        file: problem.file.clone(),
        line: problem.line.unwrap_or(1),
        verdict: Verdict::Error,
        kind: "unreadable-file".to_owned(),
        message: problem.message.clone(),
        text: problem.help.clone().unwrap_or_default(),
    }
}

impl Suite {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let total = Totals::default().plus(self);
        let name = escaped(&self.name);
        writeln!(
            out,
            r#"  <testsuite name="{name}" tests="{}" failures="{}" errors="{}" skipped="0">"#,
            total.tests, total.failures, total.errors
        )?;
        for case in &self.cases {
            case.write(out, &name)?;
        }
        writeln!(out, "  </testsuite>")
    }
}

impl Case {
    fn write(&self, out: &mut dyn Write, suite: &str) -> io::Result<()> {
        let (name, file) = (escaped(&self.name), escaped(&self.file));
        write!(
            out,
            r#"    <testcase name="{name}" classname="{suite}" file="{file}" line="{}""#,
            self.line
        )?;
        let text = escaped(&self.text);
        let element = match self.verdict {
            Verdict::Pass if text.is_empty() => return writeln!(out, "/>"),
            Verdict::Pass => {
                return writeln!(out, ">\n      <system-out>{text}</system-out>\n    </testcase>");
            }
            Verdict::Failure => "failure",
            Verdict::Error => "error",
        };
        let (kind, message) = (escaped(&self.kind), escaped(&self.message));
        writeln!(out, ">")?;
        writeln!(out, r#"      <{element} type="{kind}" message="{message}">{text}</{element}>"#)?;
        writeln!(out, "    </testcase>")
    }
}

/// Text as it may stand in an attribute and between tags. What XML 1.0 cannot hold at all is
/// replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_an_attribute_or_breaks_the_file() {
        assert_eq!(escaped("a<b & \"c\"\n\u{1b}"), "a&lt;b &amp; &quot;c&quot;&#10;\u{fffd}");
    }
}
