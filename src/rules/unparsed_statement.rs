//! `unparsed-statement`: what is not understood is never taken for safe.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement was not understood",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::Unparsed { reason, at } = &action.kind else { continue };
            let at = if at.is_empty() { action.span } else { *at };
            let Some(place) = context.place(at) else { continue };
            let mark = place.file.comment_mark();
            let message = "this statement is not understood, so nothing is known of what it does";
            let draft =
                Draft::at(place, Hazard::Other, message)
                    .label(reason.as_str())
                    .related(context.place(action.span), "the statement")
                    .help(format!("correct it; where the server accepts it, judge it by hand and allow it:\n  {mark} lockgate: allow(unparsed-statement) <what it does>"));
            sink.add(match context.reorder_if_exists() {
                Some(edit) => draft.fix(Applicability::Unsafe, "put it before the name", edit),
                None => draft,
            });
        }
    }
}
