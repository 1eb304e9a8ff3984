//! `environment-dependent-branch`: a condition on environment variables or settings around a statement.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Guard};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "what a migration does depends on the environment that it runs in",
    severity: Some(Severity::Warning),
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
            let Some(condition) = environment(&directive.call.guard) else { continue };
            sink.add(
                Draft::at(directive.place(), Hazard::Other, "databases differ by the environment that they were migrated in")
                    .label(format!("runs only if {condition}"))
                    .why("what is tested is then not what is deployed")
                    .help("do the same everywhere, and keep data that belongs to one environment out of migrations"),
            );
        }
    }
}

/// The part of a guard that asks the environment.
fn environment(guard: &Guard) -> Option<&str> {
    match guard {
        Guard::Unknown(text) => {
            let lower = text.to_lowercase();
            let asks = ["environ", "getenv", "settings.", "config[", "config.", "_env", "env ==", "env in"];
            asks.iter().any(|word| lower.contains(word)).then_some(text.as_str())
        }
        Guard::Not(inner) => environment(inner),
        Guard::All(parts) | Guard::Any(parts) => parts.iter().find_map(environment),
        _ => None,
    }
}
