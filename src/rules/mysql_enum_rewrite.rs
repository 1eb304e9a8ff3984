//! `mysql-enum-rewrite`: members of an `ENUM` or `SET` move, and every row with them.

use crate::effects::{Cause, TableLock};
use crate::finding::{Category, Hazard, Severity};
use crate::rule::{BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "members of an ENUM or SET change, and every row is copied",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: MYSQL,
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
        for alteration in context.lasting_alterations() {
            let Some(Cause::Members(column)) = &alteration.cause else { continue };
            let Some(place) = context.place(context.statement().span) else { continue };
            let table = &alteration.table;
            let blocks = alteration.lock > Some(TableLock::None);
            let (hazard, who) = match blocks {
                true => (
                    Hazard::LongBlock,
                    format!("writes to `{table}` wait until every row is copied"),
                ),
                false => (Hazard::Other, format!("every row of `{table}` is copied")),
            };
            let message =
                format!("{who}: members of `{column}` move, go, or outgrow their storage");
            sink.add(
                Draft::at(place, hazard, message)
                    .label(context.alteration_label(alteration))
                    .why("a row holds the number of its member; a member appended at the end changes no number, up to 255 members of an ENUM, 8, 16, 24 or 32 of a SET")
                    .help(format!(
                        "append new members of {column} at the end of the list, and leave the old ones where they are: a value that no list names any more becomes an error, or '' where sql_mode is not strict"
                    ))
                    .relation(table),
            );
        }
    }
}
