//! `alembic-external-transaction`: env.py runs revisions in a transaction that Alembic does not know of.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, NoTransaction, RemarkKind};
use crate::rule::{
    BOTH, Draft, FixKind, MigrationContext, ProjectContext, Rule, RuleMeta, Sink, tell_remarks,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "env.py runs revisions in a transaction that Alembic does not know of",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
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
        let conventions = context.project.conventions;
        if context.project.layout != "alembic" || conventions.no_transaction != NoTransaction::Never {
            return;
        }
        let mut blocks = context.directives().filter(|one| one.is("begin_autocommit"));
        if let Some(block) = blocks.next() {
            sink.add(
                Draft::at(block.place(), Hazard::Fails, "`autocommit_block()` raises an AssertionError")
                    .label("env.py hands over a connection that is in a transaction already")
                    .help("hand over a connection from `engine.connect()` in env.py, not from `engine.begin()`"),
            );
        }
    }

    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        tell_remarks(context, RemarkKind::ExternalTransaction, Hazard::Other, sink);
    }
}
