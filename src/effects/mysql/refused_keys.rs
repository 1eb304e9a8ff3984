//! What the server refuses of foreign keys, and of changes that stand against them.

use super::refusals::Judge;
use super::retyping::{Retype, Retyping};
use super::shape::{KeyKind, KeyShape, Shape};
use crate::effects::Refusal;
use crate::migration::{ColumnConstraint, Expr, Ident, ReferentialAction, TableChange};
use crate::schema::ConstraintBody;

impl Judge<'_, '_> {
    /// Why a foreign key stands against the change.
    pub fn foreign_keys(&self) -> Option<Refusal> {
        self.foreign_key_columns()
            .or_else(|| self.foreign_key_nulls())
            .or_else(|| self.foreign_key_cascades())
            .or_else(|| self.foreign_key_indexes())
            .or_else(|| self.foreign_key_twice())
    }

    /// Columns of foreign keys stay, with their types.
    fn foreign_key_columns(&self) -> Option<Refusal> {
        let own = self.table.constraints.iter().filter(|it| !self.drops_constraint(&it.name));
        for key in own {
            let ConstraintBody::ForeignKey { columns, table, .. } = &key.body else { continue };
            for column in columns {
                if self.asked.dropped.contains(column) || self.retypes(column) {
                    let reason = format!(
                        "foreign key \"{}\" to {table} needs column \"{column}\"",
                        key.name
                    );
                    return Some(Refusal::in_use(reason));
                }
            }
        }
        let references = self.draft.references(self.alter.name);
        for (child, key, referenced) in references {
            for column in referenced {
                if self.asked.dropped.contains(column) || self.retypes(column) {
                    let reason =
                        format!("foreign key \"{key}\" of {child} names column \"{column}\"");
                    return Some(Refusal::in_use(reason));
                }
            }
        }
        None
    }

    /// A column that a foreign key sets to null can be null.
    fn foreign_key_nulls(&self) -> Option<Refusal> {
        let stated_not_null = |column: &&Ident| {
            let after = self.after.column(column);
            self.asked.restated.contains(column) && after.is_some_and(|after| !after.nullable)
        };
        self.own_keys().find_map(|(name, columns, actions)| {
            let column = columns.iter().find(stated_not_null)?;
            actions.contains(&ReferentialAction::SetNull).then(|| {
                let reason = format!("foreign key \"{name}\" sets column \"{column}\" to null");
                Refusal::in_use(reason)
            })
        })
    }

    /// MySQL keeps no value that is computed of one which a foreign key may change.
    fn foreign_key_cascades(&self) -> Option<Refusal> {
        if !self.is_mysql() {
            return None;
        }
        let stored = self.alter.changes.iter().filter_map(|change| match change {
            TableChange::AddColumn { column, .. } => column.constraints.iter().find_map(stored),
            _ => None,
        });
        let used: Vec<&Ident> = stored.flat_map(Expr::columns).collect();
        self.own_keys().find_map(|(name, columns, actions)| {
            let column = columns.iter().find(|column| used.contains(column))?;
            let changes = |action: &ReferentialAction| {
                !matches!(action, ReferentialAction::NoAction | ReferentialAction::Restrict)
            };
            actions.iter().any(changes).then(|| {
                let reason = format!("foreign key \"{name}\" may change column \"{column}\"");
                Refusal::in_use(reason)
            })
        })
    }

    /// Foreign keys that stay: name, columns, what they do to rows.
    fn own_keys(&self) -> impl Iterator<Item = (&Ident, &[Ident], [ReferentialAction; 2])> {
        let own = self.table.constraints.iter().filter(|it| !self.drops_constraint(&it.name));
        own.filter_map(|key| match &key.body {
            ConstraintBody::ForeignKey { columns, on_delete, on_update, .. } => {
                Some((&key.name, columns.as_slice(), [*on_delete, *on_update]))
            }
            _ => None,
        })
    }

    /// Whether a column of a foreign key gets a type that it may not have. MariaDB takes no other at
    /// all; MySQL one that leaves the values as they are, and any of the same kind where keys are not
    /// checked.
    fn retypes(&self, column: &Ident) -> bool {
        let renamed = self.asked.renamed.iter().find(|(old, _)| old == column);
        let name = renamed.map_or(column, |(_, new)| new);
        let (Some(old), Some(new)) = (self.before.column(column), self.after.column(name)) else {
            return false;
        };
        let (Some(from), Some(to)) = (&old.data_type, &new.data_type) else { return false };
        if !self.asked.restated.contains(name) {
            return false;
        }
        let retyping = Retyping { column: name, table: self.after, target: self.draft.target };
        let session = super::sessions::of(self.draft.schema, self.draft.target);
        match retyping.judge(from, to) {
            Retype::Same => false,
            _ if !self.is_mysql() => true,
            Retype::Rewritten(_) => session.foreign_key_checks || from.is_other_than(to),
            _ => false,
        }
    }

    /// A foreign key needs an index on both sides; MariaDB lets it go where keys are not checked.
    fn foreign_key_indexes(&self) -> Option<Refusal> {
        let session = super::sessions::of(self.draft.schema, self.draft.target);
        let always = self.is_mysql() && self.draft.target.at_least(8);
        if !always && !session.foreign_key_checks {
            return None;
        }
        let lost = |columns: &[Ident]| {
            let serves = |shape: &Shape| shape.keys.iter().any(|key| leads(key, columns));
            serves(self.before) && !serves(self.after)
        };
        let own = self.table.constraints.iter().filter(|it| !self.drops_constraint(&it.name));
        for key in own {
            let ConstraintBody::ForeignKey { columns, .. } = &key.body else { continue };
            let renamed = columns.iter().any(|it| self.after.column(it).is_none());
            if !renamed && lost(columns) {
                let reason = format!("foreign key \"{}\" needs the index that goes", key.name);
                return Some(Refusal::in_use(reason));
            }
        }
        let serves =
            |key: &KeyShape, columns: &[Ident]| leads(key, columns) && self.is_held(key, columns);
        let lost_of = |columns: &[Ident]| {
            let served = |shape: &Shape| shape.keys.iter().any(|key| serves(key, columns));
            let stays = columns.iter().all(|it| self.after.column(it).is_some());
            stays && served(self.before) && !served(self.after)
        };
        let (child, key, _) = self
            .draft
            .references(self.alter.name)
            .into_iter()
            .find(|(_, _, columns)| lost_of(columns))?;
        Some(Refusal::in_use(format!("foreign key \"{key}\" of {child} needs the index that goes")))
    }

    /// Whether a key that is referenced holds its index back. MariaDB lets a primary key go; MySQL
    /// from 8.4 on references unique keys over these columns and no others.
    fn is_held(&self, key: &KeyShape, columns: &[Ident]) -> bool {
        if !self.is_mysql() {
            return key.kind != KeyKind::Primary;
        }
        let exact = matches!(key.kind, KeyKind::Primary | KeyKind::Unique)
            && key.parts.len() == columns.len();
        exact || !self.draft.target.at_least_version(8, 4)
    }

    /// A foreign key cannot be dropped and made again under its name in one statement.
    fn foreign_key_twice(&self) -> Option<Refusal> {
        let twice = self.alter.changes.iter().find_map(|change| match change {
            TableChange::AddConstraint(constraint) => {
                let name = constraint.name.as_ref()?;
                let is_key = self
                    .table
                    .constraint(name)
                    .is_some_and(|it| matches!(it.body, ConstraintBody::ForeignKey { .. }));
                is_key.then_some(name)
            }
            _ => None,
        })?;
        Some(Refusal::exists(format!("the name \"{twice}\" is taken until the statement ends")))
    }
}

/// Whether an index begins with these columns, in this order.
fn leads(key: &KeyShape, columns: &[Ident]) -> bool {
    key.columns().count() >= columns.len() && key.columns().zip(columns).all(|(is, has)| is == has)
}

fn stored(constraint: &ColumnConstraint) -> Option<&Expr> {
    match constraint {
        ColumnConstraint::Generated { expr, stored: true } => Some(expr),
        _ => None,
    }
}
