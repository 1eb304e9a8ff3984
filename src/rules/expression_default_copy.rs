//! `expression-default-copy`: a column comes with a default that is computed for every row.

use crate::effects::Cause;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ColumnConstraint, ColumnDef, Expr, ExprShape, Ident};
use crate::rule::{
    BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext, quoted, relation_sql,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column is added with a computed default, and every row is copied for it",
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
            let Some(Cause::DefaultExpression(column)) = &alteration.cause else { continue };
            let Some(place) = context.place(context.statement().span) else { continue };
            let table = &alteration.table;
            sink.add(
                Draft::at(place, Hazard::LongBlock, format!("writes to `{table}` wait until every row is copied with its `{column}`"))
                    .label(context.alteration_label(alteration))
                    .why(format!("a default in parentheses is computed for every row; {}", context.since(table)))
                    .help(help(context, table, column))
                    .relation(table),
            );
        }
    }
}

fn help(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> String {
    let mut defs = context.actions().iter().filter_map(|action| context.added_by(action));
    let plain = defs.find(|(_, def)| def.name == *column).and_then(|(_, def)| without_parentheses(def));
    if let Some(plain) = plain {
        return format!("leave the parentheses out: DEFAULT {plain} is none that is computed, and the column is there in an instant");
    }
    let mut added = context.actions().iter().filter_map(|action| context.added_by(action));
    let steps = added.find(|(_, def)| def.name == *column).and_then(|(_, def)| steps(table, def));
    let first = "add the column without the default, give it the default for new rows, and fill the others in batches:";
    match steps {
        Some(steps) => format!("{first}\n{steps}"),
        None => "add the column without the default, give it the default for new rows by ALTER COLUMN … SET DEFAULT, and fill the others in batches".to_owned(),
    }
}

/// The same default as a constant, which the server keeps in its catalogue: texts and JSON have none
/// but in parentheses.
fn without_parentheses(column: &ColumnDef) -> Option<String> {
    const NOW: [&str; 3] = ["now", "current_timestamp", "localtimestamp"];
    let default = default(column)?;
    let data_type = column.data_type.as_ref()?.base_name().to_owned();
    let is_long = ["text", "blob", "json"].iter().any(|long| data_type.ends_with(long));
    match default.shape() {
        ExprShape::Call(call) => {
            let is_now = NOW.contains(&call.name.name.folded()) && call.arguments.is_empty();
            is_now.then(|| "CURRENT_TIMESTAMP".to_owned())
        }
        ExprShape::Literal(_) if !is_long => {
            let bare = default.sql.trim_start_matches('(').trim_end_matches(')').trim();
            (!bare.contains(['(', ')'])).then(|| bare.to_owned())
        }
        _ => None,
    }
}

fn default(column: &ColumnDef) -> Option<&Expr> {
    column.constraints.iter().find_map(|it| match it {
        ColumnConstraint::Default(expr) => Some(expr),
        _ => None,
    })
}

fn steps(table: &RelationName, column: &ColumnDef) -> Option<String> {
    let default = default(column)?;
    let (table, name) = (relation_sql(table), quoted(&column.name));
    let data_type = &column.data_type.as_ref()?.written;
    let value = in_parentheses(default);
    Some(format!(
        "  ALTER TABLE {table} ADD COLUMN {name} {data_type} NULL;\n  ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {value};\n  UPDATE {table} SET {name} = {value} WHERE {name} IS NULL LIMIT 10000;"
    ))
}

fn in_parentheses(expr: &Expr) -> String {
    match expr.sql.starts_with('(') {
        true => expr.sql.to_string(),
        false => format!("({})", expr.sql),
    }
}
