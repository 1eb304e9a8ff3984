//! `down-destroys-data`: going back deletes rows, or brings a table back without them.

use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext};
use crate::schema::Schema;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "going back does not bring back rows",
    severity: Some(Severity::Note),
    category: Category::Reversibility,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let Some(returned) = context.returned else { return };
        for statement in context.statements(Direction::Up) {
            for loss in &statement.effects().losses {
                if let Some(what) = comes_back_empty(context, returned, loss) {
                    report(&statement, format!("going back makes {what} again, without what it held"), sink);
                }
            }
        }
        for statement in context.statements(Direction::Down) {
            for loss in &statement.effects().losses {
                let Loss::Table(table) = loss else { continue };
                let made_here = context.before.relation(table).any().is_none();
                let is_filled = context.after.relation(table).known().is_some_and(|table| table.filled);
                if made_here && is_filled {
                    report(&statement, format!("going back deletes the rows that the migration put into `{table}`"), sink);
                }
            }
        }
    }
}

/// What was there before, is lost on the way forward, and is there again after the way back.
fn comes_back_empty(
    context: &MigrationContext<'_>,
    returned: &Schema,
    loss: &Loss,
) -> Option<String> {
    match loss {
        Loss::Table(table) => {
            context.before.relation(table).known()?;
            let is_gone = context.after.relation(table).any().is_none();
            let is_back = returned.relation(table).known().is_some();
            (is_gone && is_back).then(|| format!("`{table}`"))
        }
        Loss::Column(table, column) => {
            let of = |schema: &Schema| schema.table(table).known()?.column(column).cloned();
            let had = of(context.before)?;
            let is_gone = of(context.after).is_none();
            let is_back = of(returned).is_some_and(|has| has.certain);
            (is_gone && is_back && had.generated.is_none()).then(|| format!("`{table}.{column}`"))
        }
        Loss::Rows(_) | Loss::Narrowed(..) => None,
    }
}

fn report(context: &StatementContext<'_>, message: String, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    sink.add_at(
        context,
        Draft::at(place, Hazard::Other, message)
            .label("the values are gone for good")
            .help("make a backup of them before this runs, and bring them back from it"),
    );
}
