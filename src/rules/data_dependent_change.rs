//! `data-dependent-change`: a change fails for some data, which nobody has looked at.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ColumnChange, ConstraintKind, Dialect, TableChange, Validity};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, column_list, quoted, relation_sql,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a change succeeds or fails by the rows that are there",
    severity: None,
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let Some((table, change)) = context.change_of(action) else { continue };
            // Without work on the table nothing is checked: it is new, or a proof spares it.
            let checks = context.effects().work.iter().any(|work| work.relation == table);
            let Some(query) = query(&table, change).filter(|_| checks) else { continue };
            if !context.is_new(&table) {
                report(context, action, &table, &query, sink);
            }
        }
    }
}

/// A query that finds the rows which make the change fail.
fn query(table: &RelationName, change: &TableChange) -> Option<String> {
    let name = relation_sql(table);
    match change {
        TableChange::AlterColumn { column, change: ColumnChange::SetNotNull } => {
            Some(format!("SELECT count(*) FROM {name} WHERE {} IS NULL", quoted(column)))
        }
        TableChange::AlterColumn { column, change: ColumnChange::Type { data_type, using } } => {
            let value = using.as_ref().map_or_else(|| quoted(column), |expr| expr.sql.to_string());
            Some(format!("SELECT count(({value})::{}) FROM {name}", data_type.written))
        }
        TableChange::AddConstraint(constraint) if constraint.validity == Validity::Valid => {
            match &constraint.kind {
                ConstraintKind::Check { expr, .. } => {
                    Some(format!("SELECT count(*) FROM {name} WHERE NOT ({})", expr.sql))
                }
                ConstraintKind::ForeignKey { columns, target, .. } => {
                    let list = column_list(columns);
                    let parent = relation_sql(&parent_name(target.table.schema_or_public(), &target.table.name));
                    let keys = if target.columns.is_empty() { list.clone() } else { column_list(&target.columns) };
                    Some(format!("SELECT count(*) FROM {name} WHERE ({list}) NOT IN (SELECT {keys} FROM {parent})"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn parent_name(schema: &str, name: &crate::migration::Ident) -> RelationName {
    RelationName::new(schema.into(), name.clone())
}

fn report(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    query: &str,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let message = format!("the migration fails if the rows of `{table}` do not allow for this");
    sink.add(
        Draft::at(place, Hazard::Other, message)
            .label("every row is checked, and one that does not fit stops the migration")
            .why(context.since(table))
            .help(format!("look before; this finds what does not fit, or fails itself:\n  {query};"))
            .relation(table),
    );
}
