//! `alembic-metadata-create-all`: create_all or drop_all of the models' metadata in a revision.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a revision creates or drops what the models say today",
    severity: Some(Severity::Error),
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
            let Some(verb) = verb(&directive) else { continue };
            let (message, hazard) = match verb {
                Verb::Create => (
                    "which tables this revision creates depends on the day that it runs",
                    Hazard::Other,
                ),
                Verb::Drop => ("every table that the models know is dropped", Hazard::DataLoss),
            };
            sink.add(
                Draft::at(directive.place(), hazard, message)
                    .label("the models are read as they are when the revision runs, not as they were when it was written")
                    .why("an empty database gets today's tables here, and later revisions then fail on them")
                    .help("write the tables out as `op.create_table` and `op.drop_table`"),
            );
        }
    }
}

enum Verb {
    Create,
    Drop,
}

/// What is done with all tables of the models; of metadata that is imported only the call is known.
fn verb(directive: &Directive<'_>) -> Option<Verb> {
    let place = directive.place();
    let text = if directive.is("opaque") { place.text() } else { "" };
    if directive.is("create_all") || text.contains(".create_all(") {
        return Some(Verb::Create);
    }
    (directive.is("drop_all") || text.contains(".drop_all(")).then_some(Verb::Drop)
}
