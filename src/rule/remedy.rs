//! What a fix changes, before it has a message.

use crate::finding::{Edit, NewFile};

/// Edits and new files that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remedy {
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// Files that are made.
    pub creates: Vec<NewFile>,
}

impl From<Vec<Edit>> for Remedy {
    fn from(edits: Vec<Edit>) -> Self {
        Self { edits, creates: Vec::new() }
    }
}

impl From<Edit> for Remedy {
    fn from(edit: Edit) -> Self {
        vec![edit].into()
    }
}
