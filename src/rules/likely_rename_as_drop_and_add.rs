//! `likely-rename-as-drop-and-add`: a column is dropped and a like one added: its values are lost.

use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ColumnDef, Dialect, Direction, Ident, SqlType};
use crate::rule::{Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column is dropped and a like one added, instead of renamed",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
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
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let statements: Vec<StatementContext<'_>> = context.statements(Direction::Up).collect();
        for statement in &statements {
            for loss in &statement.effects().losses {
                let Loss::Column(table, column) = loss else { continue };
                let Some(lost) = Lost::of(context, statement, table, column) else { continue };
                if let Some(added) = lost.successor(&statements) {
                    judge(statement, &lost, &added, sink);
                }
            }
        }
    }
}

/// A dropped column that a release may have filled.
struct Lost<'a> {
    table: &'a RelationName,
    column: &'a Ident,
    data_type: &'a SqlType,
}

/// A column that came in its place.
struct Added<'a> {
    statement: &'a StatementContext<'a>,
    action: &'a Action,
    column: &'a ColumnDef,
}

impl<'a> Lost<'a> {
    fn of(
        context: &MigrationContext<'a>,
        statement: &StatementContext<'a>,
        table: &'a RelationName,
        column: &'a Ident,
    ) -> Option<Self> {
        let known = context.before.table(table).known()?.column(column)?;
        let is_plain = known.certain && known.generated.is_none();
        let data_type = known.data_type.as_ref().filter(|_| is_plain)?;
        (!statement.is_new(table)).then_some(Self { table, column, data_type })
    }

    /// The one new column of the table with the same type and a like name, unless something copies
    /// the values.
    fn successor<'s>(&self, statements: &'s [StatementContext<'s>]) -> Option<Added<'s>> {
        let mut added = statements.iter().flat_map(|statement| {
            let actions = statement.actions().iter();
            actions.filter_map(move |action| {
                let (table, column) = statement.added_by(action)?;
                (table == *self.table).then_some(Added { statement, action, column })
            })
        });
        let one = added.next()?;
        let is_only = added.next().is_none();
        let same_type = one.column.data_type.as_ref().is_some_and(|new| {
            new.name == self.data_type.name && new.dimensions == self.data_type.dimensions
        });
        let is_filled = statements.iter().any(|statement| self.is_copied(statement, &one.column.name));
        (is_only && same_type && is_like(self.column, &one.column.name) && !is_filled).then_some(one)
    }

    /// Whether the statement writes the new column, or nobody knows what it does.
    fn is_copied(&self, statement: &StatementContext<'_>, new: &Ident) -> bool {
        statement.actions().iter().any(|action| match &action.kind {
            ActionKind::Update(update) => {
                statement.resolve(&update.table) == *self.table
                    && update.assignments.iter().any(|(column, _)| column == new)
            }
            ActionKind::Select(_) | ActionKind::Call(_) | ActionKind::Do { .. } | ActionKind::Opaque { .. } => true,
            _ => false,
        })
    }
}

/// Whether one name has all words of the other, or is the other with letters changed.
fn is_like(a: &Ident, b: &Ident) -> bool {
    const ALIKE: f64 = 0.6;
    let words = |name: &Ident| name.as_str().split('_').map(str::to_owned).collect::<Vec<_>>();
    let (first, second) = (words(a), words(b));
    first.iter().all(|word| second.contains(word))
        || second.iter().all(|word| first.contains(word))
        || strsim::normalized_damerau_levenshtein(a.as_str(), b.as_str()) >= ALIKE
}

fn judge(statement: &StatementContext<'_>, lost: &Lost<'_>, added: &Added<'_>, sink: &mut Sink<'_>) {
    let span = statement.action_dropping(lost.column).map_or(statement.statement().span, |a| a.span);
    let Some(place) = statement.place(span) else { return };
    let Lost { table, column, .. } = lost;
    let new = &added.column.name;
    let (message, help) = match **column == *new {
        true => (
            format!("the values of `{table}.{column}` are lost: it is dropped and made anew"),
            format!("change {column} where it stands: its type, its default and its constraints can all be altered"),
        ),
        false => (
            format!("the values of `{table}.{column}` are lost: `{new}` starts without them"),
            format!("copy {column} into {new} in batches before {column} is dropped, which is for a later release"),
        ),
    };
    sink.add_at(
        statement,
        Draft::at(place, Hazard::DataLoss, message)
            .label("dropped, and nothing copied it")
            .related(added.statement.place(added.action.span), "a column of the same type comes here")
            .help(help)
            .relation(table),
    );
}
