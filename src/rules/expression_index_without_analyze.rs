//! `expression-index-without-analyze`: the planner knows nothing of what a new index computes.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Direction, Script};
use crate::rule::{
    Draft, FixKind, MigrationContext, Once, Rule, RuleMeta, Sink, StatementContext, UP, relation_sql,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the planner knows nothing of what a new index computes",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                if let Some(draft) = judge(context, &statement, action) {
                    sink.add_at(&statement, draft);
                }
            }
        }
    }
}

fn judge(
    context: &MigrationContext<'_>,
    statement: &StatementContext<'_>,
    action: &Action,
) -> Option<Draft> {
    let ActionKind::CreateIndex(index) = &action.kind else { return None };
    let computes = index.columns.iter().any(|column| column.expr.is_some());
    let table = statement.resolve(&index.table);
    // Of a unique index the planner knows that a key has one row.
    if !computes || index.unique || statement.is_short(&table) || is_analysed(context, statement, &table) {
        return None;
    }
    let message = format!("queries of `{table}` by what this index computes are planned by guess");
    let sql = format!("ANALYZE {}", relation_sql(&table));
    let draft = Draft::at(statement.place(action.span)?, Hazard::Other, message)
        .label("values of expressions are counted when the table is analysed again, not when the index is built")
        .help(format!("count them when the index is there:\n  {sql};"))
        .once(Once::PerScript)
        .relation(&table);
    // Beside a statement that must be alone in its transaction there is no place for another.
    let edit = statement.insert_line_behind(&sql).filter(|_| !index.concurrently);
    Some(match edit {
        Some(edit) => draft.fix(Applicability::Safe, "analyse the table behind it", edit),
        None => draft,
    })
}

/// Whether the table is analysed behind the statement, in this migration or a later one.
fn is_analysed(
    context: &MigrationContext<'_>,
    statement: &StatementContext<'_>,
    table: &RelationName,
) -> bool {
    let own = context.migration.up.iter().flat_map(Script::statements);
    let own = own.skip(statement.entry.index);
    let later = context.later_migrations().iter().filter_map(|one| one.up.as_ref());
    let all = own.chain(later.flat_map(Script::statements));
    all.flat_map(|other| &other.actions).any(|action| analyses(action, table))
}

fn analyses(action: &Action, table: &RelationName) -> bool {
    let tables = match &action.kind {
        ActionKind::Analyze(tables) => tables,
        ActionKind::Vacuum(vacuum) if vacuum.analyze => &vacuum.tables,
        _ => return false,
    };
    tables.is_empty() || tables.iter().any(|(name, _)| name.name == table.name)
}
