//! What changed rows set off: triggers, rules, and foreign keys that reference them.

use super::calls;
use super::draft::Draft;
use crate::effects::LockMode;
use crate::migration::{Ident, ReferentialAction, Validity};
use crate::schema::{ConstraintBody, RelationName};

/// Triggers and rules of a table that an event sets off, as far as their bodies are known.
pub(super) fn fire_triggers(
    draft: &mut Draft<'_>,
    name: &RelationName,
    event: &str,
    columns: Option<&[Ident]>,
) {
    let Some(table) = draft.table(name) else { return };
    let fires = |trigger: &&crate::schema::Trigger| {
        trigger.enabled
            && trigger.events.iter().any(|on| on == event)
            && (trigger.columns.is_empty()
                || columns
                    .is_none_or(|set| set.iter().any(|column| trigger.columns.contains(column))))
    };
    let functions: Vec<_> = table
        .triggers
        .iter()
        .filter(fires)
        .filter_map(|trigger| trigger.function.clone())
        .collect();
    let fired = table.rules.iter().filter(|rule| rule.event == event);
    let rules: Vec<RelationName> = fired.flat_map(|rule| rule.writes.iter().cloned()).collect();
    for function in functions {
        calls::trigger_function(draft, &function);
    }
    for written in rules {
        draft.lock(&written, LockMode::RowExclusive);
    }
}

/// Foreign keys that reference changed rows: each looks for referencing rows, and may change them.
pub(super) fn referential_actions(
    draft: &mut Draft<'_>,
    name: &RelationName,
    columns: Option<&[Ident]>,
    seen: &mut Vec<RelationName>,
) {
    if seen.contains(name) {
        return;
    }
    seen.push(name.clone());
    let keys: Vec<(RelationName, ConstraintBody)> = draft
        .schema
        .referencing(name)
        .filter(|(_, constraint)| constraint.validity != Validity::NotEnforced)
        .map(|(relation, constraint)| (relation.name.clone(), constraint.body.clone()))
        .collect();
    for (user, body) in keys {
        let ConstraintBody::ForeignKey { columns: own, referenced, on_delete, on_update, .. } =
            body
        else {
            continue;
        };
        let action = match columns {
            Some(set) if !set.iter().any(|column| referenced.contains(column)) => continue,
            Some(_) => on_update,
            None => on_delete,
        };
        act(draft, &user, &own, action);
        match action {
            ReferentialAction::NoAction | ReferentialAction::Restrict => {}
            ReferentialAction::Cascade if columns.is_none() => {
                fire_triggers(draft, &user, "delete", None);
                referential_actions(draft, &user, None, seen);
            }
            _ => {
                fire_triggers(draft, &user, "update", Some(&own));
                referential_actions(draft, &user, Some(&own), seen);
            }
        }
    }
}

fn act(draft: &mut Draft<'_>, user: &RelationName, own: &[Ident], action: ReferentialAction) {
    let mode = match action {
        ReferentialAction::NoAction | ReferentialAction::Restrict => LockMode::RowShare,
        _ => LockMode::RowExclusive,
    };
    draft.lock_tree(user, mode);
    for member in draft.tree(user) {
        let indexed = draft.indexes(&member).into_iter().any(|(_, index)| {
            let leading = index.columns.first().and_then(|column| column.column.as_ref());
            index.predicate.is_none() && leading.is_some_and(|column| own.contains(column))
        });
        if !indexed && draft.table(&member).is_some() {
            draft.scan(&member);
        }
    }
}
