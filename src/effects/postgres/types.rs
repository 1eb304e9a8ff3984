//! Types as the history made them: domains seen through.

use crate::migration::{Expr, ObjectName, SqlType};
use crate::schema::{Schema, TypeBody};

/// What a domain adds to its base type.
pub(super) struct Domain {
    /// The type under all domains.
    pub base: SqlType,
    /// Whether a value must be checked on its way in.
    pub constrained: bool,
    /// The default, of the outermost domain that has one.
    pub default: Option<Expr>,
}

/// Domains over domains are followed no deeper.
const DEPTH: usize = 16;

/// The domain that a type is, if the history made it one.
pub(super) fn domain_of(schema: &Schema, data_type: &SqlType) -> Option<Domain> {
    let mut found: Option<Domain> = None;
    let mut at = data_type.clone();
    for _ in 0..DEPTH {
        if at.dimensions > 0 {
            break;
        }
        let Some(TypeBody::Domain { base, not_null, default, checks }) =
            schema.type_def(&at.name).map(|def| &def.body)
        else {
            break;
        };
        let constrained = *not_null || !checks.is_empty();
        let outer = found.take();
        found = Some(Domain {
            base: base.clone(),
            constrained: constrained || outer.as_ref().is_some_and(|outer| outer.constrained),
            default: outer.and_then(|outer| outer.default).or_else(|| default.clone()),
        });
        at = base.clone();
    }
    found
}

/// The collation of a type where it is not that of the database: its own, or that of its domain.
pub(super) fn collation_of(schema: &Schema, data_type: &SqlType) -> Option<ObjectName> {
    let own = data_type.collation.clone();
    let collation = own.or_else(|| domain_of(schema, data_type)?.base.collation);
    collation.filter(|collation| collation.name != "default")
}
