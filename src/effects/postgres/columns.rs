//! Columns: added, dropped, made not null, identity, generated.

use super::alter_table::Alter;
use super::data::lock_sequences;
use super::foreign_keys;
use super::keys;
use super::type_change::in_partition_key;
use super::types::domain_of;
use super::volatility::{RowDependence, row_dependence};
use crate::effects::{LockMode, Loss, Refusal};
use crate::migration::{
    ColumnChange, ColumnConstraint, ColumnDef, ConstraintKind, Expr, Ident, RelationKind, Validity,
};
use crate::schema::{Column, Constraint, ConstraintBody, RelationName, Table};

/// `ADD COLUMN`.
pub(super) fn add(alter: &mut Alter<'_, '_>, column: &ColumnDef, if_not_exists: bool) {
    let table = alter.draft.table(&alter.name);
    let there = table.and_then(|table| table.column(&column.name)).is_some_and(|it| it.certain);
    if there && !alter.drops_column(&column.name) {
        if !if_not_exists {
            alter
                .draft
                .refuse(Refusal::exists(format!("column \"{}\" exists already", column.name)));
        } else if !alter.draft.target.at_least(13) {
            // Up to 12 the definition's constraints are made all the same.
            add_constraints(alter, column);
        }
        return;
    }
    if table.is_some_and(|table| table.partition_of.is_some()) {
        alter.draft.refuse("a column cannot be added to a partition");
    }
    if alter.only && alter.draft.schema.children(&alter.name).next().is_some() {
        alter.draft.refuse("the column must be added to the child tables too");
    }
    refuse_identity_of_children(alter, column);
    alter.lock_children();
    let members = alter.members();
    if stores_values(alter, column) {
        members.iter().for_each(|member| alter.phases.rewrite(member));
    }
    if verifies_rows(column) {
        members.iter().for_each(|member| alter.phases.verify(member));
    }
    add_constraints(alter, column);
}

/// An identity column is added with its children only to a partitioned table, from 17 on.
fn refuse_identity_of_children(alter: &mut Alter<'_, '_>, column: &ColumnDef) {
    let identity = column.constraints.iter().any(|it| matches!(it, ColumnConstraint::Identity(_)));
    let inherited = alter.draft.target.at_least(17) && alter.draft.is_partitioned(&alter.name);
    let has_children =
        alter.children().iter().any(|child| alter.draft.schema.table(child).known().is_some());
    if identity && has_children && !inherited {
        alter.draft.refuse("an identity column cannot be added to a table that has children");
    }
}

/// Whether each row gets a value of its own. A value that is the same for all rows is kept once
/// in the catalogue.
fn stores_values(alter: &mut Alter<'_, '_>, column: &ColumnDef) -> bool {
    let domain = column.data_type.as_ref().and_then(|ty| domain_of(alter.draft.schema, ty));
    let mut rewrite = domain.as_ref().is_some_and(|domain| domain.constrained);
    let mut default = domain.and_then(|domain| domain.default);
    for constraint in &column.constraints {
        match constraint {
            ColumnConstraint::Identity(_) => rewrite = true,
            ColumnConstraint::Generated { stored, .. } => return *stored,
            ColumnConstraint::Default(expr) => default = Some(expr.clone()),
            _ => {}
        }
    }
    rewrite |= column.data_type.as_ref().is_some_and(|ty| ty.serial_base().is_some());
    let own = column.constraints.iter().any(|it| matches!(it, ColumnConstraint::Default(_)));
    if let Some(expr) = default {
        // Up to 12 only a default of the column itself is computed for each row.
        rewrite |= (own || alter.draft.target.at_least(13)) && differs_by_row(alter, &expr);
        if rewrite {
            lock_sequences(alter.draft, &expr);
        }
    }
    rewrite
}

/// Functions that nobody made are taken as volatile, the server's default; expressions that were
/// not understood are not.
fn differs_by_row(alter: &mut Alter<'_, '_>, expr: &Expr) -> bool {
    match row_dependence(expr, alter.draft.schema, alter.draft.target) {
        RowDependence::Same => false,
        RowDependence::Differs => true,
        RowDependence::Unknown => {
            alter.draft.not_known();
            expr.facts.is_some()
        }
    }
}

/// Whether rows are checked although their bytes stay. `NOT NULL` alone is not: with a default it
/// holds, without one it holds for no row.
fn verifies_rows(column: &ColumnDef) -> bool {
    let has = |test: fn(&ColumnConstraint) -> bool| column.constraints.iter().any(test);
    let virtual_column = has(|it| matches!(it, ColumnConstraint::Generated { stored: false, .. }));
    let not_null = has(|it| matches!(it, ColumnConstraint::NotNull { .. }));
    let check = has(|it| matches!(it, ColumnConstraint::Check { validity: Validity::Valid, .. }));
    check || (virtual_column && not_null)
}

fn add_constraints(alter: &mut Alter<'_, '_>, column: &ColumnDef) {
    for constraint in &column.constraints {
        match constraint {
            ColumnConstraint::PrimaryKey { .. } | ColumnConstraint::Unique { .. } => {
                keys::add(alter, &[]);
            }
            ColumnConstraint::References { target, validity, .. } => {
                foreign_keys::add_inline(alter, column, target, *validity);
            }
            _ => {}
        }
    }
}

/// Whether the statement gives the column a default of its own (`raw_default`), so that a foreign
/// key in the same definition is checked.
pub(super) fn has_raw_default(column: &ColumnDef) -> bool {
    column.data_type.as_ref().is_some_and(|ty| ty.serial_base().is_some())
        || column.constraints.iter().any(|it| {
            matches!(it, ColumnConstraint::Default(_) | ColumnConstraint::Generated { .. })
        })
}

/// Whether existing rows may get a value other than null.
pub(super) fn has_values(column: &ColumnDef) -> bool {
    has_raw_default(column)
        && !column
            .constraints
            .iter()
            .any(|it| matches!(it, ColumnConstraint::Default(expr) if expr.is_null()))
}

/// `DROP COLUMN`. What goes with it is told by the schema before and after; see `drops`.
pub(super) fn drop(alter: &mut Alter<'_, '_>, column: &Ident, if_exists: bool, cascade: bool) {
    let table = alter.draft.table(&alter.name);
    let known = alter.draft.schema.table(&alter.name).known().is_some_and(|it| it.columns_known);
    let found = table.and_then(|table| table.column(column));
    if known && found.is_none() {
        if !if_exists {
            alter.draft.refuse(Refusal::missing(format!("column \"{column}\" does not exist")));
        }
        return;
    }
    refuse_inherited(alter, column);
    if alter.draft.schema.table(&alter.name).known().is_some_and(|it| in_partition_key(it, column))
    {
        alter
            .draft
            .refuse(Refusal::unfit(format!("column \"{column}\" is part of the partition key")));
    }
    if !cascade {
        refuse_used(alter, column);
    }
    // `ONLY` spares the children's columns, not the children their lock.
    alter.lock_children();
    alter.lock_heirs();
    let virtual_column =
        found.and_then(|column| column.generated.as_ref()).is_some_and(|it| !it.stored);
    if !virtual_column {
        alter.draft.lose(Loss::Column(alter.name.clone(), column.clone()));
    }
}

/// A column that a table has from its parent changes there.
pub(super) fn refuse_inherited(alter: &mut Alter<'_, '_>, column: &Ident) {
    let found = alter.draft.table(&alter.name).and_then(|table| table.column(column));
    if found.is_some_and(|column| column.inherited) {
        alter.draft.refuse(Refusal::unfit(format!("column \"{column}\" is inherited")));
    }
}

/// A column that others need goes only with `CASCADE`.
fn refuse_used(alter: &mut Alter<'_, '_>, column: &Ident) {
    let draft = &mut *alter.draft;
    let Some(table) = draft.schema.table(&alter.name).known() else { return };
    let view = draft.schema.views_on(&alter.name).find(|relation| {
        draft.schema.view(&relation.name).known().is_some_and(|view| {
            view.columns_used.iter().any(|(used, name)| *used == alter.name && name == column)
        })
    });
    if let Some(view) = view {
        return draft
            .refuse(Refusal::in_use(format!("view {} uses column \"{column}\"", view.name)));
    }
    let generated = table.columns.iter().find(|other| {
        other.generated.as_ref().is_some_and(|it| it.expr.columns().contains(column))
    });
    if let Some(generated) = generated.filter(|_| draft.target.at_least(15)) {
        draft.refuse(Refusal::in_use(format!(
            "generated column \"{}\" uses \"{column}\"",
            generated.name
        )));
    }
    if let Some(trigger) = table.triggers.iter().find(|trigger| trigger.names(column)) {
        draft.refuse(Refusal::in_use(format!(
            "trigger \"{}\" names column \"{column}\"",
            trigger.name
        )));
    }
    if table.policies.iter().any(|policy| policy.columns.contains(column)) {
        draft.refuse(Refusal::in_use(format!("a policy uses column \"{column}\"")));
    }
}

/// `DROP NOT NULL`.
pub(super) fn drop_not_null(alter: &mut Alter<'_, '_>, column: &Ident) {
    alter.lock_children();
    // From 18 on `ONLY` spares the children's constraints, not the children their lock.
    let table = alter.draft.table(&alter.name);
    if alter.draft.target.at_least(18) && table.is_some_and(|table| is_not_null(table, column)) {
        alter.lock_heirs();
    }
    if let Some(reason) = keeps_not_null(alter, column) {
        alter.draft.refuse(Refusal::unfit(format!("column \"{column}\" {reason}")));
    }
}

/// Why a column stays not null.
fn keeps_not_null(alter: &Alter<'_, '_>, column: &Ident) -> Option<&'static str> {
    let table = alter.draft.schema.table(&alter.name).known()?;
    let found = table.column(column).filter(|found| found.certain)?;
    let loses_identity =
        alter.changes_column(column, |change| matches!(change, ColumnChange::DropIdentity { .. }));
    if found.identity.is_some() && !loses_identity {
        return Some("is an identity column");
    }
    let key = table.primary_key().filter(|key| key.certain && key.columns().contains(column));
    let goes = |key: &Constraint| {
        alter.drops_constraint(&key.name) || key.columns().iter().any(|it| alter.drops_column(it))
    };
    if key.is_some_and(|key| !goes(key)) {
        return Some("is in the primary key");
    }
    let (parent, _) = table.partition_of.as_ref()?;
    let parent = alter.draft.schema.table(parent).known()?;
    is_not_null(parent, column).then_some("is NOT NULL in the partitioned table")
}

/// `SET NOT NULL`.
pub(super) fn set_not_null(alter: &mut Alter<'_, '_>, column: &Ident) {
    if spares_children(alter, column) {
        return;
    }
    alter.lock_children();
    for member in alter.members() {
        verify_not_null(alter, &member, column);
    }
}

/// A column that is not null already is so in all partitions, from 18 on in all children; then
/// they are not even locked (`ATPrepSetNotNull`).
fn spares_children(alter: &Alter<'_, '_>, column: &Ident) -> bool {
    (alter.draft.target.at_least(18) || alter.draft.is_partitioned(&alter.name))
        && proves_by_declaration(alter, &alter.name, column)
}

fn proves_by_declaration(alter: &Alter<'_, '_>, name: &RelationName, column: &Ident) -> bool {
    let known = alter.draft.schema.table(name).known();
    known.is_some_and(|table| is_not_null(table, column)) && !drops_not_null(alter, column)
}

/// Checks a column's rows for nulls, unless a proof spares it.
pub(super) fn verify_not_null(alter: &mut Alter<'_, '_>, table: &RelationName, column: &Ident) {
    if !proves_not_null(alter, table, column) {
        alter.phases.verify(table);
    }
}

/// `NotNullImpliedByRelConstraints`: the column is not null already, or a valid check says so that
/// the same statement does not drop.
fn proves_not_null(alter: &Alter<'_, '_>, name: &RelationName, column: &Ident) -> bool {
    let Some(table) = alter.draft.schema.table(name).known() else { return false };
    if has_unproved_not_null(table, column) {
        return false;
    }
    if is_not_null(table, column) {
        return proves_by_declaration(alter, name, column);
    }
    table.constraints.iter().any(|constraint| match &constraint.body {
        ConstraintBody::Check { expr, .. } => {
            constraint.is_proved()
                && expr.proves_not_null(column)
                && !alter.drops_constraint(&constraint.name)
        }
        _ => false,
    })
}

fn drops_not_null(alter: &Alter<'_, '_>, column: &Ident) -> bool {
    alter.changes_column(column, |change| *change == ColumnChange::DropNotNull)
}

/// A not-null constraint that is `NOT VALID` (18) is validated by a scan, whatever else is proved.
pub(super) fn has_unproved_not_null(table: &Table, column: &Ident) -> bool {
    table.constraints.iter().any(|constraint| {
        constraint.validity == Validity::NotValid
            && matches!(&constraint.body, ConstraintBody::NotNull { column: other, .. } if other == column)
    })
}

/// Whether the replay is sure that the column takes no nulls.
pub(super) fn is_not_null(table: &Table, column: &Ident) -> bool {
    !has_unproved_not_null(table, column)
        && table.column(column).is_some_and(|column| column.not_null && column.certain)
}

/// Changes of an identity column.
pub(super) fn identity(alter: &mut Alter<'_, '_>, column: &Ident, change: &ColumnChange) {
    if alter.draft.target.at_least(17) && alter.draft.is_partitioned(&alter.name) {
        alter.lock_children();
    }
    let found = alter.draft.table(&alter.name).and_then(|table| table.column(column));
    match change {
        ColumnChange::SetIdentity { sequence_options, .. } => {
            change_sequence(alter, found, *sequence_options);
        }
        ColumnChange::AddIdentity(_) => {
            let known = alter.draft.schema.table(&alter.name).known();
            let nullable = found.is_some_and(|column| column.certain && !column.not_null);
            let set_here =
                alter.changes_column(column, |change| *change == ColumnChange::SetNotNull);
            if known.is_some() && nullable && !set_here {
                alter
                    .draft
                    .refuse(Refusal::unfit(format!("column \"{column}\" must be NOT NULL first")));
            }
        }
        _ => {}
    }
}

/// An identity column's sequence is altered with it.
pub(super) fn change_sequence(alter: &mut Alter<'_, '_>, column: Option<&Column>, options: bool) {
    let Some(sequence) = column.and_then(|column| column.sequence.as_ref()) else { return };
    alter.draft.lock_as(sequence, RelationKind::Sequence, LockMode::ShareRowExclusive);
    if options {
        alter.draft.storage_replaced(sequence);
    }
}

/// `SET EXPRESSION`: a stored column is computed anew; a virtual one is only checked.
pub(super) fn set_expression(alter: &mut Alter<'_, '_>, column: &Ident, _expr: &Expr) {
    alter.lock_children();
    for member in alter.members() {
        let table = alter.draft.table(&member);
        let found = table.and_then(|table| table.column(column));
        let stored = found.and_then(|it| it.generated.as_ref()).is_none_or(|it| it.stored);
        if stored {
            alter.phases.rewrite(&member);
        } else if found.is_some_and(|column| column.not_null) {
            alter.phases.verify(&member);
        }
    }
}

/// `DROP EXPRESSION`: the values stay.
pub(super) fn drop_expression(alter: &mut Alter<'_, '_>) {
    alter.lock_children();
}

/// Columns of a key.
pub(super) fn key_columns(kind: &ConstraintKind) -> Vec<Ident> {
    match kind {
        ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
            columns.iter().filter_map(|column| column.column.clone()).collect()
        }
        _ => Vec::new(),
    }
}
