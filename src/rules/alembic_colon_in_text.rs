//! `alembic-colon-in-text`: a colon in SQL is taken for a parameter.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::Dialect;
use crate::migration::python::{Sender, Text, Value, called};
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a colon in SQL is taken for a parameter",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for directive in context.directives() {
            if !directive.is("execute") || directive.call.sender != Sender::Op {
                continue;
            }
            let Some((value, text)) = directive.call.args.first().and_then(text_of) else {
                continue;
            };
            for span in parameters(text.as_str()) {
                let part = text.slice(span);
                // What is not known may hold anything.
                if part.is_known() {
                    sink.add(draft(&directive, value, &part));
                }
            }
        }
    }
}

/// The string that is executed as `text()`, and the literal.
fn text_of(value: &Value) -> Option<(&Value, &Text)> {
    match called(value) {
        Some(("text", call)) => text_of(call.args.first()?),
        _ => value.as_text().map(|text| (value, text)),
    }
}

fn draft(directive: &Directive<'_>, literal: &Value, part: &Text) -> Draft {
    let name = part.as_str();
    let source = part.sources().next();
    let here = source.filter(|source| source.is_home() && directive.call.via.is_none());
    let place = here.map_or_else(|| directive.place(), |source| directive.script.place(source.span));
    let message = format!("`{name}` in this SQL is a parameter that gets no value");
    let draft = Draft::at(place.clone(), Hazard::Fails, message)
        .label("`op.execute` makes a `text()` of a string: a colon before a word names a parameter, in quotes too")
        .help(format!("write \\\\{name}"));
    // A literal that stands in the file as it is.
    let written = here.is_some() && place.text().starts_with(':');
    let prefix = directive.place_of(literal).text().split(['"', '\'']).next().map(str::to_owned);
    let Some(prefix) = prefix.filter(|_| written) else { return draft };
    let escape = if prefix.contains(['r', 'R']) { "\\" } else { "\\\\" };
    let at = Span::new(place.span.start, place.span.start);
    let edit = Edit { place: Place { span: at, ..place }, text: escape.to_owned() };
    draft.fix(Applicability::Safe, "escape the colon", edit)
}

/// Where SQLAlchemy sees a parameter: a colon before a word, behind no word, colon or backslash,
/// and with no colon behind it.
fn parameters(text: &str) -> Vec<Span> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices(':') {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let tail = text.get(at + 1..).unwrap_or("");
        let length = tail.find(|c| !is_word(c)).unwrap_or(tail.len());
        let after = tail.get(length..).and_then(|rest| rest.chars().next());
        let open = before.is_none_or(|c| !is_word(c) && c != ':' && c != '\\');
        if open && length > 0 && after != Some(':') {
            found.push(Span::new(at, at + 1 + length));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_slices_and_times_are_no_parameters() {
        assert_eq!(parameters("SELECT '1'::int, a[1:2], '12:30', '\\:a'"), []);
        assert_eq!(parameters("{\"a\":1}, :b"), [Span::new(4, 6), Span::new(9, 11)]);
    }
}
