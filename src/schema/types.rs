//! Types that the history made.

use super::RelationName;
use crate::migration::{Expr, Ident, SqlType, Validity};

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDef {
    /// Name.
    pub name: RelationName,
    /// What it is.
    pub body: TypeBody,
    /// Whether the replay is sure of it.
    pub certain: bool,
    /// Number of the statement that made it.
    pub born: u64,
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "it stands behind the Arc of its TypeDef")]
pub enum TypeBody {
    /// An enum with its values in order; `added` counts, for each, the statement that added it.
    Enum {
        /// Values with the number of the statement that added them.
        values: Vec<(String, u64)>,
    },
    /// A domain.
    Domain {
        /// Base type.
        base: SqlType,
        /// `NOT NULL`.
        not_null: bool,
        /// Default.
        default: Option<Expr>,
        /// Checks with their names and validity.
        checks: Vec<(Ident, Expr, Validity)>,
    },
    /// A composite type with its attributes.
    Composite {
        /// Attributes.
        attributes: Vec<(Ident, SqlType)>,
    },
    /// Range, base and other types.
    Other,
}
