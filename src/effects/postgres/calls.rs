//! Calls of functions and procedures: the statements of their bodies, and sequences.

use super::draft::Draft;
use super::facts::function_volatility;
use super::run;
use crate::effects::{LockMode, TransactionBlock};
use crate::migration::{
    ActionKind, Expr, FunctionBody, FunctionCall, Ident, ObjectName, RelationKind,
};
use crate::schema::{RelationName, Routine};
use std::sync::Arc;

/// `CALL`.
pub(super) fn procedure(draft: &mut Draft<'_>, call: &FunctionCall) {
    if let Some(body) = &call.body {
        if body.ends_transaction {
            draft.effects.transaction_block = TransactionBlock::Forbidden;
        }
        return run_body(draft, body);
    }
    let routines = draft.schema.routines(&call.name);
    if routines.is_empty() {
        return draft.not_known();
    }
    if routines.iter().any(|routine| routine.body.ends_transaction) {
        draft.effects.transaction_block = TransactionBlock::Forbidden;
    }
    bodies(draft, routines);
}

/// An expression that is evaluated once.
pub(super) fn evaluate(draft: &mut Draft<'_>, expr: &Expr) {
    let Some(facts) = &expr.facts else { return draft.not_known() };
    all(draft, &facts.functions);
    super::queries::side_effects(draft, &facts.queries);
}

/// Functions that are called together: `setval(pg_get_serial_sequence('orders', 'id'), 1)`.
pub(super) fn all(draft: &mut Draft<'_>, calls: &[FunctionCall]) {
    let owned: Vec<RelationName> =
        calls.iter().filter_map(|call| owned_sequence(draft, call)).collect();
    for one in calls {
        if owned.is_empty() || !takes_value(one) || one.arguments.first() != Some(&None) {
            call(draft, one);
            continue;
        }
        for sequence in &owned {
            draft.lock_as(sequence, RelationKind::Sequence, LockMode::RowExclusive);
        }
    }
}

/// The sequence that `pg_get_serial_sequence` gives.
fn owned_sequence(draft: &Draft<'_>, call: &FunctionCall) -> Option<RelationName> {
    if call.name.name.as_str() != "pg_get_serial_sequence" {
        return None;
    }
    let [Some(table), Some(column)] = call.arguments.as_slice() else { return None };
    let table = draft.resolve(&written_name(table));
    draft.table(&table)?.column(&Ident::new(column.as_str()))?.sequence.clone()
}

fn takes_value(call: &FunctionCall) -> bool {
    matches!(call.name.name.as_str(), "nextval" | "setval" | "currval")
}

/// A function that is called.
fn call(draft: &mut Draft<'_>, call: &FunctionCall) {
    if lock_sequence(draft, call) {
        return;
    }
    if let Some(body) = &call.body {
        return run_body(draft, body);
    }
    let routines = draft.schema.routines(&call.name);
    if !routines.is_empty() {
        return bodies(draft, routines);
    }
    let built_in = call.name.schema.is_none()
        && function_volatility(call.name.name.as_str(), call.arguments.len(), draft.target)
            .is_some();
    if !built_in && !super::volatility::is_sql_value(call.name.name.as_str()) {
        draft.not_known();
    }
}

/// Runs what a trigger calls.
pub(super) fn trigger_function(draft: &mut Draft<'_>, name: &ObjectName) {
    let routines = draft.schema.routines(name);
    if routines.is_empty() {
        return draft.not_known();
    }
    bodies(draft, routines);
}

fn bodies(draft: &mut Draft<'_>, routines: &[Arc<Routine>]) {
    if routines.len() > 1 || routines.iter().any(|routine| !routine.certain) {
        draft.not_known();
    }
    for routine in routines {
        follow(draft, routine);
    }
}

/// Runs a body. What it does is the same at every call, so it is followed once: functions that
/// call one another, or fire each other's triggers, would not end otherwise.
fn follow(draft: &mut Draft<'_>, routine: &Arc<Routine>) {
    if draft.followed.iter().any(|known| Arc::ptr_eq(known, routine)) {
        return;
    }
    draft.followed.push(Arc::clone(routine));
    run_body(draft, &routine.body);
}

fn run_body(draft: &mut Draft<'_>, body: &FunctionBody) {
    if body.opaque {
        draft.not_known();
    }
    for statement in &body.statements {
        run(draft, statement);
        let made = statement.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::CreateTable(table) => Some(draft.resolve(&table.name)),
            _ => None,
        });
        let made: Vec<RelationName> = made.filter(|name| draft.relation(name).is_none()).collect();
        draft.scratch.extend(made);
    }
}

/// `nextval`, `setval` and `currval` lock their sequence as a writer.
pub(super) fn lock_sequence(draft: &mut Draft<'_>, call: &FunctionCall) -> bool {
    if !takes_value(call) {
        return false;
    }
    match call.arguments.first() {
        Some(Some(literal)) => {
            let name = draft.resolve(&written_name(literal));
            draft.lock_as(&name, RelationKind::Sequence, LockMode::RowExclusive);
        }
        _ => draft.not_known(),
    }
    true
}

/// The name in a `regclass` literal: `shop.orders_id_seq`, `"Orders_id_seq"`.
pub(super) fn written_name(literal: &str) -> ObjectName {
    let fold = |part: &str| match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => part.to_ascii_lowercase(),
    };
    match literal.split_once('.') {
        Some((schema, name)) => ObjectName::qualified(fold(schema).as_str(), fold(name).as_str()),
        None => ObjectName::bare(fold(literal).as_str()),
    }
}
