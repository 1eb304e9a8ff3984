//! `insert-without-columns`: an INSERT relies on the order of columns.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Direction, Ident, Insert, InsertSource};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, column_list,
};
use crate::schema::RelationName;
use crate::source::Span;

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
    /// A load of many rows is one mistake, however many statements it has.
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let mut loads: Vec<Load<'_>> = Vec::new();
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                let ActionKind::Insert(insert) = &action.kind else { continue };
                let Some(table) = positional(&statement, insert) else { continue };
                let edit = name_columns(&statement, insert, &table);
                match loads.iter_mut().find(|load| load.table == table) {
                    Some(load) => {
                        load.others += 1;
                        load.edits.extend(edit);
                    }
                    None => loads.push(Load {
                        first: statement,
                        at: action.span,
                        table,
                        others: 0,
                        edits: edit.into_iter().collect(),
                    }),
                }
            }
        }
        loads.into_iter().for_each(|load| load.report(sink));
    }
}

/// Statements of a script that fill one table.
struct Load<'a> {
    first: StatementContext<'a>,
    at: Span,
    table: RelationName,
    others: usize,
    edits: Vec<Edit>,
}

impl Load<'_> {
    fn report(self, sink: &mut Sink<'_>) {
        let Some(place) = self.first.place(self.at) else { return };
        let message = format!("values land in whatever order `{}` has its columns", self.table);
        let label = match self.others {
            0 => "no columns are named".to_owned(),
            1 => "no columns are named, nor in another INSERT below".to_owned(),
            others => format!("no columns are named, nor in {others} other INSERTs below"),
        };
        let draft = Draft::at(place, Hazard::Other, message)
            .label(label)
            .help("name the columns")
            .relation(&self.table);
        let draft = match self.edits.is_empty() {
            true => draft,
            false => {
                let what = "name the columns that get the values";
                draft.fix(Applicability::Safe, what, self.edits)
            }
        };
        sink.add_at(&self.first, draft);
    }
}

/// The table of an INSERT that names no columns of a table that others see.
fn positional(context: &StatementContext<'_>, insert: &Insert) -> Option<RelationName> {
    let table = context.resolve(&insert.table);
    let is_positional = insert.columns.is_empty() && insert.source != InsertSource::Defaults;
    (is_positional && !context.is_new(&table)).then_some(table)
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
