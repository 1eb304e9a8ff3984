//! `index-shape`: an index has another shape than the project wants.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, CreateIndex, Dialect, Ident, SqlType};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index has another shape than the project wants",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// How many columns an index may have that is not unique.
    columns: Option<usize>,
    /// Whether dates and moments come last.
    dates_last: bool,
}

impl Default for Check {
    fn default() -> Self {
        Self { columns: Some(4), dates_last: true }
    }
}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::CreateIndex(index) = &action.kind else { return None };
        let table = context.resolve(&index.table);
        let (message, label, help) = self.complaint(context, index, &table)?;
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label(label)
                .help(help)
                .relation(&table),
        )
    }
}

impl Check {
    fn complaint(
        &self,
        context: &StatementContext<'_>,
        index: &CreateIndex,
        table: &RelationName,
    ) -> Option<(String, &'static str, &'static str)> {
        let count = index.columns.len();
        if self.columns.is_some_and(|most| count > most) && !index.unique {
            return Some((
                format!("the index has {count} columns"),
                "this project wants fewer",
                "keep the columns that choose most, in the order of the queries",
            ));
        }
        let date = early_date(context, index, table).filter(|_| self.dates_last)?;
        Some((
            format!("`{date}` stands before other columns of the index"),
            "a range of dates ends what an index can narrow down",
            "put columns that are compared for equality first",
        ))
    }
}

/// A date or moment that is not the last column.
fn early_date<'i>(
    context: &StatementContext<'_>,
    index: &'i CreateIndex,
    table: &RelationName,
) -> Option<&'i Ident> {
    let known = context.before().table(table).any()?;
    let (_, early) = index.columns.split_last()?;
    let is_date = |data_type: &SqlType| {
        let name = data_type.name.name.as_str();
        name == "date" || name == "datetime" || name.starts_with("timestamp")
    };
    early.iter().filter_map(|column| column.column.as_ref()).find(|name| {
        known.column(name).and_then(|column| column.data_type.as_ref()).is_some_and(is_date)
    })
}
