//! What takes back a change of a table that existed before.

use super::restore;
use super::sql::{quoted, relation_sql};
use super::undo::{Inverse, Step};
use crate::migration::{ColumnChange, Ident, TableChange};
use crate::schema::{Column, RelationName};

/// The inverse of one subcommand of `ALTER TABLE`.
pub(super) fn inverse(step: &Step<'_>, table: &RelationName, change: &TableChange) -> Inverse {
    let alter = |change: String| alter(table, &change);
    let in_before = |name: &Ident| column(step.before().table(table).any(), name);
    match change {
        TableChange::AddColumn { column, .. } if in_before(&column.name).is_some() => {
            Inverse::Nothing
        }
        TableChange::AddColumn { column, .. } => {
            alter(format!("DROP COLUMN {}", quoted(&column.name)))
        }
        TableChange::DropColumn { column, .. } => dropped_column(step, table, column),
        TableChange::AlterColumn { column, change } => match altered(step, table, column, change) {
            Some(Some(back)) => alter(format!("ALTER COLUMN {} {back}", quoted(column))),
            Some(None) => Inverse::Nothing,
            None => Inverse::Unknown,
        },
        TableChange::RenameColumn { column, new_name } => {
            alter(format!("RENAME COLUMN {} TO {}", quoted(new_name), quoted(column)))
        }
        TableChange::RenameConstraint { name, new_name } => {
            alter(format!("RENAME CONSTRAINT {} TO {}", quoted(new_name), quoted(name)))
        }
        TableChange::AddConstraint(_) => added_constraint(step, table),
        TableChange::DropConstraint { .. } => {
            Inverse::of(restore::lost_members(step.before(), step.after(), table))
        }
        TableChange::ValidateConstraint { .. } => Inverse::Nothing,
        _ => of_table(step, table, change),
    }
}

/// The inverse of a change of the table as a whole.
fn of_table(step: &Step<'_>, table: &RelationName, change: &TableChange) -> Inverse {
    let alter = |change: String| alter(table, &change);
    match change {
        TableChange::Rename { new_name } => {
            let renamed = RelationName { name: new_name.clone(), ..table.clone() };
            let (renamed, old) = (relation_sql(&renamed), quoted(&table.name));
            Inverse::one(format!("ALTER TABLE {renamed} RENAME TO {old}"))
        }
        TableChange::SetSchema { schema } => {
            let moved = RelationName { schema: schema.clone(), ..table.clone() };
            let (moved, old) = (relation_sql(&moved), quoted(&table.schema));
            Inverse::one(format!("ALTER TABLE {moved} SET SCHEMA {old}"))
        }
        TableChange::AttachPartition { partition, .. } => {
            let partition = step.before().resolve(partition);
            alter(format!("DETACH PARTITION {}", relation_sql(&partition)))
        }
        TableChange::Inherit { parent } => {
            alter(format!("NO INHERIT {}", relation_sql(&step.before().resolve(parent))))
        }
        TableChange::NoInherit { parent } => {
            alter(format!("INHERIT {}", relation_sql(&step.before().resolve(parent))))
        }
        TableChange::RowSecurity { enable } => {
            let back = if *enable { "DISABLE" } else { "ENABLE" };
            alter(format!("{back} ROW LEVEL SECURITY"))
        }
        TableChange::ForceRowSecurity { force } => {
            let back = if *force { "NO FORCE" } else { "FORCE" };
            alter(format!("{back} ROW LEVEL SECURITY"))
        }
        TableChange::SetLogged { logged } => {
            alter(if *logged { "SET UNLOGGED" } else { "SET LOGGED" }.to_owned())
        }
        _ => Inverse::Unknown,
    }
}

fn alter(table: &RelationName, change: &str) -> Inverse {
    Inverse::one(format!("ALTER TABLE {} {change}", relation_sql(table)))
}

fn column<'t>(table: Option<&'t crate::schema::Table>, name: &Ident) -> Option<&'t Column> {
    table?.column(name)
}

fn dropped_column(step: &Step<'_>, table: &RelationName, name: &Ident) -> Inverse {
    let Some(known) = step.before().table(table).any() else { return Inverse::Unknown };
    let Some(old) = known.column(name) else { return Inverse::Unknown };
    let (Some(text), Some(members)) =
        (restore::column(old), restore::lost_members(step.before(), step.after(), table))
    else {
        return Inverse::Unknown;
    };
    let mut statements = vec![format!("ALTER TABLE {} ADD COLUMN {text}", relation_sql(table))];
    statements.extend(members);
    let lost = match old.not_null && !text.ends_with("NOT NULL") {
        true => format!("the values of {table}.{name} are not restored; it was NOT NULL"),
        false => format!("the values of {table}.{name} are not restored"),
    };
    Inverse::Partly(statements, lost)
}

/// What brings a column back behind `ALTER COLUMN`; `Some(None)` where nothing changed.
fn altered(
    step: &Step<'_>,
    table: &RelationName,
    name: &Ident,
    change: &ColumnChange,
) -> Option<Option<String>> {
    let old = column(step.before().table(table).any(), name);
    let text = match change {
        ColumnChange::Type { .. } => {
            let data_type = old?.data_type.as_ref()?;
            format!("TYPE {data_type} USING {}::{data_type}", quoted(name))
        }
        ColumnChange::SetNotNull if old.is_some_and(|old| old.not_null) => return Some(None),
        ColumnChange::SetNotNull => "DROP NOT NULL".to_owned(),
        ColumnChange::DropNotNull if old.is_some_and(|old| !old.not_null) => return Some(None),
        ColumnChange::DropNotNull => "SET NOT NULL".to_owned(),
        ColumnChange::SetDefault(_) | ColumnChange::DropDefault => match &old?.default {
            Some(default) => format!("SET DEFAULT {}", default.sql),
            None if matches!(change, ColumnChange::DropDefault) => return Some(None),
            None => "DROP DEFAULT".to_owned(),
        },
        ColumnChange::AddIdentity(_) => "DROP IDENTITY".to_owned(),
        _ => return None,
    };
    Some(Some(text))
}

fn added_constraint(step: &Step<'_>, table: &RelationName) -> Inverse {
    let before = step.before().table(table).any();
    let Some(after) = step.after().table(table).any() else { return Inverse::Unknown };
    let is_new = |name: &Ident| before.is_none_or(|before| before.constraint(name).is_none());
    let added = after.constraints.iter().filter(|one| is_new(&one.name));
    let drops: Vec<String> = added
        .map(|one| {
            format!("ALTER TABLE {} DROP CONSTRAINT {}", relation_sql(table), quoted(&one.name))
        })
        .collect();
    if drops.is_empty() { Inverse::Unknown } else { Inverse::Sql(drops) }
}
