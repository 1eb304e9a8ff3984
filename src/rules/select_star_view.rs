//! `select-star-view`: a view keeps the columns that `*` had when it was made.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ObjectName, OutputColumn, Query};
use crate::rule::{Draft, FixKind, Once, Rule, RuleMeta, SERVERS, StatementContext, UP, column_list, relation_list};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a view is made of `*`, and keeps the columns of today",
    severity: None,
    category: Category::Correctness,
    dialects: SERVERS,
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
        let ActionKind::CreateView(view) = &action.kind else { return None };
        if view.temporary {
            return None;
        }
        let frozen = starred(&view.query, context);
        let [first, ..] = frozen.as_slice() else { return None };
        let place = context.place(action.span)?;
        let name = context.resolve(&view.name);
        let message = format!(
            "`{name}` never shows columns that are added to {} later",
            relation_list(&frozen)
        );
        let known = context.before().table(first).known();
        let columns = known.map(|known| column_list(known.columns.iter().map(|column| &column.name)));
        let help = match columns {
            Some(columns) if frozen.len() == 1 => format!("name the columns: {columns}"),
            _ => "name the columns".to_owned(),
        };
        Some(
            Draft::at(place, Hazard::Other, message)
                .severity(Severity::Note)
                .label("`*` is written out when the view is made")
                .why("a column that the view does not mean to show cannot be dropped or change its type while the view is there")
                .help(help)
                .once(Once::PerScript)
                .relation(&name),
        )
    }
}

/// Relations whose columns a `*` stands for. What a subquery or a CTE gives is written out in it.
fn starred(query: &Query, context: &StatementContext<'_>) -> Vec<RelationName> {
    let Ok(facts) = &query.facts else { return Vec::new() };
    let Some(output) = &facts.output else { return Vec::new() };
    let mut found: Vec<RelationName> = Vec::new();
    for column in output {
        let OutputColumn::Star(of) = column else { continue };
        let named: Vec<&ObjectName> = match of {
            Some(name) => vec![name],
            None => facts.reads.iter().collect(),
        };
        let names = named.into_iter().map(|name| context.resolve(name));
        for name in names.filter(|name| context.before().relation(name).known().is_some()) {
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}
