//! `mysql-legacy-feature`: what newer servers keep for old schemas alone.

use crate::finding::{Category, Hazard};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, Ident, MysqlChange, SqlType, TableChange,
    TableOption,
};
use crate::rule::{Draft, FixKind, MYSQL, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a definition uses what is deprecated or kept for old schemas alone",
    severity: None,
    category: Category::Convention,
    dialects: MYSQL,
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
        let mut found: Vec<&'static str> = Vec::new();
        for column in columns(&action.kind) {
            found.extend(column.data_type.as_ref().into_iter().flat_map(of_type));
            found.extend(column.constraints.iter().filter_map(of_constraint));
        }
        found.extend(options(&action.kind).iter().filter_map(of_option));
        found.sort_unstable();
        found.dedup();
        let place = context.place(action.span).filter(|_| !found.is_empty())?;
        let message = format!("{} {} kept for old schemas alone", found.join(", "), if found.len() == 1 { "is" } else { "are" });
        let draft = Draft::at(place, Hazard::Other, message)
            .label("deprecated, or replaced by something that does more")
            .help("write the plain integer type, DECIMAL for digits that count, NULL for no date, utf8mb4 and InnoDB");
        Some(draft)
    }
}

fn columns(kind: &ActionKind) -> &[ColumnDef] {
    match kind {
        ActionKind::CreateTable(table) => &table.columns,
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::AddColumn { column, .. }
            | TableChange::Mysql(
                MysqlChange::ModifyColumn { column, .. } | MysqlChange::ChangeColumn { column, .. },
            ) => std::slice::from_ref(column),
            _ => &[],
        },
        _ => &[],
    }
}

fn options(kind: &ActionKind) -> &[TableOption] {
    match kind {
        ActionKind::CreateTable(table) => {
            table.mysql.as_ref().map_or(&[][..], |own| own.options.as_slice())
        }
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::Mysql(MysqlChange::Options(options)) => options,
            _ => &[],
        },
        _ => &[],
    }
}

fn of_type(data_type: &SqlType) -> Vec<&'static str> {
    const INTEGERS: [&str; 5] = ["smallint", "mediumint", "int", "integer", "bigint"];
    let written = data_type.written.to_ascii_lowercase();
    let (base, digits) = written.split_once('(').unwrap_or((&written, ""));
    let base = base.trim();
    let mut found = Vec::new();
    if INTEGERS.contains(&base) && !digits.is_empty() {
        found.push("the display width of an integer");
    }
    if ["float", "double", "real"].contains(&base) && digits.contains(',') {
        found.push("FLOAT(m,d)");
    }
    if written.contains("zerofill") {
        found.push("ZEROFILL");
    }
    found
}

fn of_constraint(constraint: &ColumnConstraint) -> Option<&'static str> {
    match constraint {
        ColumnConstraint::Default(expr) if expr.sql.contains("0000-00-00") => Some("a date of zeros"),
        ColumnConstraint::Charset(charset) => of_charset(charset.character_set.as_ref()),
        _ => None,
    }
}

fn of_option(option: &TableOption) -> Option<&'static str> {
    match option {
        TableOption::Engine(engine) if engine.as_str().eq_ignore_ascii_case("myisam") => Some("MyISAM"),
        TableOption::Charset(charset) => of_charset(charset.character_set.as_ref()),
        _ => None,
    }
}

fn of_charset(charset: Option<&Ident>) -> Option<&'static str> {
    let is_short = charset.is_some_and(|name| ["utf8", "utf8mb3"].contains(&name.as_str()));
    is_short.then_some("utf8mb3")
}
