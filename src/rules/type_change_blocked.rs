//! `type-change-blocked`: the type of a column is changed that another object uses, so the change fails.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, ColumnChange, Dialect, TableChange};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the type of a column cannot change while other objects use it",
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
        let Some(refused) = context.refused(RefusalKind::InUse) else { return };
        if !refused.kind().is_some_and(is_subject) {
            return;
        }
        if let Some(draft) = refused.draft(context, "drop what uses the column before, change the type, and make it anew, all in one transaction") {
            sink.add(draft);
        }
    }
}

/// `ALTER COLUMN … TYPE`.
fn is_subject(kind: &ActionKind) -> bool {
    let ActionKind::AlterTable { change, .. } = kind else { return false };
    matches!(change.as_ref(), TableChange::AlterColumn { change: ColumnChange::Type { .. }, .. })
}
