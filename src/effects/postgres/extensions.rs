//! `DROP EXTENSION`: what uses its types and operator classes.

use super::draft::Draft;
use super::facts::{MemberKind, extension_has, function_extension};
use super::type_change::uses_column;
use crate::effects::{LockMode, Loss, ObjectRef, Refusal};
use crate::migration::{DropObject, Expr, Ident, ObjectKind, RelationKind};
use crate::schema::{Column, ConstraintBody, Index, RelationName, Table};

/// `DROP EXTENSION`.
pub(super) fn drop(draft: &mut Draft<'_>, drop: &DropObject) {
    if !draft.schema.is_complete() {
        draft.not_known();
    }
    for extension in &drop.names {
        let extension = extension.name.as_str();
        let columns = columns_of(draft, extension);
        let indexes = indexes_of(draft, extension);
        if !drop.cascade && (!columns.is_empty() || !indexes.is_empty()) {
            draft.refuse(Refusal::in_use(format!(
                "columns or indexes use extension \"{extension}\""
            )));
        }
        for table in tables_calling(draft, extension) {
            if drop.cascade {
                draft.lock(&table, LockMode::AccessExclusive);
            } else {
                draft.refuse(Refusal::in_use(format!(
                    "a default or check of {table} uses \"{extension}\""
                )));
            }
        }
        for (table, column) in columns {
            drop_column(draft, &table, &column);
        }
        for (index, table) in indexes {
            drop_index(draft, &index, &table);
        }
    }
}

/// Tables with a default or check that calls a function of the extension.
fn tables_calling(draft: &Draft<'_>, extension: &str) -> Vec<RelationName> {
    let calls = |expr: &Expr| {
        expr.functions().iter().any(|call| {
            function_extension(call.name.name.as_str(), draft.target) == Some(extension)
        })
    };
    let table_calls = |table: &Table| {
        table.columns.iter().any(|column| column.default.as_ref().is_some_and(calls))
            || table.constraints.iter().any(|constraint| match &constraint.body {
                ConstraintBody::Check { expr, .. } => calls(expr),
                _ => false,
            })
    };
    draft
        .schema
        .relations()
        .filter(|relation| relation.as_table().is_some_and(table_calls))
        .map(|relation| relation.name.clone())
        .collect()
}

fn columns_of(draft: &Draft<'_>, extension: &str) -> Vec<(RelationName, Ident)> {
    let of_extension = |column: &Column| {
        column
            .data_type
            .as_ref()
            .is_some_and(|ty| extension_has(extension, MemberKind::Type, ty.name.name.as_str()))
    };
    let tables = draft
        .schema
        .relations()
        .filter_map(|relation| relation.as_table().map(|table: &Table| (&relation.name, table)));
    tables
        .flat_map(|(name, table)| table.columns.iter().map(move |column| (name, column)))
        .filter(|(_, column)| of_extension(column))
        .map(|(name, column)| (name.clone(), column.name.clone()))
        .collect()
}

fn indexes_of(draft: &Draft<'_>, extension: &str) -> Vec<(RelationName, RelationName)> {
    draft
        .schema
        .relations()
        .flat_map(|relation| draft.schema.indexes_of(&relation.name))
        .filter(|(_, index)| uses_class(draft, index, extension))
        .map(|(relation, index)| (relation.name.clone(), index.table.clone()))
        .collect()
}

/// Whether an index uses an operator class of the extension, named or by default.
fn uses_class(draft: &Draft<'_>, index: &Index, extension: &str) -> bool {
    let table = draft.table(&index.table);
    index.columns.iter().any(|key| match &key.opclass {
        Some(class) => extension_has(extension, MemberKind::OperatorClass, class.name.as_str()),
        None => {
            let column = key.column.as_ref().and_then(|name| table?.column(name));
            column.and_then(|column| column.data_type.as_ref()).is_some_and(|ty| {
                let default = format!("{} {ty}", index.method);
                extension_has(extension, MemberKind::DefaultClass, &default)
            })
        }
    })
}

fn drop_column(draft: &mut Draft<'_>, table: &RelationName, column: &Ident) {
    draft.lock(table, LockMode::AccessExclusive);
    draft.lose(Loss::Column(table.clone(), column.clone()));
    draft.effects.dropped.push(ObjectRef {
        kind: ObjectKind::Column,
        name: table.clone(),
        member: Some(column.clone()),
        on: None,
    });
    for (name, index) in draft.indexes(table) {
        if uses_column(index, column) {
            drop_index(draft, &name, table);
        }
    }
}

fn drop_index(draft: &mut Draft<'_>, index: &RelationName, table: &RelationName) {
    draft.lock(table, LockMode::AccessExclusive);
    draft.lock_as(index, RelationKind::Index, LockMode::AccessExclusive);
    let dropped = ObjectRef {
        kind: ObjectKind::Index,
        name: index.clone(),
        member: None,
        on: Some(table.clone()),
    };
    if !draft.effects.dropped.contains(&dropped) {
        draft.effects.dropped.push(dropped);
    }
}
