//! `alembic-not-offline-safe`: statements sent through a connection or session, which does not exist offline.

use crate::finding::{Category, Hazard};
use crate::migration::Dialect;
use crate::migration::python::Sender;
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Once, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a revision cannot be written as SQL",
    severity: None,
    category: Category::History,
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
            if directive.call.sender == Sender::Op {
                continue;
            }
            sink.add(
                Draft::at(directive.place(), Hazard::Other, "`alembic upgrade --sql` cannot write this revision")
                    .label("it needs a connection and what the database answers")
                    .help("send it through `op.execute`")
                    .once(Once::PerScript),
            );
        }
    }
}
