//! The baseline: findings that were there when a repository adopted lockgate. They are counted, not
//! shown; those that are gone are told, so that the file never grows stale in silence.

use super::{Project, suppress::active};
use crate::finding::{Finding, Hazard, LintReport};
use crate::rule::{Anchor, Draft};
use crate::source::{Place, SourceFile, Span};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

const VERSION: u32 = 1;
/// How many of the findings that are gone are named.
const NAMED: usize = 10;

/// Findings that are known.
#[derive(Debug, Clone)]
pub struct Baseline {
    file: Arc<SourceFile>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    fingerprint: String,
    rule: String,
    project: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    migration: Option<String>,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

/// A file that is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {reason}")]
pub struct BadBaseline {
    /// The file.
    pub path: String,
    /// 1-based line.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// Where the file is no baseline of this version.
    pub fn read(file: Arc<SourceFile>) -> Result<Self, BadBaseline> {
        let bad = |line: usize, reason: String| BadBaseline {
            path: file.path().to_owned(),
            line,
            reason,
        };
        let text = file.text().get(file.content_start()..).unwrap_or("");
        let document: Document = serde_json::from_str(text).map_err(|error| {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or("no JSON").to_owned();
            bad(error.line().max(1), words)
        })?;
        if document.version != VERSION {
            let reason =
                format!("version {} of the format is not known to this lockgate", document.version);
            return Err(bad(1, reason));
        }
        Ok(Self { entries: document.findings, file })
    }

    /// Takes the known findings out of a report and counts them; says which are gone.
    pub(super) fn apply(&self, report: &mut LintReport, projects: &[Project]) {
        let mut known: HashMap<&str, Vec<&Entry>> = HashMap::new();
        for entry in &self.entries {
            known.entry(&entry.fingerprint).or_default().push(entry);
        }
        report.findings.retain(|finding| {
            let is_known = known.get_mut(finding.fingerprint.as_str()).and_then(Vec::pop).is_some();
            report.summary.baselined += usize::from(is_known);
            !is_known
        });
        let mut gone: Vec<&Entry> = known.into_values().flatten().collect();
        gone.retain(|entry| was_judged(projects, entry));
        gone.sort();
        report.findings.extend(self.tell(&gone, projects));
    }

    fn tell(&self, gone: &[&Entry], projects: &[Project]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (Some(first), Some(project)) = (gone.first(), projects.first()) else {
            return findings;
        };
        let Some(rule) = active(project, "stale-baseline") else { return findings };
        let message = match gone.len() {
            1 => "a finding of the baseline is gone".to_owned(),
            many => format!("{many} findings of the baseline are gone"),
        };
        let draft = Draft::at(self.place(first), Hazard::Other, message)
            .label(format!("{}: {}", first.rule, first.message))
            .why("what is kept here would hide the same finding if it came back")
            .help("lockgate lint --write-baseline");
        let named = gone.iter().skip(1).take(NAMED);
        let draft = named.fold(draft, |draft, entry| {
            draft.related(Some(self.place(entry)), format!("{}: {}", entry.rule, entry.message))
        });
        let anchor = Anchor {
            project: ".",
            dialect: project.target.dialect,
            migration: None,
            direction: None,
            statement: None,
        };
        findings.push(rule.at(anchor).finding(draft));
        findings
    }

    fn place(&self, entry: &Entry) -> Place {
        let start = self.file.text().find(&entry.fingerprint).unwrap_or(0);
        let end = start + entry.fingerprint.len();
        Place { file: Arc::clone(&self.file), span: Span::new(start, end) }
    }

    /// The baseline's text after a run that judged `projects` and found `findings`: what they did
    /// not look at is kept.
    pub fn renewed(old: Option<&Self>, findings: &[Finding], projects: &[Project]) -> String {
        let kept = old.into_iter().flat_map(|old| &old.entries);
        let kept = kept.filter(|entry| !was_judged(projects, entry)).cloned();
        let mut entries: Vec<Entry> = findings.iter().map(Entry::of).chain(kept).collect();
        entries.sort();
        let lines: Vec<String> =
            entries.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
        let list = match lines.is_empty() {
            true => "[]".to_owned(),
            // A line for each, so that a change of one shows as one.
            false => format!("[\n    {}\n  ]", lines.join(",\n    ")),
        };
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": {list}\n}}\n")
    }
}

impl Entry {
    fn of(finding: &Finding) -> Self {
        Self {
            file: finding.place.file.path().to_owned(),
            fingerprint: finding.fingerprint.clone(),
            rule: finding.rule.to_owned(),
            project: finding.project.clone(),
            migration: finding.migration.clone(),
            message: finding.message.clone(),
        }
    }
}

/// Whether the run would have found it again: its migration was judged, or is no more.
fn was_judged(projects: &[Project], entry: &Entry) -> bool {
    let mut own = projects
        .iter()
        .filter(|project| project.summary.path == entry.project || entry.project == ".")
        .peekable();
    if own.peek().is_none() {
        return false;
    }
    let whole = |project: &Project| project.judged.iter().all(|judged| *judged);
    own.all(|project| {
        let mut all = project.migrations.iter().zip(&project.judged);
        let named = entry.migration.as_ref();
        match named.and_then(|id| all.find(|(migration, _)| migration.id == *id)) {
            Some((_, judged)) => *judged,
            None => whole(project),
        }
    })
}
