//! `drop-trigger-or-policy`: a trigger or a policy is dropped, and nothing takes its place.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::Table;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a trigger or a policy is dropped, and nothing takes its place",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
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
        if !matches!(drop.kind, ObjectKind::Trigger | ObjectKind::Policy) || context.effects().refused.is_some() {
            return None;
        }
        let table = context.resolve(drop.table.as_ref()?);
        let name = &drop.names.first()?.name;
        let after = context.transaction.entries.last()?.after.table(&table).any()?;
        let known = context.before().table(&table).any()?;
        if context.is_new(&table) || !is_lost(drop.kind, name, known, after) {
            return None;
        }
        let place = context.place(action.span)?;
        let (message, help) = match drop.kind {
            ObjectKind::Trigger => (
                format!("what trigger `{name}` did when `{table}` is written is not done any more"),
                "deploy the release that does it itself first",
            ),
            _ => (
                format!("policy `{name}` of `{table}` no longer decides which rows a role sees"),
                "create the policy that takes its place in the same transaction",
            ),
        };
        Some(Draft::at(place, Hazard::Other, message).label("gone from here on").help(help).relation(&table))
    }
}

/// Whether it was there, and nothing of its kind took its place: neither one of its name nor one
/// that is new.
fn is_lost(kind: ObjectKind, name: &Ident, before: &Table, after: &Table) -> bool {
    let names = |table: &Table| -> Vec<Ident> {
        match kind {
            ObjectKind::Trigger => table.triggers.iter().map(|one| one.name.clone()).collect(),
            _ => table.policies.iter().map(|one| one.name.clone()).collect(),
        }
    };
    let (before, after) = (names(before), names(after));
    before.contains(name) && after.iter().all(|one| before.contains(one) && one != name)
}
