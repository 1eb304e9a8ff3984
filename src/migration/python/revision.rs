//! A revision's place in the graph, as its file says it.

use crate::source::Span;

/// The module-level names of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Revision {
    /// `revision`.
    pub id: String,
    /// Where the id is written.
    pub id_span: Span,
    /// `down_revision`: none for a base, several for a merge.
    pub parents: Vec<Reference>,
    /// `depends_on`.
    pub depends_on: Vec<Reference>,
    /// `branch_labels`.
    pub labels: Vec<String>,
    /// The first line of the file's docstring.
    pub description: String,
    /// Where `downgrade()` does nothing: its `pass`, or the place behind its docstring.
    pub idle_downgrade: Option<Span>,
    /// What it imports beside Alembic, SQLAlchemy and Python itself, a name each.
    pub imports: Vec<Import>,
}

/// A name that a revision imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module, with the dots of a relative import.
    pub module: String,
    /// The statement.
    pub span: Span,
    /// What it is for.
    pub used: Use,
}

/// What an imported name is for; of several the last one here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// It is not read.
    Nothing,
    /// It is a column type.
    Types,
    /// It is read, or called.
    Values,
}

/// A revision that another one names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What is written: an id, the beginning of one, or for `depends_on` a label.
    pub written: String,
    /// Where.
    pub span: Span,
    /// The id that it stands for; `None` where no revision of the project has it.
    pub id: Option<String>,
}

impl Revision {
    /// Ids of the revisions that must run before it, as far as they exist.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        self.parents.iter().chain(&self.depends_on).filter_map(|one| one.id.as_deref())
    }
}
