//! `redundant-index`: an index is the beginning of another one.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Direction, ObjectKind};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, begins_index,
};
use crate::schema::{Index, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index is the beginning of another one",
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
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let made = made(context);
        let mut told: Vec<&RelationName> = Vec::new();
        for (statement, name) in &made {
            let is_made = |other: &RelationName| made.iter().any(|(_, made)| *made == other);
            let Some((short, long)) = pair(context, name, is_made) else { continue };
            if !told.contains(&short) && !context.is_dropped_later(ObjectKind::Index, &short.name) {
                told.push(short);
                report(context, statement, (short, long), sink);
            }
        }
    }
}

/// The indexes that the migration makes with statements of their own.
fn made<'a>(context: &MigrationContext<'a>) -> Vec<(StatementContext<'a>, &'a RelationName)> {
    let creates = |statement: &StatementContext<'a>| {
        let mut actions = statement.actions().iter();
        actions.any(|action| matches!(action.kind, ActionKind::CreateIndex(_)))
    };
    let statements = context.statements(Direction::Up).filter(creates);
    let made = statements.flat_map(|statement| {
        let created = statement.effects().created.iter();
        let indexes = created.filter(|made| made.kind == ObjectKind::Index);
        indexes.map(move |made| (statement, &made.name))
    });
    made.collect()
}

/// The index of the two that the other makes superfluous, and that other. Each superfluous index is
/// told of once: where it is made, else where the first that covers it is.
fn pair<'a>(
    migration: &MigrationContext<'a>,
    name: &'a RelationName,
    is_made: impl Fn(&RelationName) -> bool,
) -> Option<(&'a RelationName, &'a RelationName)> {
    let is_plain = |index: &Index| index.valid && index.predicate.is_none();
    let index = migration.after.index(name).known().filter(|index| is_plain(index))?;
    let others = || {
        let all = migration.after.indexes_of(&index.table);
        all.filter(|(other, index)| other.name != *name && other.certain && is_plain(index))
    };
    let covering = others().find(|(_, longer)| begins_index(index, longer));
    if let Some((longer, _)) = covering {
        return Some((name, &longer.name));
    }
    let covered =
        others().find(|(other, shorter)| !is_made(&other.name) && begins_index(shorter, index));
    covered.map(|(shorter, _)| (&shorter.name, name))
}

fn report(
    migration: &MigrationContext<'_>,
    statement: &StatementContext<'_>,
    (short, long): (&RelationName, &RelationName),
    sink: &mut Sink<'_>,
) {
    let Some(index) = migration.after.index(short).known() else { return };
    let Some(place) = statement.place(statement.statement().span) else { return };
    let (short, long) = (printed(short, index), printed(long, index));
    let message = format!("`{long}` answers what `{short}` is for, and writes maintain both");
    sink.add_at(
        statement,
        Draft::at(place, Hazard::Other, message)
            .label(format!("`{short}` is the beginning of `{long}`"))
            .help(format!("keep {long} alone, unless {short} is much smaller and read very often"))
            .relation(&index.table),
    );
}

/// An index as it is called: MySQL names it within its table.
fn printed(name: &RelationName, index: &Index) -> String {
    match name.within(&index.table) {
        own if own == name.name.as_str() => name.to_string(),
        own => own.to_owned(),
    }
}
