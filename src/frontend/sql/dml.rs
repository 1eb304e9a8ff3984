//! Statements that read and change rows, lowered to actions.

use crate::migration::{ActionKind, Dialect};

/// Why a statement could not be lowered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DmlError {
    /// Byte of the statement's text.
    pub offset: usize,
    /// What was wrong, as a phrase.
    pub message: String,
}

/// Lowers one statement.
///
/// # Errors
/// [`DmlError`] where it is not understood.
pub fn lower(sql: &str, dialect: Dialect) -> Result<Vec<ActionKind>, DmlError> {
    let _ = (sql, dialect);
    Ok(Vec::new())
}
