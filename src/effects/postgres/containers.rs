//! Columns whose values hold values of a type somewhere inside: arrays of it, composite types with
//! it. The server does not look into them, and refuses what it would have to check there
//! (`find_composite_type_dependencies`).

use super::draft::Draft;
use crate::effects::Refusal;
use crate::migration::SqlType;
use crate::schema::{RelationName, Schema, TypeBody};

/// Types within types are followed no deeper.
const DEPTH: usize = 16;

/// How a column has a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It is of the type, or of a domain over it.
    Itself,
    /// A part of its values is.
    Within,
}

/// Refuses a change of the type that stored values cannot follow.
pub(super) fn refuse(draft: &mut Draft<'_>, wanted: &RelationName, as_well: Held) {
    let schema = draft.schema;
    let stored = schema.relations().filter(|relation| relation.certain).find_map(|relation| {
        let table = relation.as_table().filter(|table| table.partitioning.is_none())?;
        let column = table.columns.iter().find(|column| {
            let held = column.data_type.as_ref().and_then(|ty| held(schema, ty, wanted, DEPTH));
            column.certain && (held == Some(Held::Within) || held == Some(as_well))
        })?;
        Some((&relation.name, &column.name))
    });
    if let Some((table, column)) = stored {
        let reason = format!("column \"{column}\" of {table} has values of {wanted} within");
        draft.refuse(Refusal::unfit(reason));
    }
}

fn held(schema: &Schema, ty: &SqlType, wanted: &RelationName, depth: usize) -> Option<Held> {
    let def = schema.type_def(&ty.name)?;
    let depth = depth.checked_sub(1)?;
    let found = match &def.body {
        _ if def.name == *wanted => Held::Itself,
        TypeBody::Domain { base, .. } => held(schema, base, wanted, depth)?,
        TypeBody::Composite { attributes } => attributes
            .iter()
            .find_map(|(_, ty)| held(schema, ty, wanted, depth))
            .map(|_| Held::Within)?,
        TypeBody::Enum { .. } | TypeBody::Other => return None,
    };
    Some(if ty.dimensions > 0 { Held::Within } else { found })
}
