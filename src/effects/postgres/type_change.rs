//! `ALTER COLUMN … TYPE`: rewrite or not, and what depends on the column.

use super::alter_table::Alter;
use super::coercion::{Casts, Storage, narrows};
use super::columns::{change_sequence, refuse_inherited};
use super::foreign_keys::{lock_dropped, lock_sides, sides};
use super::phases::ForeignKeyCheck;
use super::types::collation_of;
use crate::effects::{LockMode, Loss, Refusal};
use crate::migration::{ColumnChange, Expr, Ident, RelationKind, SqlType, TableChange, Validity};
use crate::schema::{Column, Constraint, ConstraintBody, Index, RelationName, Schema, Table};

/// A change of one column's type.
struct TypeChange<'c> {
    column: &'c Ident,
    to: &'c SqlType,
    using: Option<&'c Expr>,
}

/// `ALTER COLUMN … TYPE`.
pub(super) fn judge(alter: &mut Alter<'_, '_>, column: &Ident, to: &SqlType, using: Option<&Expr>) {
    let change = TypeChange { column, to, using };
    if alter.only && alter.draft.schema.children(&alter.name).next().is_some() {
        alter.draft.refuse(Refusal::in_use(
            "the type of an inherited column must change in child tables too",
        ));
    }
    refuse_inherited(alter, column);
    alter.lock_children();
    for member in alter.members() {
        change.member(alter, &member);
    }
    let table = alter.draft.table(&alter.name);
    let found = table.and_then(|table| table.column(column));
    if found.is_some_and(|column| column.identity.is_some()) {
        change_sequence(alter, found, true);
    }
    if let Some(old) = found.and_then(|column| column.data_type.as_ref())
        && narrows(old, to)
    {
        alter.draft.lose(Loss::Narrowed(alter.name.clone(), column.clone()));
    }
}

impl TypeChange<'_> {
    fn member(&self, alter: &mut Alter<'_, '_>, name: &RelationName) {
        let table = alter.draft.table(name);
        let column = table.and_then(|table| table.column(self.column));
        let storage = self.storage(alter, column);
        if storage == Storage::Rewritten && !column.is_some_and(is_virtual) {
            alter.phases.rewrite(name);
        }
        self.indexes(alter, name, storage, column);
        let Some(table) = table else { return };
        self.checks(alter, name, table);
        self.foreign_keys(alter, name, table, storage);
        self.refusals(alter, name, table);
    }

    /// Without the old type, only a target that takes everything unchanged is held to be free.
    fn storage(&self, alter: &mut Alter<'_, '_>, column: Option<&Column>) -> Storage {
        let old = column.and_then(|column| column.data_type.as_ref());
        let Some(old) = old else {
            alter.draft.not_known();
            let open = matches!(
                self.to.name.name.as_str(),
                "text" | "character varying" | "numeric" | "citext"
            );
            let free = open && self.to.modifiers.is_empty() && self.to.dimensions == 0;
            return if free && self.using.is_none() { Storage::Same } else { Storage::Rewritten };
        };
        if column.is_some_and(|column| !column.certain) {
            alter.draft.not_known();
        }
        let casts = Casts { schema: alter.draft.schema, target: alter.draft.target };
        casts.change(self.column, old, self.to, self.using)
    }

    /// Indexes over the column are made anew; their files are kept where nothing changes for them
    /// (`CheckIndexCompatible`), which never holds for parts of a partitioned index.
    fn indexes(
        &self,
        alter: &mut Alter<'_, '_>,
        table: &RelationName,
        storage: Storage,
        column: Option<&Column>,
    ) {
        for (name, index) in alter.draft.indexes(table) {
            if !uses_column(index, self.column) {
                continue;
            }
            alter.draft.lock_as(&name, RelationKind::Index, LockMode::AccessExclusive);
            let parted = index.parent.is_some() || alter.draft.is_partitioned(table);
            if parted || !self.keeps_file(alter.draft.schema, index, storage, column) {
                alter.phases.rebuild(table, name);
            }
        }
    }

    fn keeps_file(
        &self,
        schema: &Schema,
        index: &Index,
        storage: Storage,
        column: Option<&Column>,
    ) -> bool {
        let plain =
            index.predicate.is_none() && index.columns.iter().all(|key| key.column.is_some());
        let old = column.and_then(|column| column.data_type.as_ref());
        let collation = |ty: &SqlType| collation_of(schema, ty);
        let collated = old.and_then(collation) != collation(self.to);
        plain
            && index.columns.iter().filter(|key| key.column.as_ref() == Some(self.column)).all(
                |key| {
                    (storage == Storage::Same || key.opclass.is_some())
                        && (!collated || key.collation.is_some())
                },
            )
    }

    /// A valid check that names the column is proved again.
    fn checks(&self, alter: &mut Alter<'_, '_>, name: &RelationName, table: &Table) {
        for constraint in &table.constraints {
            let ConstraintBody::Check { expr, .. } = &constraint.body else { continue };
            if constraint.validity != Validity::Valid || alter.drops_constraint(&constraint.name) {
                continue;
            }
            if expr.facts.is_none() {
                alter.draft.not_known();
            }
            if expr.columns().contains(self.column) {
                alter.phases.verify(name);
            }
        }
    }

    /// Foreign keys on either side are dropped and made again, and checked again unless the old
    /// check still holds (`TryReuseForeignKey`).
    fn foreign_keys(
        &self,
        alter: &mut Alter<'_, '_>,
        name: &RelationName,
        table: &Table,
        storage: Storage,
    ) {
        // The old check is trusted only where the table stays as it is.
        let trusted = storage == Storage::Same && !rewritten_by_types(alter, table);
        let own = table.constraints.iter().map(|constraint| (name.clone(), constraint));
        let others = alter
            .draft
            .schema
            .referencing(name)
            .filter(|(relation, _)| relation.name != *name)
            .map(|(relation, constraint)| (relation.name.clone(), constraint));
        let keys: Vec<(RelationName, &Constraint)> = own.chain(others).collect();
        for (referencing, constraint) in keys {
            let ConstraintBody::ForeignKey { columns, table: referenced, referenced: keys, .. } =
                &constraint.body
            else {
                continue;
            };
            let here = (referencing == *name && columns.contains(self.column))
                || (*referenced == *name && keys.contains(self.column));
            if !here || (referencing == *name && alter.drops_constraint(&constraint.name)) {
                continue;
            }
            lock_dropped(alter.draft, &referencing, referenced);
            lock_sides(alter.draft, &referencing, referenced, LockMode::ShareRowExclusive);
            if !trusted && constraint.validity == Validity::Valid {
                let referencing = sides(alter.draft, &referencing);
                let referenced = sides(alter.draft, referenced);
                alter.phases.check_foreign_key(ForeignKeyCheck { referencing, referenced });
            }
        }
    }

    /// What the server cannot carry over.
    fn refusals(&self, alter: &mut Alter<'_, '_>, name: &RelationName, table: &Table) {
        if alter.draft.schema.table(name).known().is_none() {
            return;
        }
        let column = self.column;
        let view = alter.draft.schema.views_on(name).find(|relation| {
            alter.draft.schema.view(&relation.name).known().is_some_and(|view| {
                view.columns_used.iter().any(|(used, it)| used == name && it == column)
            })
        });
        let reason = if let Some(view) = view {
            format!("view {} uses column \"{column}\"", view.name)
        } else if let Some(generated) = generated_from(table, column) {
            format!("generated column \"{generated}\" uses \"{column}\"")
        } else if table.triggers.iter().any(|trigger| trigger.names(column)) {
            format!("a trigger names column \"{column}\"")
        } else if table.policies.iter().any(|policy| policy.columns.contains(column)) {
            format!("a policy names column \"{column}\"")
        } else if in_partition_key(table, column) {
            format!("column \"{column}\" is part of the partition key")
        } else {
            return;
        };
        alter.draft.refuse(Refusal::in_use(reason));
    }
}

/// Whether any type change of the statement rewrites the table.
fn rewritten_by_types(alter: &Alter<'_, '_>, table: &Table) -> bool {
    let casts = Casts { schema: alter.draft.schema, target: alter.draft.target };
    alter.changes.iter().any(|change| match change {
        TableChange::AlterColumn { column, change: ColumnChange::Type { data_type, using } } => {
            let old = table.column(column).and_then(|column| column.data_type.as_ref());
            old.is_none_or(|old| {
                casts.change(column, old, data_type, using.as_ref()) == Storage::Rewritten
            })
        }
        _ => false,
    })
}

fn is_virtual(column: &Column) -> bool {
    column.generated.as_ref().is_some_and(|generated| !generated.stored)
}

fn generated_from<'t>(table: &'t Table, column: &Ident) -> Option<&'t Ident> {
    table
        .columns
        .iter()
        .find(|other| {
            let generated = other.generated.as_ref();
            other.name != *column
                && generated.is_some_and(|generated| generated.expr.columns().contains(column))
        })
        .map(|other| &other.name)
}

/// Whether the key that distributes rows over partitions names the column.
pub(super) fn in_partition_key(table: &Table, column: &Ident) -> bool {
    table.partitioning.as_ref().is_some_and(|partitioning| {
        partitioning.key.iter().any(|key| {
            key.column.as_ref() == Some(column)
                || key.expr.as_ref().is_some_and(|expr| expr.columns().contains(column))
        })
    })
}

/// Whether an index goes with the column.
pub(super) fn uses_column(index: &Index, column: &Ident) -> bool {
    let keys = index.columns.iter().any(|key| {
        key.column.as_ref() == Some(column)
            || key.expr.as_ref().is_some_and(|expr| expr.columns().contains(column))
    });
    keys || index.include.contains(column)
        || index.predicate.as_ref().is_some_and(|expr| expr.columns().contains(column))
}
