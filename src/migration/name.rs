//! Names as the server compares them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use ustr::Ustr;

/// An identifier after folding: what the catalogue stores.
///
/// MySQL keeps a column's name as it was written and compares it without case: such a name is
/// equal to any spelling of itself, and shown as it was written.
///
/// A history has few different names and copies them at every step, so each text is kept once, for
/// as long as the process runs, and a name is a pointer to it.
#[derive(Debug, Clone)]
pub struct Ident {
    /// What is compared.
    folded: Ustr,
    /// What is shown, where it differs.
    written: Option<Ustr>,
}

impl Ident {
    /// Takes a name that is already folded.
    pub fn new(folded: impl AsRef<str>) -> Self {
        Self { folded: Ustr::from(folded.as_ref()), written: None }
    }

    /// Takes a name that is compared without case.
    pub fn caseless(written: &str) -> Self {
        Self::shown_as(&written.to_lowercase(), written)
    }

    /// A name that is compared without case, behind one that is not and a dot.
    pub fn caseless_in(outer: &str, written: &str) -> Self {
        let folded = format!("{outer}.{}", written.to_lowercase());
        Self::shown_as(&folded, &format!("{outer}.{written}"))
    }

    fn shown_as(folded: &str, written: &str) -> Self {
        let differs = folded != written;
        Self { folded: Ustr::from(folded), written: differs.then(|| Ustr::from(written)) }
    }

    /// The name as the catalogue shows it.
    pub fn as_str(&self) -> &str {
        self.written.as_ref().unwrap_or(&self.folded).as_str()
    }

    /// What is compared.
    pub fn folded(&self) -> &str {
        self.folded.as_str()
    }
}

impl PartialEq for Ident {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Ident {}

impl PartialOrd for Ident {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ident {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.folded == other.folded {
            return Ordering::Equal;
        }
        self.folded.as_str().cmp(other.folded.as_str())
    }
}

impl Hash for Ident {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl serde::Serialize for Ident {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Ident {
    fn from(folded: &str) -> Self {
        Self::new(folded)
    }
}

impl PartialEq<str> for Ident {
    fn eq(&self, other: &str) -> bool {
        self.folded.as_str() == other
    }
}

impl PartialEq<&str> for Ident {
    fn eq(&self, other: &&str) -> bool {
        self.folded.as_str() == *other
    }
}

/// A name that may carry a schema, as written: unresolved until the replayed schema is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The schema, where written.
    pub schema: Option<Ident>,
    /// The object's own name.
    pub name: Ident,
}

impl ObjectName {
    /// A name without schema.
    pub fn bare(name: impl Into<Ident>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A name with its schema.
    pub fn qualified(schema: impl Into<Ident>, name: impl Into<Ident>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }

    /// The schema, or `public`.
    pub fn schema_or_public(&self) -> &str {
        self.schema.as_ref().map_or("public", Ident::as_str)
    }
}

/// `t`, or `s.t` outside `public`: how relations are printed everywhere.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) if schema != "public" => write!(f, "{schema}.{}", self.name),
            _ => write!(f, "{}", self.name),
        }
    }
}
