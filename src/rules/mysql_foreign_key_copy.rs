//! `mysql-foreign-key-copy`: a foreign key is checked by copying the table.

use crate::effects::{Alteration, Cause};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ConstraintKind, TableChange, TableConstraint};
use crate::rule::{
    BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext, column_list, relation_sql,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a foreign key is added while its rows are checked, by copying the table",
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
        for alteration in context.blocking_alterations() {
            if alteration.cause != Some(Cause::ForeignKeyChecked) {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let table = &alteration.table;
            let message = format!(
                "writes to `{table}` wait until every row is copied and checked against the foreign key"
            );
            sink.add(
                Draft::at(place, Hazard::LongBlock, message)
                    .label(context.alteration_label(alteration))
                    .why(format!("foreign_key_checks is on; {}", context.since(table)))
                    .help(help(context, alteration))
                    .relation(table),
            );
        }
    }
}

fn help(context: &StatementContext<'_>, alteration: &Alteration) -> String {
    let table = &alteration.table;
    let look = added(context).and_then(|key| orphans(context, alteration, key));
    let look = look.map_or_else(
        || "look for rows without a parent and mend them".to_owned(),
        |query| format!("look for rows without a parent and mend them:\n  {query};"),
    );
    let sql = context.statement().sql.trim().trim_end_matches(';');
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let clauses = ", ALGORITHM=INPLACE, LOCK=NONE";
    format!(
        "{look}\nthen add the key to {table} without the check, for this statement alone:\n  SET foreign_key_checks = 0;\n  {sql}{clauses};\n  SET foreign_key_checks = 1;"
    )
}

fn added<'a>(context: &StatementContext<'a>) -> Option<&'a TableConstraint> {
    context.actions().iter().find_map(|action| match context.change_of(action)? {
        (_, TableChange::AddConstraint(constraint)) => {
            matches!(constraint.kind, ConstraintKind::ForeignKey { .. }).then_some(constraint)
        }
        _ => None,
    })
}

/// A query that finds rows without a parent.
fn orphans(
    context: &StatementContext<'_>,
    alteration: &Alteration,
    key: &TableConstraint,
) -> Option<String> {
    let ConstraintKind::ForeignKey { columns, target, .. } = &key.kind else { return None };
    let [column] = columns.as_slice() else { return None };
    let [referenced] = target.columns.as_slice() else { return None };
    let parent = relation_sql(&context.resolve(&target.table));
    let child = relation_sql(&alteration.table);
    let (column, referenced) = (column_list([column]), column_list([referenced]));
    Some(format!(
        "SELECT c.{column} FROM {child} c LEFT JOIN {parent} p ON p.{referenced} = c.{column} WHERE c.{column} IS NOT NULL AND p.{referenced} IS NULL"
    ))
}
