//! Names of what the replayed schema holds.

use crate::migration::{Ident, ObjectName};
use std::fmt;
use std::sync::LazyLock;

static TEMPORARY: LazyLock<Ident> = LazyLock::new(|| Ident::new("pg_temp"));
static FIRST: LazyLock<RelationName> =
    LazyLock::new(|| RelationName::new(Ident::new(""), Ident::new("")));

/// A relation's full name. Temporary relations live in `pg_temp`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// The schema.
    pub schema: Ident,
    /// The name in it.
    pub name: Ident,
}

impl RelationName {
    /// A name in a schema.
    pub fn new(schema: Ident, name: Ident) -> Self {
        Self { schema, name }
    }

    /// A name in `public`.
    pub fn public(name: &str) -> Self {
        Self::new(Ident::new("public"), Ident::new(name))
    }

    /// A name among those of the session's temporary relations.
    pub fn temporary(name: Ident) -> Self {
        Self::new(TEMPORARY.clone(), name)
    }

    /// Whether it is one of those.
    pub fn is_temporary(&self) -> bool {
        self.schema == *TEMPORARY
    }

    /// What sorts before every name.
    pub(super) fn first() -> Self {
        FIRST.clone()
    }

    /// The same schema with another name.
    pub fn sibling(&self, name: Ident) -> Self {
        Self::new(self.schema.clone(), name)
    }
}

/// `t`, or `s.t` outside `public`; temporary relations are printed bare.
impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema == "public" || self.schema == "pg_temp" {
            return write!(f, "{}", self.name);
        }
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl RelationName {
    /// The same name with its schema spelled out.
    pub(crate) fn to_object_name(&self) -> ObjectName {
        ObjectName { schema: Some(self.schema.clone()), name: self.name.clone() }
    }

    /// The full name that a name with a schema is; `None` for a bare one.
    pub(crate) fn of_qualified(name: &ObjectName) -> Option<Self> {
        name.schema.clone().map(|schema| Self::new(schema, name.name.clone()))
    }
}
