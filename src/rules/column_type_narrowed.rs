//! `column-type-narrowed`: the new type holds less than the old one.

use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ColumnChange, Ident, SqlType, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, restated,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column's new type holds less than its old one",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: SERVERS,
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let Some(Change { column, new, using }) = type_change(action) else { continue };
            for loss in &context.effects().losses {
                let Loss::Narrowed(table, narrowed) = loss else { continue };
                if narrowed != column || context.is_new(table) {
                    continue;
                }
                let Some(place) = context.place(action.span) else { continue };
                let old =
                    context.before().table(table).any().and_then(|table| table.column(column));
                let old = old.and_then(|column| column.data_type.as_ref());
                let fate = match context.target().dialect.is_mysql() {
                    true => OR_CUT,
                    false => old.map_or(OR_CUT, |old| fate(old, using)),
                };
                let from = old.map_or_else(|| "its type".to_owned(), SqlType::to_string);
                sink.add(
                    Draft::at(
                        place,
                        Hazard::DataLoss,
                        format!("values of `{table}.{column}` that do not fit {new} {fate}"),
                    )
                    .label(format!("{from} becomes {new}, which holds less"))
                    .why("releases that run meanwhile still write what fitted before")
                    .help(help(context, column))
                    .relation(table),
                );
            }
        }
    }
}

fn help(context: &StatementContext<'_>, column: &Ident) -> String {
    if context.target().dialect.is_mysql() {
        return format!(
            "deploy the release that keeps to the new limit, look for values of {column} that do not fit and mend them, then change its type under a strict sql_mode, which stops at the first that was missed"
        );
    }
    format!(
        "add a CHECK for the new limit NOT VALID, deploy the release that keeps to it, VALIDATE it, then change the type of {column}"
    )
}

const FAIL: &str = "make the migration fail";
const OR_CUT: &str = "make the migration fail or are cut";
const OR_ROUNDED: &str = "make the migration fail or are rounded";

/// What PostgreSQL does with values that do not fit: it refuses whole numbers, and texts as long as
/// no `USING` casts them; of fractions it drops digits.
fn fate(old: &SqlType, using: bool) -> &'static str {
    match old.name.name.as_str() {
        "smallint" | "integer" | "bigint" => FAIL,
        "text" | "character varying" | "character" | "citext" if !using => FAIL,
        "numeric" | "real" | "double precision" | "interval" => OR_ROUNDED,
        name if name.starts_with("time") => OR_ROUNDED,
        _ => OR_CUT,
    }
}

/// A column's new type, and whether an expression computes the values.
struct Change<'a> {
    column: &'a Ident,
    new: &'a SqlType,
    using: bool,
}

fn type_change(action: &Action) -> Option<Change<'_>> {
    let ActionKind::AlterTable { change, .. } = &action.kind else { return None };
    match change.as_ref() {
        TableChange::AlterColumn { column, change: ColumnChange::Type { data_type, using } } => {
            Some(Change { column, new: data_type, using: using.is_some() })
        }
        change => {
            let (column, restated) = restated(change)?;
            Some(Change { column, new: restated.data_type.as_ref()?, using: false })
        }
    }
}
