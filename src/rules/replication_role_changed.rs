//! `replication-role-changed`: triggers and foreign keys are switched off for the session.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "triggers and foreign keys are switched off for the session",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Set(option) = &action.kind else { return None };
        let is_off = option.values.iter().any(|value| value.eq_ignore_ascii_case("replica"));
        if option.name != "session_replication_role" || !is_off {
            return None;
        }
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Other, "rows that break foreign keys come in unseen from here on, and no trigger fires")
                .label("session_replication_role = replica switches off triggers, those of foreign keys included")
                .help("leave it out; where one trigger is in the way, disable that one by name and enable it again in the same transaction"),
        )
    }
}
