//! `nondeterministic-data`: values that a replica computes anew, and otherwise.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, FunctionCall};
use crate::rule::{BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "replicas compute other values than the primary",
    severity: Some(Severity::Note),
    category: Category::Correctness,
    dialects: MYSQL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

/// Functions whose value differs each time they are called ("Determination of Safe and Unsafe
/// Statements in Binary Logging").
const DIFFERING: [&str; 8] = [
    "uuid",
    "uuid_short",
    "sysdate",
    "sys_guid",
    "random_bytes",
    "user",
    "connection_id",
    "rand",
];

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        // In the other formats the values themselves are sent.
        if context.before().variable("binlog_format") != Some("statement") {
            return None;
        }
        let table = context.resolve(action.kind.written_relation()?);
        let function = differing(&action.kind)?;
        let place = context.place(action.span)?;
        let draft = Draft::at(place, Hazard::Other, format!("replicas get other values of {function}() into `{table}` than the primary"))
            .label("binlog_format is STATEMENT: replicas run the statement again")
            .help("leave binlog_format as ROW, which sends the values")
            .relation(&table);
        Some(draft)
    }
}

/// A function called by a statement that changes rows.
fn differing(kind: &ActionKind) -> Option<&'static str> {
    kind.written_relation()?;
    let facts = kind.query()?.facts.as_ref().ok()?;
    let name = |call: &FunctionCall| call.name.name.folded().to_owned();
    facts.functions.iter().find_map(|call| DIFFERING.into_iter().find(|one| name(call) == *one))
}
