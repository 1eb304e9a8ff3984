//! What readers are told by the examples of a page, as text: the part of a finding that its headline
//! does not say.

use lockgate::finding::{Finding, Fix};
use lockgate::source::Place;
use std::fmt::Write;

/// A finding with all that it says.
pub fn told(finding: &Finding) -> String {
    let mut text = String::new();
    let (severity, hazard) = (finding.severity.as_str(), finding.hazard.as_str());
    let _ = writeln!(text, "{severity}, {hazard}: {}", finding.message);
    let _ = writeln!(text, "  at     {}", quoted(&finding.place));
    let _ = writeln!(text, "  label  {}", indented(&finding.label));
    for (name, part) in [("why  ", &finding.why), ("help ", &finding.help)] {
        if let Some(part) = part {
            let _ = writeln!(text, "  {name}  {}", indented(part));
        }
    }
    for related in &finding.related {
        let _ = writeln!(text, "  there  {}: {}", quoted(&related.place), related.message);
    }
    if !finding.relations.is_empty() {
        let _ = writeln!(text, "  of     {}", finding.relations.join(", "));
    }
    if let Some(fix) = &finding.fix {
        write_fix(&mut text, fix);
    }
    text
}

fn write_fix(text: &mut String, fix: &Fix) {
    let _ = writeln!(text, "  fix    {:?}: {}", fix.applicability, fix.message);
    for edit in &fix.edits {
        let _ = writeln!(text, "         {} becomes {:?}", quoted(&edit.place), edit.text);
    }
    for new in &fix.creates {
        let _ = writeln!(
            text,
            "         new {}\n         | {}",
            new.path,
            new.text.trim_end().replace('\n', "\n         | ")
        );
    }
}

/// A place with its text, which may be cut.
fn quoted(place: &Place) -> String {
    let (start, text) = (place.start(), place.text());
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(70).collect();
    let more = if short.len() < text.len() { " …" } else { "" };
    let path = place.file.path();
    let name = path.strip_prefix("migrations/").unwrap_or(path);
    format!("{name}:{}:{} `{short}{more}`", start.line, start.column)
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n         ")
}
