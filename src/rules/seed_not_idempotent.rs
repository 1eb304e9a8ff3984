//! `seed-not-idempotent`: rows are written by hand into a table that may have them.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, InsertSource, OnConflict};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "rows are written by hand into a table that may have them",
    severity: None,
    category: Category::Correctness,
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
        let ActionKind::Insert(insert) = &action.kind else { return None };
        let table = context.resolve(&insert.table);
        let is_seed = matches!(insert.source, InsertSource::Values(_))
            && insert.on_conflict == OnConflict::Fail;
        if !is_seed || context.is_new(&table) {
            return None;
        }
        let message = format!("rows of `{table}` that are there already make this fail, or come twice");
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .severity(Severity::Note)
                .label("nothing says what becomes of a row that is there")
                .help("write ON CONFLICT (key) DO NOTHING or DO UPDATE behind it; on MySQL INSERT IGNORE or ON DUPLICATE KEY UPDATE")
                .relation(&table),
        )
    }
}
