//! Spellings that the parser does not know, turned into others of equal meaning for the facts.

use super::tokens::Tokens;

/// Applies every rewriting, each in one pass.
pub fn all(tokens: &mut Tokens<'_>) {
    let _ = tokens;
}
