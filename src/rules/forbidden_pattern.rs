//! `forbidden-pattern`: a statement matches a pattern that the project forbids.

use crate::finding::{Category, Hazard};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use regex::Regex;
use std::collections::BTreeMap;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement matches a pattern that the project forbids",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};


/// Options of the rule.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// Regular expressions over the text of a statement, each with the reason why not.
    patterns: BTreeMap<Pattern, String>,
}

/// A regular expression, ordered by its text.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(try_from = "String")]
struct Pattern(Regex);

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        regex::RegexBuilder::new(&text).case_insensitive(true).build().map(Self)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.as_str().cmp(other.0.as_str())
    }
}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let text = context.one_line();
        for (pattern, reason) in &self.patterns {
            let Some(place) = context.place(context.statement().span) else { return };
            if pattern.0.is_match(&text) {
                sink.add(
                    Draft::at(place, Hazard::Other, format!("not in this project: {reason}"))
                        .label(format!("matches {}", pattern.0.as_str()))
                        .help("write it another way, or allow it here with a reason"),
                );
            }
        }
    }
}
