//! What a statement makes, drops and loses, told by the schema before it and after it.

use super::draft::Draft;
use super::{narrowing, partitions};
use crate::effects::Loss;
use crate::effects::work::Change;
use crate::migration::{ActionKind, Ident, MysqlChange, Statement, TableChange};
use crate::schema::RelationName;

/// Notes objects that come and go, and data that is gone.
pub(super) fn tell(draft: &mut Draft<'_>, statement: &Statement) {
    if draft.effects.refused.is_some() {
        return;
    }
    for action in &statement.actions {
        if let ActionKind::AlterTable { table, change } = &action.kind {
            let name = draft.resolve(&table.name);
            losses(draft, &name, change);
        }
    }
    if statement.actions.iter().any(|action| renames(&action.kind)) {
        return;
    }
    let change = Change { before: draft.schema, after: draft.after };
    draft.effects.note_made_and_gone(change);
}

fn losses(draft: &mut Draft<'_>, name: &RelationName, change: &TableChange) {
    match change {
        TableChange::DropColumn { column, .. } => {
            let is_known = draft
                .table(name)
                .is_none_or(|table| !table.columns_known || table.column(column).is_some());
            if is_known {
                draft.lose(Loss::Column(name.clone(), column.clone()));
            }
        }
        TableChange::Mysql(MysqlChange::ModifyColumn { column, .. }) => {
            narrowed(draft, name, &column.name, &column.name);
        }
        TableChange::Mysql(MysqlChange::ChangeColumn { name: old, column, .. }) => {
            narrowed(draft, name, old, &column.name);
        }
        TableChange::Mysql(MysqlChange::Partition(change)) if partitions::loses_rows(change) => {
            draft.lose(Loss::Rows(name.clone()));
        }
        _ => {}
    }
}

/// Whether a column holds less afterwards.
fn narrowed(draft: &mut Draft<'_>, table: &RelationName, old: &Ident, new: &Ident) {
    let (before, after) = (draft.shape(table), draft.shape_after(table, &[]));
    let from = before.column(old).and_then(|column| column.data_type.as_ref());
    let to = after.column(new).and_then(|column| column.data_type.as_ref());
    if let (Some(from), Some(to)) = (from, to)
        && narrowing::holds_less(from, to)
    {
        draft.lose(Loss::Narrowed(table.clone(), old.clone()));
    }
}

fn renames(kind: &ActionKind) -> bool {
    let ActionKind::AlterTable { change, .. } = kind else { return false };
    matches!(
        change.as_ref(),
        TableChange::Rename { .. } | TableChange::Mysql(MysqlChange::RenameTo(_))
    )
}
