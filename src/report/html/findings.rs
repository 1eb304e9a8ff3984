//! Statements with what was found in them beside them.

use super::escape::Html;
use crate::finding::{Applicability, Finding, LintReport, ProjectTimeline, Severity};
use crate::rule::work_clause;
use crate::secret;
use crate::timeline::Moment;
use std::collections::{HashMap, HashSet};

type Key<'r> = (&'r str, &'r str, crate::migration::Direction, usize);

/// Findings by the statement that they are about.
pub(super) struct Findings<'r> {
    by_statement: HashMap<Key<'r>, Vec<&'r Finding>>,
    shown: HashSet<*const Finding>,
}

/// Whether a card quotes the source; beside the statement it need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excerpt {
    Shown,
    Beside,
}

impl<'r> Findings<'r> {
    pub fn of(report: &'r LintReport) -> Self {
        let mut by_statement: HashMap<Key<'r>, Vec<&'r Finding>> = HashMap::new();
        for finding in &report.findings {
            let (Some(migration), Some(direction), Some(statement)) =
                (finding.migration.as_deref(), finding.direction, finding.statement)
            else {
                continue;
            };
            let key = (finding.project.as_str(), migration, direction, statement);
            by_statement.entry(key).or_default().push(finding);
        }
        Self { by_statement, shown: HashSet::new() }
    }

    /// Findings in statements of a transaction, by severity.
    pub fn count(&self, one: &ProjectTimeline, severity: Severity) -> usize {
        let moments = one.timeline.moments.iter();
        let found = moments.flat_map(|moment| self.at(one, moment));
        found.filter(|finding| finding.severity == severity).count()
    }

    fn at(&self, one: &ProjectTimeline, moment: &Moment) -> Vec<&'r Finding> {
        let key =
            (one.project.as_str(), moment.migration.as_str(), one.timeline.direction, moment.index);
        let found = self.by_statement.get(&key);
        let holds = |finding: &&Finding| finding.dialects.contains(&one.dialect);
        found.into_iter().flatten().copied().filter(holds).collect()
    }

    fn take(&mut self, one: &ProjectTimeline, moment: &Moment) -> Vec<&'r Finding> {
        let found = self.at(one, moment);
        self.shown.extend(found.iter().map(|finding| std::ptr::from_ref(*finding)));
        found
    }

    /// Findings that were shown beside no statement.
    pub fn rest<'s>(
        &'s self,
        report: &'r LintReport,
    ) -> impl Iterator<Item = &'r Finding> + use<'s, 'r> {
        report.findings.iter().filter(|finding| !self.shown.contains(&std::ptr::from_ref(*finding)))
    }
}

/// The statements of a transaction, each with its findings.
pub(super) fn statements(
    page: &mut Html,
    number: usize,
    one: &ProjectTimeline,
    findings: &mut Findings<'_>,
) {
    page.raw("<ol class=\"statements\">\n");
    for (at, moment) in one.timeline.moments.iter().enumerate() {
        let found = findings.take(one, moment);
        let plain = if found.is_empty() { " class=\"plain\"" } else { "" };
        page.raw(&format!(
            "<li id=\"t{number}s{}\"{plain} tabindex=\"-1\">\n<div class=\"statement\">\n",
            at + 1
        ));
        place(page, moment);
        page.raw("<pre tabindex=\"0\"><code>");
        page.text(&secret::hidden(&moment.sql));
        page.raw("</code></pre>\n");
        notes(page, moment);
        page.raw("</div>\n");
        if !found.is_empty() {
            page.raw("<div class=\"beside\">\n");
        }
        for finding in &found {
            card(page, finding, Excerpt::Beside);
        }
        page.raw(if found.is_empty() { "</li>\n" } else { "</div>\n</li>\n" });
    }
    page.raw("</ol>\n");
}

fn place(page: &mut Html, moment: &Moment) {
    let Some(place) = &moment.place else { return };
    page.raw("<p class=\"place\">");
    page.text(&format!("line {}", place.start().line));
    page.raw("</p>\n");
}

fn notes(page: &mut Html, moment: &Moment) {
    let mut notes: Vec<String> = moment.work.iter().map(work_clause).collect();
    if moment.conditional {
        notes.push("may not run at all".to_owned());
    }
    if !moment.known {
        notes.push("not everything that it does is known".to_owned());
    }
    if notes.is_empty() {
        return;
    }
    page.raw("<p class=\"notes\">");
    page.prose(&notes.join("; "));
    page.raw("</p>\n");
}

/// One finding.
pub(super) fn card(page: &mut Html, finding: &Finding, excerpt: Excerpt) {
    let severity = finding.severity.as_str();
    page.raw(&format!("<article class=\"finding {severity}\">\n<h3><span class=\"severity\">"));
    page.raw(symbol(finding.severity));
    page.raw(&format!(" {severity}</span> "));
    page.prose(&finding.message);
    page.raw("</h3>\n");
    if excerpt == Excerpt::Shown {
        let at = finding.place.start();
        page.raw("<p class=\"place\"><code>");
        page.text(&format!("{}:{}:{}", finding.place.file.path(), at.line, at.column));
        page.raw("</code></p>\n");
        if !finding.place.text().trim().is_empty() {
            page.raw("<pre tabindex=\"0\"><code>");
            page.text(&secret::shown(
                finding.place.file.text(),
                finding.place.span.start..finding.place.span.end,
            ));
            page.raw("</code></pre>\n");
        }
    }
    page.raw("<dl>\n");
    if !finding.label.is_empty() {
        entry(page, "what", &finding.label);
    }
    for related in &finding.related {
        match related.message.strip_prefix("also ") {
            Some(text) => entry(page, "also", text),
            None => {
                let line = related.place.start().line;
                entry(page, "see", &format!("line {line}: {}", related.message));
            }
        }
    }
    if let Some(why) = &finding.why {
        entry(page, "why", why);
    }
    if let Some(help) = &finding.help {
        advice(page, help);
    }
    page.raw("</dl>\n<p class=\"more\">");
    offer(page, finding);
    page.raw("<code>lockgate explain ");
    page.text(finding.rule);
    page.raw("</code></p>\n</article>\n");
}

fn symbol(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
        Severity::Note => "i",
    }
}

fn entry(page: &mut Html, name: &str, text: &str) {
    page.raw(&format!("<dt>{name}</dt><dd>"));
    page.prose(text);
    page.raw("</dd>\n");
}

/// What to do: indented lines are SQL.
fn advice(page: &mut Html, help: &str) {
    page.raw("<dt>do</dt><dd>");
    let mut code: Vec<&str> = Vec::new();
    let mut first = true;
    for line in help.lines() {
        if let Some(sql) = line.strip_prefix("  ") {
            code.push(sql);
            continue;
        }
        flush(page, &mut code);
        page.raw(if first { "" } else { "<br>" });
        page.prose(line);
        first = false;
    }
    flush(page, &mut code);
    page.raw("</dd>\n");
}

fn flush(page: &mut Html, code: &mut Vec<&str>) {
    if code.is_empty() {
        return;
    }
    page.raw("<pre tabindex=\"0\"><code>");
    page.text(&code.join("\n"));
    page.raw("</code></pre>");
    code.clear();
}

fn offer(page: &mut Html, finding: &Finding) {
    let Some(fix) = &finding.fix else { return };
    let flags = match fix.applicability {
        Applicability::Safe => "--fix",
        Applicability::Unsafe => "--fix --unsafe-fixes",
        Applicability::Display => return,
    };
    page.raw(&format!("<code>lockgate lint {flags}</code> "));
}
