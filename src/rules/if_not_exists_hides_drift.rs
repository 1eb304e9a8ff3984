//! `if-not-exists-hides-drift`: IF NOT EXISTS keeps a table or column that looks otherwise.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ColumnDef, CreateTable, Dialect, Ident, SqlType, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::{Column, Table};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "IF NOT EXISTS keeps a table or column that looks otherwise",
    severity: Some(Severity::Note),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
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
        let (table, difference) = match &action.kind {
            ActionKind::CreateTable(made) if made.if_not_exists => {
                let name = context.resolve(&made.name);
                let known = context.before().table(&name).known()?;
                (name, lacking(known, made)?)
            }
            ActionKind::AlterTable { table, change } => match change.as_ref() {
                TableChange::AddColumn { column, if_not_exists: true, .. } => {
                    let name = context.resolve(&table.name);
                    let known = context.known_column(&name, &column.name)?;
                    (name, other_type(known, column)?)
                }
                _ => return None,
            },
            _ => return None,
        };
        let message = format!("nothing is done here, and `{table}` stays without what this says: {difference}");
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label("IF NOT EXISTS looks at the name alone")
                .why(context.since(&table))
                .help("alter what is there, or leave the statement out")
                .relation(&table),
        )
    }
}

/// How the table that is there differs from the one that is written, in words.
fn lacking(known: &Table, written: &CreateTable) -> Option<String> {
    let is_plain = written.like.is_empty()
        && written.inherits.is_empty()
        && written.partition_of.is_none()
        && written.of_type.is_none();
    if !known.columns_known || !is_plain || written.columns.is_empty() {
        return None;
    }
    let missing: Vec<&Ident> = written
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| known.column(name).is_none())
        .collect();
    if let [first, rest @ ..] = missing.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        return Some(format!("column `{first}`{more} is missing"));
    }
    let pairs = written.columns.iter().filter_map(|column| Some((known.column(&column.name)?, column)));
    pairs.filter(|(known, _)| known.certain).find_map(|(known, written)| other_type(known, written))
}

fn other_type(known: &Column, written: &ColumnDef) -> Option<String> {
    let (is, wanted) = (known.data_type.as_ref()?, written.data_type.as_ref()?);
    (plain(is) != plain(wanted)).then(|| format!("`{}` is {is}, not {wanted}", written.name))
}

/// The type as it is compared: serial is an integer once it is made, and a schema may be written or
/// found.
fn plain(data_type: &SqlType) -> (String, &[String], u8) {
    let name = match data_type.serial_base() {
        Some(base) => base.to_string(),
        None => data_type.name.name.to_string(),
    };
    (name.to_ascii_lowercase(), &data_type.modifiers, data_type.dimensions)
}
