//! `type-style`: a column has a type that the project avoids.

use crate::finding::{Applicability, Category, Hazard};
use crate::migration::{Action, ActionKind, ColumnDef, Dialect, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column has a type that the project avoids",
    severity: None,
    category: Category::Convention,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};


impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let columns: Vec<&ColumnDef> = match &action.kind {
            ActionKind::CreateTable(table) => table.columns.iter().collect(),
            ActionKind::AlterTable { change, .. } => match change.as_ref() {
                TableChange::AddColumn { column, .. } => vec![column],
                _ => return None,
            },
            _ => return None,
        };
        let (column, avoided) = columns.into_iter().find_map(|column| {
            let name = column.data_type.as_ref()?.name.to_string();
            let avoided = self.avoid.iter().find(|avoided| **avoided == name)?;
            Some((column, avoided))
        })?;
        let place = context.place(column.span)?;
        let instead = INSTEAD.iter().find(|(name, _)| name == avoided);
        let help = instead.map_or("choose another type", |(_, instead)| *instead);
        let draft = Draft::at(place, Hazard::Other, format!("{} is a {avoided}, which this project avoids", column.name))
            .label("lockgate.toml lists the type under type-style")
            .help(help);
        let edit = replacement(column).and_then(|new| context.retype(column, &new));
        Some(match edit {
            Some(edit) => draft.fix(Applicability::Unsafe, "write the type that stands for it", edit),
            None => draft,
        })
    }
}

/// The type that holds the same values, where there is one.
fn replacement(column: &ColumnDef) -> Option<String> {
    let data_type = column.data_type.as_ref().filter(|data_type| data_type.dimensions == 0)?;
    let precision = match data_type.modifiers.as_slice() {
        [] => String::new(),
        all => format!("({})", all.join(", ")),
    };
    Some(match data_type.name.name.as_str() {
        "timestamp without time zone" => format!("timestamptz{precision}"),
        "character" => "text".to_owned(),
        "money" => "numeric".to_owned(),
        "serial" => "integer GENERATED ALWAYS AS IDENTITY".to_owned(),
        "bigserial" => "bigint GENERATED ALWAYS AS IDENTITY".to_owned(),
        "json" => "jsonb".to_owned(),
        _ => return None,
    })
}

/// What stands for a type.
const INSTEAD: &[(&str, &str)] = &[
    ("timestamp without time zone", "write timestamptz: it names a moment, whatever the session's time zone is"),
    ("time with time zone", "write time, or timestamptz for a moment"),
    ("character", "write text: char pads with blanks"),
    ("character varying", "write text, with a CHECK where a limit is meant"),
    ("money", "write numeric, or an integer of the smallest unit"),
    ("serial", "write GENERATED ALWAYS AS IDENTITY"),
    ("bigserial", "write GENERATED ALWAYS AS IDENTITY"),
    ("json", "write jsonb: json has no equality, so DISTINCT and GROUP BY fail"),
];

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// Types that are avoided, by their full names.
    avoid: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        let names = INSTEAD.iter().map(|(name, _)| *name).filter(|name| *name != "character varying");
        Self { avoid: names.map(str::to_owned).collect() }
    }
}
