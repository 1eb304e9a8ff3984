//! `constraint-index-dropped`: DROP INDEX names the index of a constraint, which fails.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, Dialect, ObjectKind};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "DROP INDEX names the index of a constraint",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
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
        let Some(refused) = context.refused(RefusalKind::Unfit) else { return };
        if !refused.kind().is_some_and(is_subject) {
            return;
        }
        if let Some(draft) = refused.draft(context, "drop the constraint, and its index goes with it: ALTER TABLE … DROP CONSTRAINT; the index of a partition goes with that of its parent") {
            sink.add(draft);
        }
    }
}

/// `DROP INDEX`.
fn is_subject(kind: &ActionKind) -> bool {
    matches!(kind, ActionKind::Drop(drop) if drop.kind == ObjectKind::Index)
}
