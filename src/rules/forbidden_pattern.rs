//! `forbidden-pattern`: a statement matches a pattern that the project forbids.

use crate::finding::{Category, Hazard};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use regex::{Regex, RegexBuilder};
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
    patterns: Patterns,
}

/// Regular expressions in the order of their texts, each with its reason.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
struct Patterns(Vec<(Regex, String)>);

impl TryFrom<BTreeMap<String, String>> for Patterns {
    type Error = regex::Error;

    fn try_from(written: BTreeMap<String, String>) -> Result<Self, regex::Error> {
        let compile = |(text, reason): (String, String)| {
            let pattern = RegexBuilder::new(&text).case_insensitive(true).build()?;
            Ok((pattern, reason))
        };
        written.into_iter().map(compile).collect::<Result<_, _>>().map(Self)
    }
}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let text = context.one_line();
        for (pattern, reason) in &self.patterns.0 {
            let Some(place) = context.place(context.statement().span) else { return };
            if pattern.is_match(&text) {
                sink.add(
                    Draft::at(place, Hazard::Other, format!("not in this project: {reason}"))
                        .label(format!("matches {}", pattern.as_str()))
                        .help("write it another way, or allow it here with a reason"),
                );
            }
        }
    }
}
