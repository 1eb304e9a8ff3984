//! `drop-type`: a type is dropped that running releases may name.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, ObjectKind, ObjectName};
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
            is_there && !is_new && !is_replaced(context, &name.name)
        })?;
        let place = context.place(action.span)?;
        let released = ObjectName { name: name_before(context, &gone.name).clone(), ..gone.clone() };
        Some(
            Draft::at(place, Hazard::Breaking, format!("queries of running releases that cast to `{released}` fail"))
                .label("the type is gone from here on")
                .help(format!("deploy a release that no longer names {released}, and drop it in a later one")),
        )
    }
}

/// Whether the script puts another type in the place of the one that releases know.
fn is_replaced(context: &StatementContext<'_>, name: &Ident) -> bool {
    let released = name_before(context, name);
    actions(context).any(|action| made(action) == Some(released))
}

/// The name that a type had before the script renamed it.
fn name_before<'a>(context: &StatementContext<'a>, name: &'a Ident) -> &'a Ident {
    let mut renamed = actions(context).filter_map(renamed);
    renamed.find(|(_, new)| *new == name).map_or(name, |(old, _)| old)
}

fn actions<'a>(context: &StatementContext<'a>) -> impl Iterator<Item = &'a Action> {
    let statements = context.script().into_iter().flat_map(|script| script.statements());
    statements.flat_map(|statement| &statement.actions)
}

/// The name that a type or domain has from this action on.
fn made(action: &Action) -> Option<&Ident> {
    match &action.kind {
        ActionKind::CreateEnum(kind) => Some(&kind.name.name),
        ActionKind::CreateDomain(domain) => Some(&domain.name.name),
        ActionKind::CreateComposite { name, .. } => Some(&name.name),
        _ => renamed(action).map(|(_, new)| new),
    }
}

/// The old and the new name of a type or domain.
fn renamed(action: &Action) -> Option<(&Ident, &Ident)> {
    let ActionKind::AlterObject(object) = &action.kind else { return None };
    let is_type = matches!(object.kind, ObjectKind::Type | ObjectKind::Domain);
    let is_rename = is_type && object.option == "rename";
    let (old, new) = (object.name.as_ref()?, object.new_name.as_ref()?);
    is_rename.then_some((&old.name, new))
}
