//! `rename-column`: running releases that name the old column fail at once.

use crate::deployed::BreakKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Ident};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, renamed_column};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column is renamed under releases that use the old name",
    severity: Some(Severity::Error),
    category: Category::Compatibility,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Plan,
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
            let Some((column, new_name)) = renamed_column(change) else { continue };
            let table = context.resolve(&table.name);
            if is_harmless(context, &table, column) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let message = format!("queries of running releases that name `{table}.{column}` fail");
            let kind = BreakKind::ColumnRenamed(column.clone(), new_name.clone());
            let proof = context.proof_of(&table, kind);
            let draft = Draft::at(place, Hazard::Breaking, message)
                    .label(format!("{column} is called {new_name} from here on, for every release"))
                    .help(format!(
                        "add {new_name}, write both columns from the application, backfill in batches, read {new_name}, and drop {column} in a later release"
                    ))
                    .relation(&table);
            let unused = format!("`{table}.{column}` is called `{new_name}` from here on");
            draft.proven(&proof, unused).into_iter().for_each(|draft| sink.add(draft));
        }
    }
}

/// No deployed release can know the column, or the old name is there again at the commit.
fn is_harmless(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    if context.is_new(table) {
        return true;
    }
    let born_here = context
        .before()
        .table(table)
        .any()
        .and_then(|table| table.column(column))
        .is_some_and(|column| column.certain && column.born >= context.transaction.batch_start);
    let in_block = context.at_end_of_block().table(table).any();
    let is_back = in_block.is_some_and(|table| table.column(column).is_some());
    let at_commit = context.at_commit().table(table).any().and_then(|table| table.column(column));
    born_here || is_back || at_commit.is_some_and(|column| column.certain)
}
