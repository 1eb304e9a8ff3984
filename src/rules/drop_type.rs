//! `drop-type`: a type is dropped that running releases may name.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a type is dropped that running releases may name",
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
        if !matches!(drop.kind, ObjectKind::Type | ObjectKind::Domain) {
            return None;
        }
        let start = context.transaction.batch_start;
        let gone = drop.names.iter().find(|name| {
            let known = context.before().type_def(name);
            let is_there = known.is_some() || !(drop.if_exists || context.before().is_complete());
            let is_new = known.is_some_and(|known| known.certain && known.born >= start);
            is_there && !is_new && !is_renamed_or_made(context, &name.name)
        })?;
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Breaking, format!("queries of running releases that cast to `{gone}` fail"))
                .label("the type is gone from here on")
                .help(format!("deploy a release that no longer names {gone}, and drop it in a later one")),
        )
    }
}

/// Whether the script swaps the type for another one: it renames something to make room, or makes
/// one of that name.
fn is_renamed_or_made(context: &StatementContext<'_>, name: &Ident) -> bool {
    let mut statements = context.script().into_iter().flat_map(|script| script.statements());
    statements.any(|statement| {
        statement.actions.iter().any(|action| match &action.kind {
            ActionKind::CreateEnum(kind) => kind.name.name == *name,
            ActionKind::CreateDomain(domain) => domain.name.name == *name,
            ActionKind::CreateComposite { name: made, .. } => made.name == *name,
            ActionKind::AlterObject(object) => {
                object.kind == ObjectKind::Type && object.new_name.is_some()
            }
            _ => false,
        })
    })
}
