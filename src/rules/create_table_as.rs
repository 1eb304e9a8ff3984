//! `create-table-as`: one statement copies what a query gives of a table with rows.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Persistence};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, relation_list};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is made of the rows of another in one statement",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::CreateTableAs(table) = &action.kind else { return None };
        if !table.with_data || table.persistence == Persistence::Temporary {
            return None;
        }
        let facts = table.query.facts.as_ref().ok()?;
        let read = facts.reads.iter().map(|name| context.resolve(name));
        let is_long = |name: &RelationName| {
            context.before().table(name).known().is_some() && !context.is_short(name)
        };
        let long: Vec<RelationName> = read.filter(is_long).collect();
        if long.is_empty() {
            return None;
        }
        let place = context.place(action.span)?;
        let names = relation_list(&long);
        let message = format!("one statement copies what its query gives of {names}");
        let why = match context.target().dialect {
            dialect if dialect.is_mysql() => {
                "the rows that it reads stay locked until it ends, so that writers of them wait"
            }
            Dialect::Sqlite => "the database has one writer, and it is this statement until it ends",
            _ => "its snapshot keeps VACUUM from what was deleted meanwhile, in every table, and a standby replays all of it",
        };
        let draft = Draft::at(place, Hazard::Other, message)
            .label("runs as long as the copy takes, and all of it is done again after a failure")
            .why(why)
            .help("make the table empty, and fill it in batches by ranges of a key, each committed by itself");
        Some(long.iter().fold(draft, Draft::relation))
    }
}
