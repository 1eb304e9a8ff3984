//! `alembic-commit-string`: COMMIT or ROLLBACK as a string, which Alembic does not see.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a revision ends Alembic's transaction behind its back",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for directive in context.directives() {
            let mut actions = directive.step.statements.iter().flat_map(|one| &one.actions);
            let ends = actions.any(|action| matches!(action.kind, ActionKind::Commit | ActionKind::Rollback));
            // Leaving the transaction as Alembic does it is no string.
            let known = directive.is("begin_autocommit") || directive.is("end_autocommit");
            if !ends || known {
                continue;
            }
            sink.add(
                Draft::at(directive.place(), Hazard::Other, "the transaction of the revision ends here, and Alembic does not know it")
                    .label("what follows runs in no transaction, and is not undone when it fails")
                    .help("run it in a block that Alembic knows of:\n  with op.get_context().autocommit_block():"),
            );
        }
    }
}
