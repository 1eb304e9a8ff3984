//! `drop-sequence`: a sequence is dropped that running releases may take values from.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::{RelationBody, RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a sequence is dropped that running releases may take values from",
    severity: Some(Severity::Warning),
    category: Category::Compatibility,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Drop(drop) = &action.kind else { return None };
        if drop.kind != ObjectKind::Sequence || context.effects().refused.is_some() {
            return None;
        }
        let first = context.transaction.entries.first()?;
        let last = &context.transaction.entries.last()?.after;
        let gone = drop.names.iter().map(|name| context.resolve(name)).find(|name| {
            let known = context.before().relation(name).any();
            if is_of_a_column(&first.before, name) {
                return false;
            }
            let is_there = known.is_some() || !(drop.if_exists || context.before().is_complete());
            is_there && !context.is_new(name) && last.relation(name).any().is_none()
        })?;
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Breaking, format!("nextval('{gone}') of running releases fails"))
                .label("the sequence, and the last value that it gave, are gone from here on")
                .help(format!("deploy a release that takes no values from {gone}, and drop it in a later one"))
                .relation(&gone),
        )
    }
}

/// Whether the sequence of a serial or identity column, which no release calls by its name: rows
/// get its values by the column's default.
fn is_of_a_column(schema: &Schema, name: &RelationName) -> bool {
    let known = schema.relation(name).any().map(|relation| &relation.body);
    matches!(known, Some(RelationBody::Sequence(sequence)) if sequence.owned_by.is_some())
}
