//! `unnamed-concurrent-index`: a concurrent build without a name is built again by a retry.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, quoted};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a retry of a concurrent build makes a second index",
    severity: Some(Severity::Note),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::CreateIndex(index) = &action.kind else { return None };
        if !index.concurrently || index.name.is_some() {
            return None;
        }
        let place = context.place(action.span)?;
        let table = context.resolve(&index.table);
        let message = format!("a retry after a failure leaves an invalid index on `{table}` and builds a second one");
        let draft = Draft::at(place, Hazard::Other, message)
            .label("the server makes up a new name each time")
            .help("give the index a name")
            .relation(&table);
        let mut created = context.effects().created.iter();
        let made = created.find(|made| made.kind == ObjectKind::Index);
        let name = made.map(|made| format!(" {}", quoted(&made.name.name)));
        let edit = name.and_then(|name| context.insert_behind("concurrently", &name));
        Some(match edit {
            Some(edit) => draft.fix(Applicability::Safe, "write the name that it gets now", edit),
            None => draft,
        })
    }
}
