//! `opaque-statement`: what is composed at run time cannot be judged before.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "what a statement does cannot be told before it runs",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

const COMPOSED: &str = "what this statement does cannot be told before it runs";
const COMPOSED_HELP: &str = "write the statements out; where that is impossible, judge it by hand and allow it:";
const PARTLY: &str = "a part of this statement is not understood, so an effect may be missing";
const PARTLY_HELP: &str = "judge what it reads and calls by hand and allow it:";

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let (message, help) = match &action.kind {
                ActionKind::Unparsed { .. } => continue,
                ActionKind::Opaque { .. } => (COMPOSED, COMPOSED_HELP),
                _ => (PARTLY, PARTLY_HELP),
            };
            let Some(reason) = action.kind.not_understood() else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let mark = place.file.comment_mark();
            let help = format!("{help}\n  {mark} lockgate: allow(opaque-statement) <what it does>");
            sink.add(Draft::at(place, Hazard::Other, message).label(reason).help(help));
        }
    }
}
