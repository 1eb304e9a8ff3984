//! `index-on-partitioned-table`: an index is built on a partitioned table and all its partitions at once.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, CreateIndex, Dialect};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, quoted, relation_sql,
    waiters,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index on a partitioned table is built on all partitions at once",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
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
            let ActionKind::CreateIndex(index) = &action.kind else { continue };
            let table = context.resolve(&index.table);
            let known = context.before().table(&table).any();
            if known.is_some_and(|table| table.partitioning.is_some()) {
                judge(context, action, index, &table, sink);
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    index: &CreateIndex,
    table: &RelationName,
    sink: &mut Sink<'_>,
) {
    let built = context.long_work().filter(|work| work.what == WorkKind::IndexBuild).count();
    let Some(worst) = context.worst_lock().filter(|_| built > 0) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "{} `{table}` and its partitions wait until the index of the last one is built",
        waiters(worst.mode)
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why("CONCURRENTLY is refused on a partitioned table, not on its partitions")
            .help(help(context, index, table))
            .relation(table),
    );
}

fn help(context: &StatementContext<'_>, index: &CreateIndex, table: &RelationName) -> String {
    let name = index.name.as_ref().map_or_else(|| format!("{}_idx", table.name), quoted);
    let table = relation_sql(table);
    let line = context.one_line();
    let shape = line.find('(').and_then(|at| line.get(at..)).unwrap_or("(…)");
    format!(
        "make the index on {table} alone:\n  CREATE INDEX {name} ON ONLY {table} {shape};\n\
         build it on each partition with CREATE INDEX CONCURRENTLY, outside a transaction, then attach each with ALTER INDEX {name} ATTACH PARTITION"
    )
}
