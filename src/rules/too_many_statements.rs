//! `too-many-statements`: one transaction runs very many statements.

use crate::finding::{Category, Hazard};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, changes_something};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "one transaction runs very many statements",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// How many statements are fine.
    most: usize,
}

impl Default for Check {
    fn default() -> Self {
        Self { most: 25 }
    }
}

impl Rule for Check {
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let statements = context.each_of_transaction();
        let changes: Vec<_> =
            statements.filter(|one| changes_something(one.statement())).collect();
        let Some(here) = changes.get(self.most) else { return };
        let Some(place) = here.place(here.statement().span) else { return };
        let message = format!(
            "{} statements run in one transaction, {} more than this project wants",
            changes.len(),
            changes.len() - self.most
        );
        sink.add_at(
            here,
            Draft::at(place, Hazard::Other, message)
                .label("the first of those beyond")
                .help("write the rest into a migration of its own"),
        );
    }
}
