//! `constrained-domain-column`: everyone waits while a domain is checked for each row.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ColumnConstraint, ColumnDef, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, quoted,
    relation_sql, waiters,
};
use crate::schema::{RelationName, TypeBody, TypeDef};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column of a domain with constraints rewrites the table while everyone waits",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
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
            let Some((table, column)) = context.added_by(action) else { continue };
            let Some(domain) = domain(context, column) else { continue };
            let rewrites = !context.caused_by(action, WorkKind::Rewrite).is_empty();
            if rewrites && context.rewrites_without_default(action) {
                judge(context, action, &table, (column, domain), sink);
            }
        }
    }
}

/// The domain that is the column's type; a generated column is rewritten for what it is.
fn domain<'a>(context: &StatementContext<'a>, column: &ColumnDef) -> Option<&'a TypeDef> {
    let generated =
        column.constraints.iter().any(|it| matches!(it, ColumnConstraint::Generated { .. }));
    let name = &column.data_type.as_ref().filter(|_| !generated)?.name;
    let found = context.before().type_def(name)?;
    matches!(found.body, TypeBody::Domain { .. }).then_some(found)
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    (column, domain): (&ColumnDef, &TypeDef),
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "{} `{table}` wait until every row is rewritten and checked against the domain `{}`",
        waiters(lock.mode),
        domain.name
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(format!(
                "a domain with a constraint is checked for each row, even where the column starts empty; {}",
                context.since(table)
            ))
            .help(help(table, column, domain))
            .relation(table),
    );
}

fn help(table: &RelationName, column: &ColumnDef, domain: &TypeDef) -> String {
    let TypeBody::Domain { base, checks, .. } = &domain.body else { return String::new() };
    let (table, name) = (relation_sql(table), quoted(&column.name));
    let mut text = format!(
        "add the column with the domain's base type:\n  ALTER TABLE {table} ADD COLUMN {name} {};",
        base.written
    );
    if !checks.is_empty() {
        text.push_str("\nand the domain's checks with ADD CONSTRAINT … CHECK … NOT VALID in the same migration, VALIDATE CONSTRAINT in a later one");
    }
    text
}
