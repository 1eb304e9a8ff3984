//! `whole-table-rewrite-command`: everyone waits while VACUUM FULL or CLUSTER writes a table anew.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, relation_list,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a command writes whole tables anew while everyone waits",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let (command, every_table) = match &action.kind {
                ActionKind::Vacuum(vacuum) if vacuum.full => {
                    ("VACUUM FULL", vacuum.tables.is_empty())
                }
                ActionKind::Cluster { table, .. } => ("CLUSTER", table.is_none()),
                _ => continue,
            };
            let work = context.long_work().filter(|work| work.what == WorkKind::Rewrite);
            let tables: Vec<&RelationName> = work.map(|work| &work.relation).collect();
            if tables.is_empty() && !every_table {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let (what, label) = if tables.is_empty() {
                let label = "ACCESS EXCLUSIVE on one table after the other: reads and writes wait, on standbys too";
                ("each table of the database".to_owned(), label.to_owned())
            } else {
                (relation_list(tables.iter().copied()), locks_label(context.strong_locks()))
            };
            let message = format!("reads and writes of {what} wait until {command} has written it anew");
            let draft = Draft::at(place, Hazard::LongBlock, message)
                .label(label)
                .help("leave it out of migrations: plain VACUUM reuses the space, and an online tool such as pg_repack gives it back while everyone goes on");
            sink.add(tables.into_iter().fold(draft, Draft::relation));
        }
    }
}
