//! `default-changed`: a column gets another default under releases that rely on the old one.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, SERVERS, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column gets another default under releases that rely on the old one",
    severity: None,
    category: Category::Compatibility,
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
        let (table, TableChange::AlterColumn { column, change: ColumnChange::SetDefault(new) }) =
            context.change_of(action)?
        else {
            return None;
        };
        let known = context.before().table(&table).any().and_then(|table| table.column(column));
        let is_new = known.is_some_and(|known| context.is_new_column(known));
        let old = known.and_then(|known| known.default.as_ref());
        if is_new || context.is_new(&table) || old.is_some_and(|old| old.sql == new.sql) {
            return None;
        }
        let message = format!("rows that running releases insert into `{table}` get another `{column}` from here on");
        let was = old.map_or_else(|| "none".to_owned(), |old| old.sql.to_string());
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .severity(Severity::Note)
                .label(format!("the default was {was}"))
                .help(format!("deploy releases that write {column} themselves before"))
                .relation(&table),
        )
    }
}
