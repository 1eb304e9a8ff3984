//! `query-smells`: a statement reads more than it says, or no index can serve it.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, Dialect, OutputColumn, Query};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement reads more than it says, or no index can serve it",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
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
        let (message, help) = match &action.kind {
            // Views have a rule of their own.
            ActionKind::CreateView(_) => return None,
            ActionKind::Insert(insert) => smell(&insert.query, insert.selected.as_deref())?,
            kind => {
                let query = kind.query()?;
                let output = query.facts.as_ref().ok().and_then(|facts| facts.output.as_deref());
                smell(query, output)?
            }
        };
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label("this project does without it")
                .help(help),
        )
    }
}

fn smell(query: &Query, output: Option<&[OutputColumn]>) -> Option<(&'static str, &'static str)> {
    let is_star = |column: &OutputColumn| matches!(column, OutputColumn::Star(_));
    if output.into_iter().flatten().any(is_star) && !query.reads().is_empty() {
        return Some(("`*` reads every column, those that are added later too", "name the columns"));
    }
    let sql = query.sql.to_ascii_lowercase();
    if sql.split("like").skip(1).any(|rest| rest.trim_start().starts_with("'%")) {
        return Some((
            "LIKE with a wildcard in front reads every row",
            "compare the beginning, or build an index of trigrams",
        ));
    }
    let by_chance = ["order by random(", "order by rand("];
    by_chance.iter().any(|words| sql.contains(words)).then_some((
        "ORDER BY a random number sorts every row",
        "choose by key: the first one behind a random key",
    ))
}
