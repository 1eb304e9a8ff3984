//! `implicit-zero-fill`: rows that are there silently get a zero, an empty string, a first member.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ColumnConstraint, ColumnDef, Dialect, Ident};
use crate::rule::{
    BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext, refuses_null,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a NOT NULL column without a default is added, and rows get a value that nobody chose",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: MYSQL,
    directions: BOTH,
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
            let Some((table, column)) = context.added_by(action) else { continue };
            let there = context.known_column(&table, &column.name).is_some();
            if context.is_new(&table) || there || has_value(column) || !refuses_null(column) {
                continue;
            }
            if !is_filled(context, &table, &column.name) {
                judge(context, action, &table, column, sink);
            }
        }
    }
}

/// Whether the definition gives rows a value.
fn has_value(column: &ColumnDef) -> bool {
    column.constraints.iter().any(|constraint| {
        matches!(
            constraint,
            ColumnConstraint::Default(_)
                | ColumnConstraint::AutoIncrement
                | ColumnConstraint::Generated { .. }
                | ColumnConstraint::PrimaryKey { .. }
        )
    })
}

/// Whether a later statement of the migration gives the rows a value.
fn is_filled(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let Some(script) = context.script() else { return false };
    let later = script.statements().skip(context.entry.index + 1);
    later.flat_map(|statement| &statement.actions).any(|action| match &action.kind {
        ActionKind::Update(update) => {
            context.resolve(&update.table) == *table
                && update.assignments.iter().any(|(set, _)| set == column)
        }
        _ => false,
    })
}

/// What rows get.
enum Filled {
    With(String),
    /// The change fails where there are rows.
    Fails(&'static str),
}

fn filled(column: &ColumnDef, dialect: Dialect) -> Option<Filled> {
    let data_type = column.data_type.as_ref()?;
    let is_mysql = dialect == Dialect::Mysql;
    let with = |text: &str| Some(Filled::With(text.to_owned()));
    match data_type.base_name() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float"
        | "double" | "bit" | "year" => with("0"),
        "char" | "varchar" | "binary" | "varbinary" | "tinytext" | "text" | "mediumtext"
        | "longtext" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "set" => with("''"),
        "enum" => Some(Filled::With(data_type.modifiers.first()?.clone())),
        "json" if is_mysql => with("the JSON value null"),
        "json" => Some(Filled::With(
            "'', which is no JSON: every later change of such a row fails".to_owned(),
        )),
        "date" | "datetime" if is_mysql => {
            Some(Filled::Fails("a date of zeros, which sql_mode NO_ZERO_DATE forbids"))
        }
        "date" => with("'0000-00-00'"),
        "datetime" => with("'0000-00-00 00:00:00'"),
        "time" => with("'00:00:00'"),
        _ => None,
    }
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
    let Some(filled) = filled(column, context.target().dialect) else { return };
    let draft = match filled {
        Filled::With(value) => Draft::at(
            place,
            Hazard::Other,
            format!("every row of `{table}` silently gets {value} in `{name}`"),
        )
        .label("NOT NULL without a default: the server fills in a value of its own"),
        Filled::Fails(value) => Draft::at(
            place,
            Hazard::Fails,
            format!("adding `{name}` fails as soon as `{table}` has a row"),
        )
        .severity(Severity::Error)
        .label(format!("NOT NULL without a default: rows would get {value}")),
    };
    sink.add(
        draft
            .why(format!(
                "{}; a release that does not know `{name}` could not insert either, where sql_mode is strict",
                context.since(table)
            ))
            .help(format!(
                "write the value that rows shall have as the DEFAULT of {name}, or add it nullable, fill it in batches, and demand it in a later release"
            ))
            .relation(table),
    );
}
