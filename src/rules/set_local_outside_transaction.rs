//! `set-local-outside-transaction`: SET LOCAL outside a transaction has no effect.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, SettingScope};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "SET LOCAL has no effect outside a transaction",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Set(option) = &action.kind else { return None };
        // set_config(…, true) is a function call and may be meant for its own statement.
        let is_written = context.statement().sql.trim_start().get(..3)?.eq_ignore_ascii_case("set");
        if option.scope != SettingScope::Local || context.transaction.kind.is_block() || !is_written {
            return None;
        }
        let place = context.place(action.span)?;
        let message = format!("{} stays as it was: SET LOCAL ends with this statement", option.name);
        let draft = Draft::at(place, Hazard::Other, message)
            .label("no transaction is open here; the server warns and does nothing")
            .help("write SET without LOCAL, and RESET it at the end");
        Some(match context.remove_word("local") {
            Some(edit) => draft.fix(Applicability::Unsafe, "set it for the session", edit),
            None => draft,
        })
    }
}
