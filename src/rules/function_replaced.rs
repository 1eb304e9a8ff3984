//! `function-replaced`: a function is replaced by one that callers have to treat otherwise.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, CreateFunction, Dialect, Volatility};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::Routine;
use std::cmp::Reverse;

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

/// What changes for callers, why it matters to them, and how much.
type Difference = (String, &'static str, Severity);

/// What the new text leaves out may have been forgotten, and goes first; what it says is meant, and
/// noted.
fn change(old: &Routine, new: &CreateFunction) -> Option<Difference> {
    let all = [rights(old, new), volatility(old, new), nulls(old, new)];
    all.into_iter().flatten().min_by_key(|(.., severity)| Reverse(*severity))
}

fn severity_of(is_said: bool) -> Severity {
    if is_said { Severity::Note } else { Severity::Warning }
}

fn rights(old: &Routine, new: &CreateFunction) -> Option<Difference> {
    let whose = if new.security_definer { "its owner" } else { "whoever calls it" };
    let message = format!("`{}` runs with the rights of {whose} from here on", new.name);
    let label = "what it may read and write changes for every caller";
    let changes = old.security_definer != new.security_definer;
    changes.then(|| (message, label, severity_of(new.security_definer)))
}

fn volatility(old: &Routine, new: &CreateFunction) -> Option<Difference> {
    let message = format!("`{}` is VOLATILE from here on: queries call it for every row", new.name);
    let label = "indexes and constant folding do without it";
    let changes = old.volatility != Volatility::Volatile && new.volatility == Volatility::Volatile;
    changes.then_some((message, label, Severity::Warning))
}

fn nulls(old: &Routine, new: &CreateFunction) -> Option<Difference> {
    let what = if new.strict { "gives NULL without running" } else { "runs" };
    let message = format!("`{}` {what} where an argument is NULL from here on", new.name);
    let label = "what it gives for NULL changes for every caller";
    (old.strict != new.strict).then(|| (message, label, severity_of(new.strict)))
}
