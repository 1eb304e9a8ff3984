//! `system-column-name`: a column has the name of a system column.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ColumnDef, Dialect, Ident, TableChange};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column has the name of a system column",
    severity: Some(Severity::Error),
    category: Category::Correctness,
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
        let is_system = |name: &Ident| SYSTEM.contains(&name.as_str());
        let (name, span) = match &action.kind {
            ActionKind::CreateTable(table) => {
                let column: &ColumnDef = table.columns.iter().find(|column| is_system(&column.name))?;
                (&column.name, column.span)
            }
            ActionKind::AlterTable { change, .. } => match change.as_ref() {
                TableChange::AddColumn { column, .. } => (&column.name, action.span),
                TableChange::RenameColumn { new_name, .. } => (new_name, action.span),
                _ => return None,
            },
            _ => return None,
        };
        let place = context.place(span).filter(|_| is_system(name))?;
        let message = format!("the migration fails here: every table has a system column {name}");
        Some(
            Draft::at(place, Hazard::Fails, message)
                .label("the server refuses the name")
                .help("give the column another name"),
        )
    }
}

/// What every table has already (PostgreSQL, "System Columns").
const SYSTEM: [&str; 6] = ["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"];
