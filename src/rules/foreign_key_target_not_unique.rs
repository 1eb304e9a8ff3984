//! `foreign-key-target-not-unique`: a foreign key references columns that no unique key covers.

use crate::effects::RefusalKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Direction};
use crate::rule::{
    BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, column_list,
};
use crate::schema::{Constraint, ConstraintBody, KeyFit, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a foreign key references columns that no unique key covers",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres, Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

const HELP: &str = "reference the columns of a unique key, or give the referenced columns one first: not partial, not deferrable, and over these columns alone";

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let Some(refused) = context.refused(RefusalKind::NoKey) else { return };
        if matches!(refused.kind(), Some(ActionKind::Insert(_))) {
            return;
        }
        sink_all(refused.draft(context, HELP), sink);
    }

    /// SQLite takes the key, and refuses to write into the table.
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        if context.project.target.dialect != Dialect::Sqlite {
            return;
        }
        for statement in context.statements(Direction::Up) {
            let made = statement.actions().iter().filter_map(|action| match &action.kind {
                ActionKind::CreateTable(table) => Some(&table.name),
                ActionKind::AlterTable { table, .. } => Some(&table.name),
                _ => None,
            });
            for table in made.map(|name| statement.entry.after.resolve(name)) {
                keys(context, &statement, &table)
                    .filter_map(|key| judge(context, &statement, &table, key))
                    .for_each(|draft| sink.add_at(&statement, draft));
            }
        }
    }
}

fn sink_all(draft: Option<Draft>, sink: &mut Sink<'_>) {
    draft.into_iter().for_each(|draft| sink.add(draft));
}

/// Foreign keys of the table that the statement makes, as they are when the migration ends.
fn keys<'a>(
    context: &MigrationContext<'a>,
    statement: &StatementContext<'_>,
    table: &RelationName,
) -> impl Iterator<Item = &'a Constraint> {
    let born = statement.before().clock();
    let known = context.after.table(table).known();
    let keys = known.into_iter().flat_map(|table| &table.constraints);
    keys.filter(move |key| key.certain && key.born == born)
}

fn judge(
    context: &MigrationContext<'_>,
    statement: &StatementContext<'_>,
    table: &RelationName,
    key: &Constraint,
) -> Option<Draft> {
    let ConstraintBody::ForeignKey { table: parent, referenced, .. } = &key.body else {
        return None;
    };
    let is_missing = !referenced.is_empty()
        && matches!(
            context.after.key_fit(parent, referenced),
            KeyFit::Missing | KeyFit::Partial
        );
    let place = statement.place(statement.statement().span).filter(|_| is_missing)?;
    let message = format!("writes to `{table}` fail while foreign keys are enforced");
    let label = format!("no unique key of {parent} is over exactly ({})", column_list(referenced));
    Some(
        Draft::at(place, Hazard::Other, message)
            .label(label)
            .why("SQLite takes the definition, and answers each write with \"foreign key mismatch\"")
            .help(HELP)
            .relation(table),
    )
}
