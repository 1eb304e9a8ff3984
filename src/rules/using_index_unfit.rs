//! `using-index-unfit`: a constraint is made of an index that cannot carry it, which fails.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, ConstraintKind, Dialect, TableChange};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "USING INDEX names an index that cannot carry the constraint",
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
        if let Some(draft) = refused.draft(context, "build a unique B-tree index over plain columns, without WHERE, in the default order, and use that") {
            sink.add(draft);
        }
    }
}

/// `ADD … USING INDEX`.
fn is_subject(kind: &ActionKind) -> bool {
    let ActionKind::AlterTable { change, .. } = kind else { return false };
    let TableChange::AddConstraint(constraint) = change.as_ref() else { return false };
    matches!(
        constraint.kind,
        ConstraintKind::PrimaryKeyUsingIndex(_) | ConstraintKind::UniqueUsingIndex(_)
    )
}
