//! What `CASCADE` takes along.

use super::StatementContext;
use crate::effects::{Loss, ObjectRef};
use crate::migration::{Action, ActionKind, ObjectKind, TableChange, Truncate};
use crate::schema::RelationName;

/// Something that goes without being named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Victim {
    /// In words: ``view `open_orders` ``.
    pub text: String,
    /// Its relation.
    pub relation: RelationName,
}

/// Objects that the action's `CASCADE` drops (or empties) though it does not name them, and that
/// would have stopped it without `CASCADE`. What belongs to a named table goes with it anyway.
pub fn cascade_victims(context: &StatementContext<'_>, action: &Action) -> Vec<Victim> {
    if let ActionKind::Truncate(truncate) = &action.kind {
        return emptied(context, truncate);
    }
    let own = Named::of(context, action);
    context
        .effects()
        .dropped
        .iter()
        .filter(|object| !matches!(object.kind, ObjectKind::Index | ObjectKind::Sequence))
        .filter(|object| !own.covers(object))
        .map(|object| Victim { text: describe(object), relation: object.name.clone() })
        .collect()
}

/// What an action names itself.
struct Named<'a> {
    relations: Vec<RelationName>,
    /// The table of a subcommand of `ALTER TABLE`, with the column that it drops.
    member: Option<(RelationName, Option<&'a str>)>,
}

impl<'a> Named<'a> {
    fn of(context: &StatementContext<'_>, action: &'a Action) -> Self {
        match &action.kind {
            ActionKind::Drop(drop) => Self {
                relations: drop.names.iter().map(|name| context.resolve(name)).collect(),
                member: None,
            },
            ActionKind::AlterTable { table, change } => {
                let column = match change.as_ref() {
                    TableChange::DropColumn { column, .. } => Some(column.as_str()),
                    _ => None,
                };
                Self { relations: Vec::new(), member: Some((context.resolve(&table.name), column)) }
            }
            _ => Self { relations: Vec::new(), member: None },
        }
    }

    fn covers(&self, object: &ObjectRef) -> bool {
        if self.relations.contains(&object.name) {
            return true;
        }
        let Some((table, column)) = &self.member else { return false };
        if object.name != *table {
            return false;
        }
        match object.kind {
            // Another column of the same table goes only because of CASCADE.
            ObjectKind::Column => {
                object.member.as_ref().map(crate::migration::Ident::as_str) == *column
            }
            _ => true,
        }
    }
}

fn emptied(context: &StatementContext<'_>, truncate: &Truncate) -> Vec<Victim> {
    let named: Vec<RelationName> =
        truncate.tables.iter().map(|(name, _)| context.resolve(name)).collect();
    context
        .effects()
        .losses
        .iter()
        .filter_map(|loss| match loss {
            Loss::Rows(table) if !named.contains(table) => {
                Some(Victim { text: format!("table `{table}`"), relation: table.clone() })
            }
            _ => None,
        })
        .collect()
}

fn describe(object: &ObjectRef) -> String {
    let kind = object.kind.as_str().replace('_', " ");
    match &object.member {
        Some(member) if object.kind == ObjectKind::Column => {
            format!("column `{}.{member}`", object.name)
        }
        Some(member) => format!("{kind} `{member}` of `{}`", object.name),
        None => format!("{kind} `{}`", object.name),
    }
}
