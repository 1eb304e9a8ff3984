//! `mysql-table-copy`: writers wait until the server has copied every row.

use crate::effects::{Alteration, Cause, Method, TableLock};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Ident, MysqlChange, PartitionChange, TableChange};
use crate::rule::{BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};
use crate::source::Place;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "writers wait until every row is copied",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: MYSQL,
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
        for alteration in context.blocking_alterations() {
            let is_told = has_own_rule(context, alteration.cause.as_ref());
            if is_told || only_empties(context) || context.is_made_to_block(alteration) {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let draft = match untold_column(context, alteration) {
                Some(column) => perhaps(alteration, column, place),
                None => surely(context, alteration, place),
            };
            sink.add(
                draft
                    .label(context.alteration_label(alteration))
                    .help(help(context, alteration))
                    .relation(&alteration.table),
            );
        }
    }
}

/// The column whose type changes, where no migration says which type it had.
fn untold_column<'a>(
    context: &StatementContext<'_>,
    alteration: &'a Alteration,
) -> Option<&'a Ident> {
    match &alteration.cause {
        Some(Cause::ColumnType(column)) if !context.effects().known => Some(column),
        _ => None,
    }
}

fn surely(context: &StatementContext<'_>, alteration: &Alteration, place: Place) -> Draft {
    let since = context.since(&alteration.table);
    let why = match &alteration.cause {
        Some(cause) => format!("{cause}; {since}"),
        None => since,
    };
    let message = format!("{} wait until every row is copied", waiting(alteration));
    Draft::at(place, Hazard::LongBlock, message).why(why)
}

fn perhaps(alteration: &Alteration, column: &Ident, place: Place) -> Draft {
    let message = format!(
        "{} wait while every row is copied, unless `{column}` keeps its type",
        waiting(alteration)
    );
    Draft::at(place, Hazard::LongBlock, message)
        .why(format!("no migration here says which type `{column}` has"))
        .severity(Severity::Warning)
}

fn waiting(alteration: &Alteration) -> String {
    let table = &alteration.table;
    match alteration.lock {
        Some(TableLock::Exclusive) => format!("reads and writes of `{table}`"),
        _ => format!("writes to `{table}`"),
    }
}

fn help(context: &StatementContext<'_>, alteration: &Alteration) -> String {
    let online = context.statement().online();
    let could_go_on = alteration.method != Method::Copy && online.lock.is_some();
    if alteration.cause == Some(Cause::Demanded) || could_go_on {
        return "leave ALGORITHM= and LOCK= out, so that the server takes the way that blocks least, or write what must hold, so that it refuses to block: ALGORITHM=INPLACE, LOCK=NONE".to_owned();
    }
    context.in_small_steps(alteration)
}

/// Causes that a rule of their own speaks about.
fn has_own_rule(context: &StatementContext<'_>, cause: Option<&Cause>) -> bool {
    if let Some(Cause::StoredColumn(column)) = cause {
        let mut added = context.actions().iter().filter_map(|action| context.added_by(action));
        return added.any(|(_, new)| new.name == *column);
    }
    matches!(
        cause,
        Some(
            Cause::Members(_)
                | Cause::ForeignKeyChecked
                | Cause::NewAutoIncrement(_)
                | Cause::DefaultExpression(_)
                | Cause::Fulltext
                | Cause::Spatial
        )
    )
}

/// Whether partitions are emptied and nothing else: their files are made anew without a row.
fn only_empties(context: &StatementContext<'_>) -> bool {
    let empties = |action| {
        let change = context.change_of(action).map(|(_, change)| change);
        matches!(
            change,
            Some(TableChange::Mysql(MysqlChange::Partition(PartitionChange::Truncate(_))))
        )
    };
    context.actions().iter().all(empties)
}
