//! `row-too-large`: columns that together are longer than a row may be.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::rule::{BOTH, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the columns of a table together are longer than a row may be",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: MYSQL,
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
        let Some(refused) = context.refused(RefusalKind::RowTooLarge) else { return };
        let help = "make long VARCHAR columns TEXT, whose values are kept outside of the row, or shorter";
        if let Some(draft) = refused.draft(context, help) {
            sink.add(draft);
        }
    }
}
