//! Drops that make room for what the script makes then, so that it can run again:
//! `DROP TABLE IF EXISTS batch; CREATE TEMP TABLE batch …`.

use crate::migration::{Action, ActionKind, DropObject, ObjectKind, ObjectName, Step};

/// Marks them among the statements of a script.
pub(super) fn mark(steps: &mut [Step]) {
    let mut made: Vec<ObjectName> = Vec::new();
    for statement in steps.iter_mut().rev().flat_map(|step| step.statements.iter_mut().rev()) {
        for action in statement.actions.iter_mut().rev() {
            made.extend(made_by(action).cloned());
            if let ActionKind::Drop(drop) = &mut action.kind {
                drop.makes_room = makes_room(drop, &made);
            }
        }
    }
}

/// The table that an action makes.
fn made_by(action: &Action) -> Option<&ObjectName> {
    match &action.kind {
        ActionKind::CreateTable(table) => Some(&table.name),
        ActionKind::CreateTableAs(table) => Some(&table.name),
        _ => None,
    }
}

fn makes_room(drop: &DropObject, made: &[ObjectName]) -> bool {
    let is_room = drop.kind == ObjectKind::Table && drop.if_exists && !made.is_empty();
    is_room && drop.names.iter().all(|name| made.contains(name))
}
