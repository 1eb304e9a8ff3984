//! `json-column`: a column of type json has no equality.

use crate::finding::{Applicability, Category, Hazard};
use crate::migration::{Action, ActionKind, ColumnDef, Dialect, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column of type json has no equality",
    severity: None,
    category: Category::Convention,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let columns: &[ColumnDef] = match &action.kind {
            ActionKind::CreateTable(table) => &table.columns,
            ActionKind::AlterTable { change, .. } => match change.as_ref() {
                TableChange::AddColumn { column, .. } => std::slice::from_ref(column),
                _ => return None,
            },
            _ => return None,
        };
        let column = columns.iter().find(|column| {
            column.data_type.as_ref().is_some_and(|data_type| data_type.name.to_string() == "json")
        })?;
        let place = context.place(column.span)?;
        let message = format!("DISTINCT, GROUP BY and UNION over `{}` fail: json has no equality", column.name);
        let draft = Draft::at(place, Hazard::Other, message)
            .label("json keeps the text as it came")
            .help("use jsonb, which compares, and takes indexes");
        Some(match context.retype(column, "jsonb") {
            Some(edit) => draft.fix(Applicability::Unsafe, "make it jsonb", edit),
            None => draft,
        })
    }
}
