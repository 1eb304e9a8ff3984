//! A live schema whose definitions were read as migrations are: its facts are then spelt as the
//! replay's, and all of them compare.

use super::drift::{detail, kind_and_columns, plain_text};
use super::{Live, LiveColumn, LiveConstraint, Spelling};
use crate::migration::Validity;
use crate::schema::{Column, Constraint, Schema, Table};

impl Live {
    /// Takes the facts of tables from a schema that was made of [`Live::definitions`]. What was not
    /// understood of them stays as it was found.
    pub fn describe(&mut self, definitions: &Schema) {
        self.spelling = Spelling::Replay;
        for (name, relation) in &mut self.relations {
            let Some(table) = definitions.table(name).known() else { continue };
            if !table.columns_known {
                continue;
            }
            relation.columns = table.columns.iter().map(column).collect();
            relation.constraints = constraints(table);
        }
    }
}

fn column(column: &Column) -> LiveColumn {
    LiveColumn {
        name: column.name.clone(),
        data_type: column.data_type.as_ref().map(ToString::to_string).unwrap_or_default(),
        not_null: column.not_null,
        has_default: Some(column.default.is_some()),
        default: column.default.as_ref().map(|default| plain_text(&default.sql)),
    }
}

fn constraints(table: &Table) -> Vec<LiveConstraint> {
    table.constraints.iter().filter_map(constraint).collect()
}

fn constraint(constraint: &Constraint) -> Option<LiveConstraint> {
    let (kind, columns) = kind_and_columns(constraint)?;
    Some(LiveConstraint {
        name: constraint.name.to_string(),
        kind: kind.to_string(),
        columns,
        detail: detail(constraint),
        validated: constraint.validity != Validity::NotValid,
    })
}
