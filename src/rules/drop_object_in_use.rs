//! `drop-object-in-use`: something is dropped that another object needs, so the drop fails.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, Dialect, TableChange};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "something is dropped that another object needs",
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
        if let Some(draft) = refused.draft(context, "drop what depends on it before, by name, in the same transaction, and make it anew after it where it is still needed") {
            sink.add(draft);
        }
    }
}

/// What drops, or empties, something.
fn is_subject(kind: &ActionKind) -> bool {
    match kind {
        ActionKind::Drop(_) | ActionKind::Truncate(_) => true,
        ActionKind::AlterTable { change, .. } => matches!(
            change.as_ref(),
            TableChange::DropColumn { .. } | TableChange::DropConstraint { .. }
        ),
        _ => false,
    }
}
