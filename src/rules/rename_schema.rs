//! `rename-schema`: relations move to another schema under releases that name the old one.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "relations get another schema under running releases",
    severity: Some(Severity::Error),
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
        let (what, new) = match &action.kind {
            ActionKind::AlterTable { table, change } => match change.as_ref() {
                TableChange::SetSchema { schema } => {
                    let table = context.resolve(&table.name);
                    // Nobody can use it yet, or another of that name takes its place.
                    let last = context.transaction.entries.last();
                    let stays = last.is_some_and(|last| last.after.relation(&table).any().is_some());
                    let sequence = context.before().index(&table).any().is_some();
                    if context.is_new(&table) || stays || sequence {
                        return None;
                    }
                    (table.to_string(), schema)
                }
                _ => return None,
            },
            ActionKind::AlterObject(object) if object.kind == ObjectKind::Schema && object.option == "rename" => {
                (object.name.as_ref()?.name.to_string(), object.new_name.as_ref()?)
            }
            _ => return None,
        };
        let place = context.place(action.span)?;
        let message = format!("queries of running releases that look for `{what}` where it was fail");
        Some(
            Draft::at(place, Hazard::Breaking, message)
                .label(format!("it is in {new} from here on, for every release"))
                .help("leave views under the old names until no running release uses them"),
        )
    }
}
