//! `missing-statement-timeout`: work on a table has no limit of time.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{
    BOTH, Draft, FixKind, Once, Rule, RuleMeta, Sink, StatementContext, work_clause,
};
use crate::timeline::Timeout;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "work on a table has no limit of time",
    severity: None,
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// The limit that is written, as PostgreSQL reads it.
    limit: String,
}

impl Default for Check {
    fn default() -> Self {
        Self { limit: "15min".to_owned() }
    }
}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let is_set = context.entry.settings.statement_timeout != Timeout::Unset;
        let Some(work) = context.long_work().next().filter(|_| !is_set) else { return };
        let Some(place) = context.place(context.statement().span) else { return };
        let local = if context.local_setting_reaches() { "LOCAL " } else { "" };
        let setting = format!("SET {local}statement_timeout = '{}';", self.limit);
        let draft = Draft::at(place, Hazard::Other, "nothing ends this statement if it takes longer than it should")
            .severity(Severity::Note)
            .label(work_clause(work))
            .help(format!("set a limit before it:\n  {setting}"))
            .once(Once::PerScript)
            .relation(&work.relation);
        let edit = context.insert_setting(&setting);
        sink.add(match edit {
            Some(edit) => draft.fix(Applicability::Safe, "set a limit", edit),
            None => draft,
        });
    }
}
