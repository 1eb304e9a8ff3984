//! `delete-cascades`: a DELETE takes rows of other tables along.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ReferentialAction};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, relation_list};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a DELETE takes rows of other tables along",
    severity: Some(Severity::Warning),
    category: Category::DataLoss,
    dialects: &Dialect::ALL,
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
        let ActionKind::Delete(delete) = &action.kind else { return None };
        let table = context.resolve(&delete.table);
        if context.is_new(&table) || context.changes_few_rows(action) {
            return None;
        }
        let keys = context.before().referencing(&table);
        let mut children: Vec<&RelationName> = keys
            .filter(|(child, key)| {
                child.name != table && !context.is_new(&child.name) && deletes(&key.body)
            })
            .map(|(child, _)| &child.name)
            .collect();
        children.dedup();
        children.first()?;
        let place = context.place(action.span)?;
        let message = format!("rows of {} go with those of `{table}`", relation_list(children.iter().copied()));
        let draft = Draft::at(place, Hazard::DataLoss, message)
            .label("their foreign keys say ON DELETE CASCADE")
            .help("count what goes along first, and delete it by statements of its own")
            .relation(&table);
        // Whoever writes a condition has chosen the rows; what hangs on them goes by its own design.
        let draft = match delete.rows.condition() {
            Some(_) => draft.severity(Severity::Note),
            None => draft,
        };
        Some(children.into_iter().fold(draft, Draft::relation))
    }
}

fn deletes(body: &ConstraintBody) -> bool {
    matches!(body, ConstraintBody::ForeignKey { on_delete: ReferentialAction::Cascade, .. })
}
