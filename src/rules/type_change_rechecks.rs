//! `type-change-rechecks`: a new type that rewrites nothing has a CHECK proved for every row again.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnChange, Dialect, Ident, TableChange, Validity};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext, Step, in_steps, locks_label, quoted,
    relation_sql, waiters,
};
use crate::schema::{Constraint, ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a new type that rewrites nothing has a CHECK proved for every row again",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
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
        let (table, TableChange::AlterColumn { column, change: ColumnChange::Type { data_type, .. } }) =
            context.change_of(action)?
        else {
            return None;
        };
        let is_scan = !context.caused_by(action, WorkKind::Scan).is_empty()
            && context.caused_by(action, WorkKind::Rewrite).is_empty();
        let check = check_of(context, &table, column).filter(|_| is_scan)?;
        let lock = context.effects().lock_on(&table)?;
        let message = format!(
            "{} `{table}` wait until `{}` is proved for every row again",
            waiters(lock.mode),
            check.name
        );
        let change = format!(
            "ALTER TABLE {} ALTER COLUMN {} TYPE {}",
            relation_sql(&table),
            quoted(column),
            data_type.written
        );
        Some(
            Draft::at(context.place(action.span)?, Hazard::LongBlock, message)
                .label(locks_label(context.strong_locks()))
                .why(format!("the rows stay as they are, but the constraint compares values of the new type; {}", context.since(&table)))
                .help(help(context, &table, check, change))
                .relation(&table),
        )
    }
}

/// A constraint that is valid and names the column.
fn check_of<'a>(
    context: &StatementContext<'a>,
    table: &RelationName,
    column: &Ident,
) -> Option<&'a Constraint> {
    let known = context.before().table(table).any()?;
    known.constraints.iter().find(|constraint| {
        matches!(constraint.body, ConstraintBody::Check { .. })
            && constraint.validity == Validity::Valid
            && constraint.columns().contains(column)
    })
}

fn help(
    context: &StatementContext<'_>,
    table: &RelationName,
    check: &Constraint,
    change: String,
) -> String {
    let ConstraintBody::Check { expr, .. } = &check.body else { return String::new() };
    let (table, name) = (relation_sql(table), quoted(&check.name));
    let condition = expr.sql.trim();
    let steps = in_steps(
        context,
        &[
            Step::new([
                format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
                change,
                format!("ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID"),
            ]),
            Step::new([format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")]),
        ],
    );
    format!("make the constraint anew beside the change, and prove it while everyone goes on:\n{steps}")
}
