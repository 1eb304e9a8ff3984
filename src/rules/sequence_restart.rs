//! `sequence-restart`: a sequence is set back: it gives numbers that are taken.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a sequence starts again with numbers that may be taken",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::AlterSequence(alter) = &action.kind else { return None };
        let name = context.resolve(&alter.name);
        if !alter.restart || context.is_new(&name) {
            return None;
        }
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Other, format!("`{name}` gives numbers that rows may have already: inserts fail, or ids come twice"))
                .label("RESTART does not look at the rows")
                .help("set it from the rows: SELECT setval('sequence', (SELECT max(id) FROM table))")
                .relation(&name),
        )
    }
}
