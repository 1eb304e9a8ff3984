//! `unqualified-name`: a relation is named without its schema.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, Dialect, ObjectName};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a relation is named without its schema",
    severity: None,
    category: Category::Convention,
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
        let named: Vec<&ObjectName> = match &action.kind {
            ActionKind::CreateTable(table) => vec![&table.name],
            ActionKind::CreateView(view) => vec![&view.name],
            ActionKind::CreateSequence(sequence) => vec![&sequence.name],
            ActionKind::CreateFunction(function) => vec![&function.name],
            ActionKind::CreateIndex(index) => vec![&index.table],
            ActionKind::AlterTable { table, .. } => vec![&table.name],
            ActionKind::Drop(drop) => drop.names.iter().collect(),
            _ => return None,
        };
        let bare = named.into_iter().find(|name| name.schema.is_none())?;
        let place = context.place(action.span)?;
        let message = format!("which `{}` this is depends on the session's search path", bare.name);
        Some(
            Draft::at(place, Hazard::Other, message)
                .label("no schema is written")
                .help(format!("write it with its schema: public.{}", bare.name)),
        )
    }
}
