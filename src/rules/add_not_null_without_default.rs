//! `add-not-null-without-default`: the statement fails as soon as the table has a row.

use crate::effects::Loss;
use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::python::Column;
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, Dialect, Ident, TableChange,
};
use crate::rule::{
    NOT_MYSQL,
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, column_sql, in_steps,
    not_null_steps, relation_sql, server_default_for_rows,
};
use crate::schema::{RelationName, TypeBody};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a NOT NULL column without a default is added to a table that has rows",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: NOT_MYSQL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::AlterTable { table, change } = &action.kind else { continue };
            let TableChange::AddColumn { column, if_not_exists, .. } = change.as_ref() else {
                continue;
            };
            let table = context.resolve(&table.name);
            let there = context.before().table(&table).any();
            let there = there.is_some_and(|table| table.column(&column.name).is_some());
            if context.is_new(&table) || (*if_not_exists && there) || is_emptied(context, &table) {
                continue;
            }
            if refuses_null(column) && !has_value(context, column) {
                judge(context, action, &table, column, sink);
            }
        }
    }
}

/// Whether the transaction has taken all rows out of the table before.
fn is_emptied(context: &StatementContext<'_>, table: &RelationName) -> bool {
    context
        .earlier()
        .iter()
        .any(|entry| entry.effects.losses.iter().any(|loss| *loss == Loss::Rows(table.clone())))
}

fn refuses_null(column: &ColumnDef) -> bool {
    column.constraints.iter().any(|constraint| {
        matches!(constraint, ColumnConstraint::NotNull { .. } | ColumnConstraint::PrimaryKey { .. })
    })
}

/// Whether the rows that are there get a value: a default, identity, serial, a generated value, or
/// the default of a domain.
fn has_value(context: &StatementContext<'_>, column: &ColumnDef) -> bool {
    let given = column.constraints.iter().any(|constraint| match constraint {
        ColumnConstraint::Default(expr) => !expr.is_null(),
        ColumnConstraint::Identity(_) | ColumnConstraint::Generated { .. } => true,
        _ => false,
    });
    let Some(data_type) = column.data_type.as_ref().filter(|_| !given) else { return given };
    let domain = context.before().type_def(&data_type.name).map(|known| &known.body);
    data_type.serial_base().is_some()
        || matches!(domain, Some(TypeBody::Domain { default: Some(_), .. }))
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    column: &ColumnDef,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let name = &column.name;
    let message = format!("adding `{name}` fails as soon as `{table}` has a row");
    let draft = Draft::at(place, Hazard::Fails, message)
            .label("NOT NULL without a default: the rows that are there have no value for it")
            .why(format!(
                "{}; a release that does not know `{name}` could not insert either",
                context.since(table)
            ))
            .help(help(context, table, column))
            .relation(table);
    sink.add(match server_default(context, name) {
        Some(edit) => draft.fix(Applicability::Unsafe, "give the rows that are there a value", edit),
        None => draft,
    });
}

/// The column of a revision gets a default that the server knows.
fn server_default(context: &StatementContext<'_>, name: &Ident) -> Option<Edit> {
    let directive = context.directive().filter(|directive| directive.is("add_column"))?;
    let of_keywords = directive.call.kwargs.iter().map(|keyword| &keyword.value);
    let mut columns = directive
        .call
        .args
        .iter()
        .chain(of_keywords)
        .filter_map(|value| Some((value, Column::of(value)?)));
    let (value, column) = columns.find(|(_, column)| name.as_str() == column.name)?;
    let default = server_default_for_rows(&column)?;
    let argument = format!("server_default={default}");
    directive.append_to(value, &argument).filter(|_| directive.can_write(&default))
}

fn help(context: &StatementContext<'_>, table: &RelationName, column: &ColumnDef) -> String {
    let bare = column_sql(column, |kept| {
        !matches!(kept, ColumnConstraint::NotNull { .. } | ColumnConstraint::PrimaryKey { .. })
    });
    let add = format!("ALTER TABLE {} ADD COLUMN {bare}", relation_sql(table));
    if context.target().dialect == Dialect::Sqlite {
        let add = in_steps(context, &[Step::new([add])]);
        return format!("{add}\nthen fill it, and make it NOT NULL by rebuilding the table");
    }
    let [check, validate, set] = not_null_steps(table, &column.name).map(Step::new);
    let add = in_steps(context, &[Step::new([add])]);
    let rest = in_steps(context, &[check, validate, set]);
    format!("{add}\nthen write it in a release, fill the old rows in batches by key, and prove it:\n{rest}")
}
