//! `password-in-migration`: a password, key or token stands in a migration.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::secret;
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a password, key or token stands in a migration",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let Some(whole) = context.place(context.statement().span) else { return };
        let start = whole.span.start;
        for found in secret::find(whole.text()) {
            let span = Span::new(start + found.range.start, start + found.range.end);
            let place = Place { file: whole.file.clone(), span };
            let message = format!("{} stands here for everyone who can read the repository", found.what);
            sink.add(
                Draft::at(place, Hazard::Other, message)
                    .label("it also goes into the server's log and into every copy of the history")
                    .help("change it where it is in use, take it out of the file, and let the deployment set it from a secret store"),
            );
        }
    }
}
