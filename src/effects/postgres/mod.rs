//! Effects on PostgreSQL, majors 12 to 18.
//!
//! Written from the server's rules: its documentation ("Explicit Locking", the pages of the
//! commands) and its source (`tablecmds.c`, `indexcmds.c`, `dependency.c`, …), and judged by
//! measurements of real servers. One file per family of statements; `draft` is what they share.

mod alter_table;
mod bounds;
mod calls;
mod changes;
mod coercion;
mod columns;
mod constraints;
mod data;
mod draft;
mod drops;
mod extensions;
mod facts;
mod foreign_keys;
mod indexes;
mod keys;
mod maintenance;
mod objects;
mod options;
mod partitions;
mod phases;
mod queries;
mod reactions;
mod refusals;
mod relation_options;
mod tables;
mod triggers;
mod type_change;
mod types;
mod views;
mod volatility;

use super::Effects;
use super::work::Change;
use crate::migration::{ActionKind, Statement, TableChange, TableTarget, Target};
use draft::Draft;

/// The effects of a statement; relations made from `since` on and not filled are empty.
pub(super) fn judge(
    statement: &Statement,
    change: Change<'_>,
    target: &Target,
    since: Option<u64>,
) -> Effects {
    let mut draft = Draft::new(change.before, target, since);
    run(&mut draft, statement);
    changes::judge(&mut draft, statement, change.after);
    refusals::judge(&mut draft, statement, change.after);
    draft.effects
}

/// Gathers the effects of a statement, also of one in a function's body.
fn run(draft: &mut Draft<'_>, statement: &Statement) {
    let mut rest = statement.actions.as_slice();
    while let Some((first, others)) = rest.split_first() {
        if let ActionKind::AlterTable { table, .. } = &first.kind {
            let changes = same_table(table, rest);
            alter_table::judge(draft, table, &changes);
            rest = rest.get(changes.len()..).unwrap_or(&[]);
        } else {
            action(draft, &first.kind);
            rest = others;
        }
    }
}

/// The leading subcommands that alter one table; they are judged together.
fn same_table<'s>(
    table: &TableTarget,
    actions: &'s [crate::migration::Action],
) -> Vec<&'s TableChange> {
    actions
        .iter()
        .map_while(|action| match &action.kind {
            ActionKind::AlterTable { table: other, change } if other == table => {
                Some(change.as_ref())
            }
            _ => None,
        })
        .collect()
}

fn action(draft: &mut Draft<'_>, kind: &ActionKind) {
    match kind {
        ActionKind::CreateTable(table) => tables::create(draft, table),
        ActionKind::CreateTableAs(table) => tables::create_as(draft, table),
        ActionKind::CreateIndex(index) => indexes::create(draft, index),
        ActionKind::AlterIndex(index) => indexes::alter(draft, index),
        ActionKind::Reindex(reindex) => indexes::reindex(draft, reindex),
        ActionKind::CreateView(view) => views::create(draft, view),
        ActionKind::Refresh(refresh) => views::refresh(draft, refresh),
        ActionKind::Drop(drop) => drops::judge(draft, drop),
        ActionKind::Truncate(truncate) => tables::truncate(draft, truncate),
        ActionKind::CreateTrigger(trigger) => triggers::create(draft, trigger),
        ActionKind::CreatePolicy(policy) => triggers::create_policy(draft, policy),
        ActionKind::AlterDomain(domain) => objects::alter_domain(draft, domain),
        ActionKind::CreateSequence(sequence) => objects::create_sequence(draft, sequence),
        ActionKind::AlterSequence(sequence) => objects::alter_sequence(draft, sequence),
        ActionKind::CreateObject(object) => objects::create(draft, object),
        ActionKind::AlterObject(object) => objects::alter(draft, object),
        ActionKind::Comment(object) => objects::comment(draft, object),
        ActionKind::LockTable(lock) => maintenance::lock_table(draft, lock),
        ActionKind::Vacuum(vacuum) => maintenance::vacuum(draft, vacuum),
        ActionKind::Analyze(tables) => maintenance::analyze(draft, tables),
        ActionKind::Cluster { table, index } => {
            maintenance::cluster(draft, table.as_ref(), index.as_ref());
        }
        _ => rows(draft, kind),
    }
}

/// Statements that read or write rows, and those that touch no relation.
fn rows(draft: &mut Draft<'_>, kind: &ActionKind) {
    match kind {
        ActionKind::Insert(insert) => data::insert(draft, insert),
        ActionKind::Update(update) => data::update(draft, update),
        ActionKind::Delete(delete) => data::delete(draft, delete),
        ActionKind::Merge(merge) => data::merge(draft, merge),
        ActionKind::Copy(copy) => data::copy(draft, copy),
        ActionKind::Select(query) => queries::run(draft, query),
        ActionKind::Call(call) => calls::procedure(draft, call),
        ActionKind::Evaluate(expr) => calls::evaluate(draft, expr),
        ActionKind::Explain { writes } => data::plan(draft, writes),
        ActionKind::Do { .. } | ActionKind::Opaque { .. } | ActionKind::Unparsed { .. } => {
            draft.not_known();
        }
        _ => {}
    }
}
