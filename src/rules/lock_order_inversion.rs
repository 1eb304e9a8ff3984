//! `lock-order-inversion`: two migrations of one deploy lock tables in opposite order.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction, RelationKind};
use crate::rule::{Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, UP};
use crate::schema::RelationName;
use crate::timeline::{Locked, Moment, Timeline};
use std::collections::HashMap;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "two migrations of one deploy lock tables in opposite order",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        // Which migrations wait for the same deploy is known of a branch alone.
        if context.observed.since.is_none() {
            return;
        }
        let mut seen: HashMap<(&RelationName, &RelationName), &Moment> = HashMap::new();
        for timeline in context.timelines.iter().map(|one| &one.timeline) {
            if timeline.direction != Direction::Up {
                continue;
            }
            let order = order(timeline);
            let inverted = pairs(&order).find_map(|((first, _), (second, moment))| {
                seen.get(&(second, first)).map(|other| (first, second, moment, *other))
            });
            if let Some((first, second, moment, other)) = inverted {
                report(first, second, (moment, other), sink);
            }
            for ((first, _), (second, moment)) in pairs(&order) {
                seen.entry((first, second)).or_insert(moment);
            }
        }
    }
}

/// A table with the statement that locks it first.
type Taken<'t> = (&'t RelationName, &'t Moment);

/// Tables for which others wait, in the order in which the transaction locks them.
fn order(timeline: &Timeline) -> Vec<Taken<'_>> {
    let lanes = timeline.lanes.iter().filter_map(|lane| {
        let Locked::Relation(table, RelationKind::Table) = &lane.locked else { return None };
        let first = lane.bars.first()?;
        Some((first.from, table, timeline.moments.get(first.from)?))
    });
    let mut lanes: Vec<_> = lanes.collect();
    lanes.sort_by_key(|(from, ..)| *from);
    lanes.into_iter().map(|(_, table, moment)| (table, moment)).collect()
}

/// Pairs of which the second is locked by a later statement.
fn pairs<'o, 't>(order: &'o [Taken<'t>]) -> impl Iterator<Item = (Taken<'t>, Taken<'t>)> + 'o {
    order.iter().enumerate().flat_map(|(at, first)| {
        // Itself among them, which is locked by the same statement.
        let rest = order.get(at..).unwrap_or(&[]);
        let later = rest.iter().filter(|second| !std::ptr::eq(first.1, second.1));
        later.map(|second| (*first, *second))
    })
}

fn report(
    first: &RelationName,
    second: &RelationName,
    (moment, other): (&Moment, &Moment),
    sink: &mut Sink<'_>,
) {
    let Some(place) = moment.place.clone() else { return };
    let message = format!("`{second}` is locked behind `{first}` here, and before it in another migration of this deploy");
    let draft = Draft::at(place, Hazard::Other, message)
        .label("two runs at once, or a transaction of the application, can wait for each other")
        .related(other.place.clone(), format!("locks `{first}` behind `{second}`"))
        .help("lock the tables in one order everywhere, or change one table in each migration")
        .relation(first)
        .relation(second);
    sink.add_for(draft, Some(moment.migration.clone()));
}
