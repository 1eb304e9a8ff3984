//! Text to statements: one pass over the bytes, iterative, so that neither size nor nesting hurts.
//!
//! [`lexer`] knows tokens, [`placeholder`] what is no SQL but stands for some, [`split`] where a
//! statement ends. What a statement means is the matter of [`super::statement`].

mod byte;
pub(super) mod lexer;
mod mysql;
pub(super) mod placeholder;
mod program;
pub(super) mod quoted;
mod rows;
pub(super) mod split;
mod token;

pub(super) use split::{Chunk, Item, Splitter};
pub(super) use token::{Token, TokenKind};
