//! `lint --format sarif`: SARIF 2.1.0 for code scanning.
//!
//! All rules are listed with their pages; places are relative to `%SRCROOT%`, 1-based, columns in
//! Unicode code points; fingerprints survive line shifts.

mod model;

use super::write_json;
use crate::finding::{Applicability, FileProblem, Finding, Fix, LintReport, Severity};
use crate::rules::{ALL, Registered};
use crate::source::Place;
use model::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Configuration, Descriptor, Driver, FixEntry,
    Invocation, Location, Log, Markdown, Message, Notification, PhysicalLocation, Properties,
    Region, RelatedLocation, Replacement, ResultEntry, RuleProperties, Run, Tool,
};
use std::collections::BTreeMap;
use std::io::{self, Write};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const BASE: &str = "%SRCROOT%";
/// The key of our fingerprint, with its version.
const FINGERPRINT: &str = "lockgate/v1";

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &LintReport) -> io::Result<()> {
    let driver = Driver {
        name: "lockgate",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: ALL.iter().map(descriptor).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        invocations: vec![invocation(report)],
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: BTreeMap::from([(
            BASE,
            model::Base { description: Message::new("The root of the repository.") },
        )]),
        results: report.findings.iter().map(result).collect(),
    };
    write_json(out, &Log { schema: SCHEMA, version: "2.1.0", runs: vec![run] })
}

fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

fn descriptor(rule: &Registered) -> Descriptor {
    let meta = rule.meta;
    let summary = sentence(meta.summary);
    Descriptor {
        id: rule.id,
        short_description: Message::new(summary.clone()),
        full_description: Message::new(why(rule.page).unwrap_or(summary)),
        help: Markdown { text: rule.page, markdown: rule.page },
        help_uri: format!("{}/blob/main/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.id),
        default_configuration: Configuration {
            enabled: meta.severity.is_some(),
            level: level(meta.severity.unwrap_or(Severity::Warning)),
        },
        properties: RuleProperties {
            tags: vec!["database", "migration", meta.category.as_str()],
            problem_severity: match meta.severity {
                Some(Severity::Error) => "error",
                Some(Severity::Note) => "recommendation",
                _ => "warning",
            },
        },
    }
}

/// A summary as a sentence.
fn sentence(summary: &str) -> String {
    let mut letters = summary.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The first paragraph below "Why" of a page.
fn why(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("## Why")?;
    let paragraph = rest.trim_start().split("\n\n").next()?.trim();
    (!paragraph.is_empty()).then(|| paragraph.to_owned())
}

fn invocation(report: &LintReport) -> Invocation {
    Invocation {
        execution_successful: report.problems.is_empty(),
        tool_execution_notifications: report.problems.iter().map(notification).collect(),
    }
}

fn notification(problem: &FileProblem) -> Notification {
    let region = problem.line.map(|line| Region { start_line: line, ..Region::default() });
    let location = Location {
        physical_location: PhysicalLocation { artifact_location: artifact(&problem.file), region },
    };
    let help = problem.help.iter().map(|help| format!(": {help}"));
    let text = std::iter::once(problem.message.clone()).chain(help).collect::<String>();
    Notification { level: "error", message: Message::new(text), locations: vec![location] }
}

fn result(finding: &Finding) -> ResultEntry<'_> {
    let index = ALL.iter().position(|rule| rule.id == finding.rule);
    let related = finding.related.iter().enumerate();
    ResultEntry {
        rule_id: finding.rule,
        rule_index: index,
        level: level(finding.severity),
        message: Message::new(text(finding)),
        locations: vec![Location { physical_location: physical(&finding.place) }],
        related_locations: related
            .map(|(at, one)| RelatedLocation {
                id: at + 1,
                physical_location: physical(&one.place),
                message: Message::new(one.message.clone()),
            })
            .collect(),
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, finding.fingerprint.as_str())]),
        fixes: finding.fix.iter().filter_map(fix).collect(),
        properties: Properties {
            category: finding.category.as_str(),
            hazard: finding.hazard.as_str(),
            migration: finding.migration.as_deref(),
            relations: &finding.relations,
            dialects: finding.dialects.iter().map(|dialect| dialect.as_str()).collect(),
        },
    }
}

/// All that the finding says, since code scanning shows nothing else beside the line.
fn text(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if !finding.label.is_empty() {
        text.push_str(". ");
        text.push_str(&finding.label);
    }
    for (name, part) in [("Why", &finding.why), ("Do", &finding.help)] {
        if let Some(part) = part {
            text.push_str(&format!("\n{name}: {part}"));
        }
    }
    text
}

fn fix(fix: &Fix) -> Option<FixEntry<'_>> {
    if fix.applicability == Applicability::Display
        || (fix.edits.is_empty() && fix.creates.is_empty())
    {
        return None;
    }
    let mut changes: Vec<ArtifactChange<'_>> = Vec::new();
    for edit in &fix.edits {
        let location = artifact(edit.place.file.path());
        let replacement = Replacement {
            deleted_region: region(&edit.place),
            inserted_content: ArtifactContent { text: &edit.text },
        };
        match changes.iter_mut().find(|change| change.artifact_location == location) {
            Some(change) => change.replacements.push(replacement),
            None => changes.push(ArtifactChange {
                artifact_location: location,
                replacements: vec![replacement],
            }),
        }
    }
    // SARIF says of a new file that its first bytes are replaced.
    changes.extend(fix.creates.iter().map(|new| ArtifactChange {
        artifact_location: artifact(&new.path),
        replacements: vec![Replacement {
            deleted_region: Region { start_line: 1, start_column: Some(1), ..Region::default() },
            inserted_content: ArtifactContent { text: &new.text },
        }],
    }));
    let description = Message::new(fix.message.clone());
    Some(FixEntry { description, artifact_changes: changes })
}

fn physical(place: &Place) -> PhysicalLocation {
    PhysicalLocation { artifact_location: artifact(place.file.path()), region: Some(region(place)) }
}

fn region(place: &Place) -> Region {
    let (start, end) = (place.start(), place.end());
    Region {
        start_line: start.line,
        start_column: Some(start.column),
        end_line: Some(end.line),
        end_column: Some(end.column),
        byte_offset: Some(start.offset),
        byte_length: Some(end.offset - start.offset),
    }
}

/// A path as a URI reference: relative to the repository's root, absolute ones by themselves.
fn artifact(path: &str) -> ArtifactLocation {
    let encoded = encode(path);
    if path.starts_with('/') {
        return ArtifactLocation { uri: format!("file://{encoded}"), uri_base_id: None };
    }
    ArtifactLocation { uri: encoded, uri_base_id: Some(BASE) }
}

/// Percent-encodes what may not stand in the path of a URI.
fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(encode("db/20260301 orders#é.sql"), "db/20260301%20orders%23%C3%A9.sql");
        assert_eq!(artifact("/tmp/a.sql").uri, "file:///tmp/a.sql");
        assert_eq!(artifact("db/a.sql").uri_base_id, Some("%SRCROOT%"));
    }

    #[test]
    fn summaries_become_sentences() {
        assert_eq!(sentence("a table is dropped"), "A table is dropped.");
        assert_eq!(why("# x\n\n## Why\n\nBecause.\n\nMore.\n").as_deref(), Some("Because."));
    }
}
