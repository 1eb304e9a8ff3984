//! `mysql-many-alters`: one table is rebuilt several times.

use crate::effects::Rebuilt;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Direction};
use crate::rule::{Draft, FixKind, MYSQL, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is rebuilt several times, where once would do",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: MYSQL,
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
        let mut rebuilds: Vec<(&RelationName, Vec<StatementContext<'_>>)> = Vec::new();
        for statement in context.statements(Direction::Up) {
            let is_alter = |kind: &ActionKind| matches!(kind, ActionKind::AlterTable { .. });
            if !statement.actions().iter().all(|action| is_alter(&action.kind)) {
                continue;
            }
            // Of a column that no migration makes it is not known what becomes of it.
            let known = statement.effects().known;
            for alteration in statement.lasting_alterations().filter(|_| known) {
                if alteration.method.rebuilt() != Rebuilt::Table {
                    continue;
                }
                match rebuilds.iter_mut().find(|(table, _)| *table == &alteration.table) {
                    Some((_, statements)) => statements.push(statement),
                    None => rebuilds.push((&alteration.table, vec![statement])),
                }
            }
        }
        for (table, statements) in rebuilds {
            report(table, &statements, sink);
        }
    }
}

fn report(table: &RelationName, statements: &[StatementContext<'_>], sink: &mut Sink<'_>) {
    let [first, .., last] = statements else { return };
    let Some(place) = last.place(last.statement().span) else { return };
    let draft = Draft::at(place, Hazard::Other, format!("`{table}` is rebuilt {} times, one after the other", statements.len()))
        .label("one ALTER TABLE with all changes rebuilds it once")
        .related(first.place(first.statement().span), "rebuilds it first")
        .help("join the changes into one ALTER TABLE, with commas between them, unless one of them has to see what an UPDATE between them wrote")
        .relation(table);
    sink.add_at(last, draft);
}
