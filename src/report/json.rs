//! `lint --format json`: version 1 of the format. Its types are its own, so that no change
//! elsewhere changes what is printed; the schema is `schemas/lint-1.json`.

mod timeline;

use super::write_json;
use crate::finding::{Finding, LintReport, Severity};
use crate::source::{Place, Position};
use serde::Serialize;
use std::io::{self, Write};
use timeline::Transaction;

const VERSION: u32 = 1;

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport) -> io::Result<()> {
    write_json(out, &Document::of(report))
}

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    tool: Tool,
    projects: Vec<Project<'r>>,
    summary: Summary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixed: Vec<Fixed<'r>>,
    findings: Vec<Item<'r>>,
    timeline: Vec<Transaction<'r>>,
    problems: Vec<Problem<'r>>,
    skipped: Vec<Skipped<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Project<'r> {
    path: &'r str,
    layout: &'r str,
    dialect: &'static str,
    server_version: String,
    server_version_assumed: bool,
    migrations: usize,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    migrations: usize,
    judged: usize,
    statements: usize,
    analysed: usize,
    opaque: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
    baselined: usize,
    #[serde(skip_serializing_if = "is_zero")]
    unchanged: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Serialize)]
struct Item<'r> {
    rule: &'r str,
    severity: &'static str,
    category: &'static str,
    hazard: &'static str,
    message: &'r str,
    label: &'r str,
    why: Option<&'r str>,
    help: Option<&'r str>,
    project: &'r str,
    dialects: Vec<&'static str>,
    #[serde(flatten)]
    place: Range<'r>,
    migration: Option<&'r str>,
    direction: Option<crate::migration::Direction>,
    relations: &'r [String],
    fingerprint: &'r str,
    related: Vec<Related<'r>>,
    fix: Option<Fix<'r>>,
}

#[derive(Serialize)]
struct Fixed<'r> {
    rule: &'r str,
    message: &'r str,
    file: &'r str,
    line: usize,
    created: &'r [String],
}

#[derive(Serialize)]
struct Range<'r> {
    file: &'r str,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
    offset: usize,
}

#[derive(Serialize)]
struct Related<'r> {
    #[serde(flatten)]
    place: Range<'r>,
    message: &'r str,
}

#[derive(Serialize)]
struct Fix<'r> {
    applicability: crate::finding::Applicability,
    message: &'r str,
    edits: Vec<Edit<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    creates: Vec<NewFile<'r>>,
}

#[derive(Serialize)]
struct NewFile<'r> {
    file: &'r str,
    text: &'r str,
}

#[derive(Serialize)]
struct Edit<'r> {
    #[serde(flatten)]
    place: Range<'r>,
    text: &'r str,
}

#[derive(Serialize)]
struct Problem<'r> {
    file: &'r str,
    line: Option<usize>,
    message: &'r str,
    help: Option<&'r str>,
}

#[derive(Serialize)]
struct Skipped<'r> {
    path: &'r str,
    message: &'r str,
}

impl<'r> Document<'r> {
    fn of(report: &'r LintReport) -> Self {
        Self {
            version: VERSION,
            tool: Tool { name: "lockgate", version: env!("CARGO_PKG_VERSION") },
            projects: report.projects.iter().map(Project::of).collect(),
            summary: Summary::of(report),
            fixed: report.fixed.iter().map(Fixed::of).collect(),
            findings: report.findings.iter().map(Item::of).collect(),
            timeline: report.blocking_timelines().map(Transaction::of).collect(),
            problems: report.problems.iter().map(Problem::of).collect(),
            skipped: report
                .skipped
                .iter()
                .map(|skipped| Skipped { path: &skipped.path, message: &skipped.message })
                .collect(),
        }
    }
}

impl<'r> Project<'r> {
    fn of(project: &'r crate::finding::ProjectSummary) -> Self {
        Self {
            path: &project.path,
            layout: &project.layout,
            dialect: project.dialect.as_str(),
            server_version: project.server_version.to_string(),
            server_version_assumed: project.version_assumed,
            migrations: project.migrations,
        }
    }
}

impl Summary {
    fn of(report: &LintReport) -> Self {
        let summary = report.summary;
        Self {
            files: summary.files,
            migrations: summary.migrations,
            judged: summary.judged,
            statements: summary.statements,
            analysed: summary.analysed,
            opaque: summary.opaque,
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
            suppressed: summary.suppressed,
            baselined: summary.baselined,
            unchanged: summary.unchanged,
        }
    }
}

impl<'r> Item<'r> {
    fn of(finding: &'r Finding) -> Self {
        let related = finding.related.iter();
        let fix = finding.fix.as_ref();
        Self {
            rule: finding.rule,
            severity: finding.severity.as_str(),
            category: finding.category.as_str(),
            hazard: finding.hazard.as_str(),
            message: &finding.message,
            label: &finding.label,
            why: finding.why.as_deref(),
            help: finding.help.as_deref(),
            project: &finding.project,
            dialects: finding.dialects.iter().map(|dialect| dialect.as_str()).collect(),
            place: Range::of(&finding.place),
            migration: finding.migration.as_deref(),
            direction: finding.direction,
            relations: &finding.relations,
            fingerprint: &finding.fingerprint,
            related: related
                .map(|one| Related { place: Range::of(&one.place), message: &one.message })
                .collect(),
            fix: fix.map(Fix::of),
        }
    }
}

impl<'r> Fixed<'r> {
    fn of(fixed: &'r crate::finding::Fixed) -> Self {
        Self {
            rule: fixed.rule,
            message: &fixed.message,
            file: &fixed.file,
            line: fixed.line,
            created: &fixed.made,
        }
    }
}

impl<'r> Fix<'r> {
    fn of(fix: &'r crate::finding::Fix) -> Self {
        let edits = fix.edits.iter();
        let creates = fix.creates.iter();
        Self {
            applicability: fix.applicability,
            message: &fix.message,
            edits: edits
                .map(|edit| Edit { place: Range::of(&edit.place), text: &edit.text })
                .collect(),
            creates: creates.map(|new| NewFile { file: &new.path, text: &new.text }).collect(),
        }
    }
}

impl<'r> Range<'r> {
    fn of(place: &'r Place) -> Self {
        Self {
            file: place.file.path(),
            start: Point::of(place.start()),
            end: Point::of(place.end()),
        }
    }
}

impl Point {
    fn of(position: Position) -> Self {
        Self { line: position.line, column: position.column, offset: position.offset }
    }
}

impl<'r> Problem<'r> {
    fn of(problem: &'r crate::finding::FileProblem) -> Self {
        Self {
            file: &problem.file,
            line: problem.line,
            message: &problem.message,
            help: problem.help.as_deref(),
        }
    }
}
