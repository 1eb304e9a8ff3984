//! `function-replaced`: a function is replaced by one that callers have to treat otherwise.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, CreateFunction, Dialect, Volatility};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::Routine;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a function is replaced by one that callers have to treat otherwise",
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
        let ActionKind::CreateFunction(new) = &action.kind else { return None };
        let first = context.transaction.entries.first()?;
        let mut old = first.before.routines(&new.name).iter().filter(|old| old.certain);
        let old = old.find(|old| new.or_replace && old.arguments == new.arguments)?;
        let (message, label, severity) = change(old, new)?;
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Other, message)
                .severity(severity)
                .label(label)
                .help("give it another name, and drop the old one when no release calls it"),
        )
    }
}

/// What changes for callers. What the new text says is meant, and noted; what it leaves out may
/// have been forgotten.
fn change(old: &Routine, new: &CreateFunction) -> Option<(String, &'static str, Severity)> {
    let name = &new.name;
    let severity_of = |is_said| if is_said { Severity::Note } else { Severity::Warning };
    if old.security_definer != new.security_definer {
        let whose = if new.security_definer { "its owner" } else { "whoever calls it" };
        let message = format!("`{name}` runs with the rights of {whose} from here on");
        let label = "what it may read and write changes for every caller";
        return Some((message, label, severity_of(new.security_definer)));
    }
    if old.volatility != Volatility::Volatile && new.volatility == Volatility::Volatile {
        let message = format!("`{name}` is VOLATILE from here on: queries call it for every row");
        return Some((message, "indexes and constant folding do without it", Severity::Warning));
    }
    if old.strict != new.strict {
        let what = if new.strict { "gives NULL without running" } else { "runs" };
        let message = format!("`{name}` {what} where an argument is NULL from here on");
        let label = "what it gives for NULL changes for every caller";
        return Some((message, label, severity_of(new.strict)));
    }
    None
}
