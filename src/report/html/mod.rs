//! `lint --format html`: one page that needs nothing else. Its own script moves the focus by arrow
//! keys; the page is complete without it, and no other script could run.
//!
//! A section for each transaction that makes others wait: `lanes` draws who waits from when until
//! when, `findings` lists what runs with what was found beside it. Everything that comes from
//! files is escaped by `Html`, the only way to write text.

mod escape;
mod findings;
mod lanes;

use super::terminal::{count, joined};
use crate::finding::{Finding, LintReport, ProjectTimeline, Severity};
use crate::migration::Direction;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use escape::Html;
use findings::Findings;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport) -> io::Result<()> {
    let mut page = Html::default();
    head(&mut page, report);
    page.raw("<body>\n<a class=\"skip\" href=\"#first\">Skip to the first transaction</a>\n");
    page.raw("<header class=\"top\">\n<h1>What these migrations do to a live database</h1>\n");
    verdict(&mut page, report);
    projects(&mut page, report);
    let mut findings = Findings::of(report);
    contents(&mut page, report, &findings);
    page.raw("</header>\n<main id=\"first\">\n");
    if !report.timelines.is_empty() {
        legend(&mut page);
    }
    for (at, one) in report.timelines.iter().enumerate() {
        transaction(&mut page, at + 1, one, &mut findings);
    }
    rest(&mut page, report, &findings);
    problems(&mut page, report);
    page.raw("</main>\n");
    footer(&mut page);
    page.raw("<script>");
    page.raw(SCRIPT);
    page.raw("</script>\n</body>\n</html>\n");
    out.write_all(page.finish().as_bytes())
}

fn head(page: &mut Html, report: &LintReport) {
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    // Even if something slipped through, the page could load nothing, and run nothing but its own.
    let own = STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    page.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{own}'\">\n<title>"));
    page.text(&title(report));
    page.raw("</title>\n<style>\n");
    page.raw(STYLE);
    page.raw("</style>\n</head>\n");
}

fn title(report: &LintReport) -> String {
    let paths: Vec<&str> = report.projects.iter().map(|project| project.path.as_str()).collect();
    format!(
        "lockgate: {}",
        if paths.is_empty() { "nothing judged".to_owned() } else { joined(&paths) }
    )
}

fn verdict(page: &mut Html, report: &LintReport) {
    let words =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    page.raw("<ul class=\"counts\">\n");
    for (severity, word) in words {
        let number = report.count(severity);
        let none = if number == 0 { " none" } else { "" };
        page.raw(&format!("<li class=\"{word}{none}\">{}</li>\n", count(number, word)));
    }
    page.raw("</ul>\n<p class=\"summary\">");
    let summary = report.summary;
    let understood = match summary.opaque {
        0 => "all understood".to_owned(),
        number => format!("{number} not understood"),
    };
    page.text(&format!(
        "{} judged, {}, {understood}; {} others wait",
        count(summary.judged, "migration"),
        count(summary.statements, "statement"),
        match report.blocking_timelines().count() {
            0 => "in no transaction".to_owned(),
            number => format!("in {}", count(number, "transaction")),
        },
    ));
    page.raw("</p>\n");
}

fn projects(page: &mut Html, report: &LintReport) {
    page.raw("<ul class=\"projects\">\n");
    for project in &report.projects {
        let assumed = if project.version_assumed { ", assumed" } else { "" };
        page.raw("<li><code>");
        page.text(&project.path);
        page.raw("</code> ");
        page.text(&format!(
            "{}, {} {}{assumed}",
            project.layout,
            project.dialect.title(),
            project.server_version
        ));
        page.raw("</li>\n");
    }
    page.raw("</ul>\n");
}

/// The transactions with what was found in each.
fn contents(page: &mut Html, report: &LintReport, findings: &Findings<'_>) {
    if report.timelines.len() < 2 {
        return;
    }
    page.raw("<nav class=\"contents\" aria-label=\"Transactions\">\n<ol>\n");
    for (at, one) in report.timelines.iter().enumerate() {
        page.raw(&format!("<li><a href=\"#t{}\">", at + 1));
        page.text(lanes::file(&one.timeline).1);
        if let Some(line) = lanes::line(&one.timeline) {
            page.text(&format!(", line {line}"));
        }
        page.raw("</a>");
        if one.timeline.direction == Direction::Down {
            page.raw(" way back");
        }
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            let number = findings.count(one, severity);
            if number > 0 {
                let word = severity.as_str();
                page.raw(&format!(" <b class=\"{word}\">{}</b>", count(number, word)));
            }
        }
        page.raw("</li>\n");
    }
    page.raw("</ol>\n</nav>\n");
}

fn legend(page: &mut Html) {
    page.raw("<ul class=\"legend\" aria-label=\"Colours\">\n");
    for (class, text) in [
        ("everyone", "reads and writes wait"),
        ("writers", "writes wait, reads go on"),
        ("ddl", "only schema changes and maintenance wait"),
        ("ddl ends-everyone", "reads and writes wait for an instant at both ends"),
        ("work", "work that grows with a table runs meanwhile"),
    ] {
        page.raw(&format!("<li><span class=\"swatch {class}\"></span>{text}</li>\n"));
    }
    page.raw("<li>Arrow keys go from bar to bar, and down to statements and findings</li>\n");
    page.raw("</ul>\n");
}

fn transaction(page: &mut Html, number: usize, one: &ProjectTimeline, findings: &mut Findings<'_>) {
    page.raw(&format!("<section class=\"transaction\" aria-labelledby=\"t{number}\">\n"));
    lanes::heading(page, number, &one.timeline);
    lanes::diagram(page, number, &one.timeline);
    findings::statements(page, number, one, findings);
    page.raw("</section>\n");
}

/// Findings that belong to no transaction above.
fn rest(page: &mut Html, report: &LintReport, findings: &Findings<'_>) {
    let rest: Vec<&Finding> = findings.rest(report).collect();
    if rest.is_empty() {
        if report.findings.is_empty() && report.problems.is_empty() {
            page.raw("<p class=\"good\">Nothing to report.</p>\n");
        }
        return;
    }
    page.raw("<section class=\"rest\" aria-labelledby=\"rest\">\n<h2 id=\"rest\">");
    page.raw(if report.timelines.is_empty() { "Findings" } else { "Other findings" });
    page.raw("</h2>\n");
    for finding in rest {
        findings::card(page, finding, findings::Excerpt::Shown);
    }
    page.raw("</section>\n");
}

fn problems(page: &mut Html, report: &LintReport) {
    let opaque = report.opaque.iter().map(|one| {
        let at = one.place.start();
        format!(
            "{}:{}:{}: not understood: {}",
            one.place.file.path(),
            at.line,
            at.column,
            one.reason
        )
    });
    let problems = report.problems.iter().map(|problem| problem.message.clone());
    let skipped = report.skipped.iter().map(|skipped| format!("skipped {}", skipped.message));
    let all: Vec<String> = problems.chain(skipped).chain(opaque).collect();
    if all.is_empty() {
        return;
    }
    page.raw("<section class=\"rest\" aria-labelledby=\"unread\">\n<h2 id=\"unread\">Not judged</h2>\n<ul>\n");
    for text in all {
        page.raw("<li>");
        page.text(&text);
        page.raw("</li>\n");
    }
    page.raw("</ul>\n</section>\n");
}

fn footer(page: &mut Html) {
    page.raw("<footer>lockgate ");
    page.raw(env!("CARGO_PKG_VERSION"));
    page.raw(". Time runs from left to right, a column for each statement: how long one takes depends on the server.</footer>\n");
}
