//! `alembic-autocommit-commits-earlier-work`: an autocommit block behind other directives, which it commits.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::python::CommitMode;
use crate::migration::{Dialect, TransactionMode};
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, changes_something,
    directives,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an autocommit block commits what ran before it",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let scripts = [&context.migration.up, &context.migration.down];
        for script in scripts.into_iter().flatten() {
            if script.source.transaction == TransactionMode::Autocommit {
                continue;
            }
            let mut before: Option<Directive<'_>> = None;
            for directive in directives(Some(script)) {
                if directive.call.commit == CommitMode::Autocommit {
                    if let Some(first) = before {
                        sink.add(draft(&directive, &first));
                    }
                    break;
                }
                if before.is_none() && changes_schema(&directive) {
                    before = Some(directive);
                }
            }
        }
    }
}

fn changes_schema(directive: &Directive<'_>) -> bool {
    directive.step.statements.iter().any(changes_something)
}

fn draft(block: &Directive<'_>, first: &Directive<'_>) -> Draft {
    Draft::at(
        block.place(),
        Hazard::Other,
        "if this fails, the first half of the revision is already committed",
    )
    .label("the autocommit block commits everything before it, then runs without a transaction")
    .why("the version row is written at the end: the next run starts with the first half again, on what it left")
    .related(Some(first.place()), "committed by the block, without its version")
    .help("move the autocommit block into a revision of its own")
}
