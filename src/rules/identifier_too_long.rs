//! `identifier-too-long`: a name is cut to 63 bytes.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a name is longer than PostgreSQL keeps",
    severity: Some(Severity::Note),
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
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let names: Vec<&Ident> = match &action.kind {
            ActionKind::CreateTable(table) => std::iter::once(&table.name.name)
                .chain(table.columns.iter().map(|column| &column.name))
                .chain(table.constraints.iter().filter_map(|constraint| constraint.name.as_ref()))
                .collect(),
            ActionKind::CreateIndex(index) => index.name.iter().collect(),
            ActionKind::CreateView(view) => vec![&view.name.name],
            ActionKind::AlterTable { change, .. } => match change.as_ref() {
                TableChange::AddColumn { column, .. } => vec![&column.name],
                TableChange::AddConstraint(constraint) => constraint.name.iter().collect(),
                TableChange::Rename { new_name } | TableChange::RenameColumn { new_name, .. } => vec![new_name],
                _ => return None,
            },
            _ => return None,
        };
        let long = written_long(context, &names)?;
        let place = context.place(action.span)?;
        let message = format!("PostgreSQL cuts a name of {long} bytes to {KEPT}, and two that are cut alike collide");
        Some(
            Draft::at(place, Hazard::Other, message)
                .label("longer than 63 bytes")
                .help("choose a shorter name"),
        )
    }
}

/// What PostgreSQL keeps of a name (NAMEDATALEN - 1).
const KEPT: usize = 63;

/// Length of a name that is too long: as the model keeps it, or as it stands in the text where the
/// model has cut it as the server does.
fn written_long(context: &StatementContext<'_>, names: &[&Ident]) -> Option<usize> {
    let sql = &context.statement().sql;
    names.iter().filter(|name| name.as_str().len() >= KEPT).find_map(|name| {
        let cut = name.as_str();
        let at = sql.to_ascii_lowercase().find(&cut.to_ascii_lowercase())?;
        let written: usize = sql
            .get(at..)?
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .map(char::len_utf8)
            .sum();
        (written > KEPT).then_some(written)
    })
}
