//! `insert-without-columns`: an INSERT relies on the order of columns.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, Insert, InsertSource};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, column_list};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an INSERT relies on the order of columns",
    severity: Some(Severity::Note),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Insert(insert) = &action.kind else { return None };
        let table = context.resolve(&insert.table);
        let is_positional = insert.columns.is_empty() && insert.source != InsertSource::Defaults;
        if !is_positional || context.is_new(&table) {
            return None;
        }
        let place = context.place(action.span)?;
        let message = format!("values land in whatever order `{table}` has its columns");
        let draft = Draft::at(place, Hazard::Other, message)
            .label("no columns are named")
            .help("name the columns")
            .relation(&table);
        Some(match name_columns(context, insert, &table) {
            Some(edit) => draft.fix(Applicability::Safe, "name the columns that get the values", edit),
            None => draft,
        })
    }
}

/// The columns behind the name of the table, where the replay is sure of all of them and each row
/// has a value for the same ones.
fn name_columns(
    context: &StatementContext<'_>,
    insert: &Insert,
    table: &RelationName,
) -> Option<Edit> {
    let known = context.before().table(table).known()?;
    let InsertSource::Values(rows) = insert.source else { return None };
    let count = insert.values.first()?.len();
    let all_alike = rows <= Insert::ROWS_KEPT && insert.values.iter().all(|row| row.len() == count);
    let plain = known.columns_known
        && known.columns.iter().all(|column| column.certain && column.generated.is_none());
    let names: Vec<&Ident> = known.columns.iter().map(|column| &column.name).take(count).collect();
    if !all_alike || !plain || names.len() != count {
        return None;
    }
    let list = match context.target().dialect.is_mysql() {
        true => column_list(names).replace('"', "`"),
        false => column_list(names),
    };
    context.insert_before("values", &format!("({list}) "), &insert.table.name)
}
