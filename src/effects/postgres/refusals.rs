//! Refusals that the schema after a statement shows: keys that foreign keys and `ON CONFLICT` lack,
//! columns that a replaced view would lose.

use super::draft::Draft;
use crate::effects::{Refusal, keys};
use crate::migration::{ActionKind, CreateView, Ident, Statement};
use crate::schema::{RelationName, Schema};

/// Notes why the server refuses the statement.
pub(super) fn judge(draft: &mut Draft<'_>, statement: &Statement, after: &Schema) {
    for action in &statement.actions {
        let refusal = match &action.kind {
            ActionKind::CreateTable(table) => {
                foreign_keys(draft, &after.resolve(&table.name), after)
            }
            ActionKind::AlterTable { table, .. } => {
                foreign_keys(draft, &after.resolve(&table.name), after)
            }
            ActionKind::Insert(insert) => keys::upsert(insert, draft.schema),
            ActionKind::CreateView(view) if view.or_replace => columns(draft, view, after),
            _ => None,
        };
        if let Some(refusal) = refusal {
            draft.refuse(refusal);
        }
    }
}

/// A foreign key that the statement made, and that has nothing to point at.
fn foreign_keys(draft: &Draft<'_>, table: &RelationName, after: &Schema) -> Option<Refusal> {
    let made = after.table(table).known()?.constraints.iter();
    let mut made = made.filter(|key| key.certain && key.born >= draft.schema.clock());
    made.find_map(|key| keys::foreign_key(key, after))
}

/// A view may get more columns at its end; those that it has keep their names and their order
/// (`checkViewColumns`).
fn columns(draft: &Draft<'_>, view: &CreateView, after: &Schema) -> Option<Refusal> {
    let name = draft.resolve(&view.name);
    let old = draft.schema.view(&name).known()?.columns.as_ref()?;
    let new = after.view(&name).known()?.columns.as_ref()?;
    if new.len() < old.len() {
        let missing = old.get(new.len())?;
        return Some(Refusal::reshaped(format!(
            "\"{name}\" has {} columns, and {} are left: \"{missing}\" cannot go",
            old.len(),
            new.len()
        )));
    }
    let mut pairs = old.iter().zip(new);
    let (old, new) = pairs.find(|(old, new)| old != new && is_named(old) && is_named(new))?;
    Some(Refusal::reshaped(format!(
        "column \"{old}\" of \"{name}\" cannot become \"{new}\" in its place"
    )))
}

/// What the replay has no name for, the server names by what computes it.
fn is_named(column: &Ident) -> bool {
    *column != "?column?"
}
