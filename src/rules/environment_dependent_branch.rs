//! `environment-dependent-branch`: a condition on environment variables or settings around a statement.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Guard};
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

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
        for branch in branches(context) {
            let condition = branch.condition;
            let label = match branch.others {
                0 => format!("runs only if {condition}"),
                1 => format!("this and another call run only if {condition}"),
                many => format!("this and {many} more calls run only if {condition}"),
            };
            sink.add(
                Draft::at(branch.first.place(), Hazard::Other, "databases differ by the environment that they were migrated in")
                    .label(label)
                    .why("what is tested is then not what is deployed")
                    .help("do the same everywhere, and keep data that belongs to one environment out of migrations"),
            );
        }
    }
}

/// Calls that one condition on the environment stands before.
struct Branch<'a> {
    condition: &'a str,
    first: Directive<'a>,
    /// How many follow the first.
    others: usize,
}

/// The branches of a migration by their first calls; those that only lead in and out of a
/// transaction are none.
fn branches<'a>(context: &MigrationContext<'a>) -> Vec<Branch<'a>> {
    let mut found: Vec<Branch<'a>> = Vec::new();
    let is_frame = |one: &Directive<'_>| one.is("begin_autocommit") || one.is("end_autocommit");
    for first in context.directives().filter(|one| !is_frame(one)) {
        let Some(condition) = environment(&first.call.guard) else { continue };
        let is_same =
            |known: &&mut Branch<'_>| (known.condition, known.first.direction()) == (condition, first.direction());
        match found.iter_mut().find(is_same) {
            Some(known) => known.others += 1,
            None => found.push(Branch { condition, first, others: 0 }),
        }
    }
    found
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
