//! `refused-statement`: the server has no such form of the statement.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, ConstraintKind, ObjectKind, TableChange};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the server surely refuses a statement",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: SERVERS,
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
        if context.says_if_exists_in_vain() {
            return;
        }
        let refused = context.refused(RefusalKind::Unsupported).or_else(|| {
            let unfit = context.refused(RefusalKind::Unfit)?;
            (!unfit.kind().is_some_and(has_own_rule)).then_some(unfit)
        });
        let Some(refused) = refused else { return };
        let help = "write what this server accepts: the manual page of the statement lists its forms and their conditions";
        if let Some(draft) = refused.draft(context, help) {
            sink.add(draft);
        }
    }
}

/// What a rule of its own speaks about.
fn has_own_rule(kind: &ActionKind) -> bool {
    match kind {
        ActionKind::Refresh(_) => true,
        ActionKind::Drop(drop) => drop.kind == ObjectKind::Index,
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::AddConstraint(constraint) => matches!(
                constraint.kind,
                ConstraintKind::PrimaryKeyUsingIndex(_) | ConstraintKind::UniqueUsingIndex(_)
            ),
            _ => false,
        },
        _ => false,
    }
}
