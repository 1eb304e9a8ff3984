//! PL/pgSQL blocks: the SQL in them, under which conditions it runs.

use crate::migration::Guard;
use crate::source::{MappedText, Span};

/// What a block runs, in the order of the text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockBody {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Whether it commits or rolls back.
    pub ends_transaction: bool,
}

/// One thing that a block runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Bytes of the body.
    pub span: Span,
    /// When it runs.
    pub guard: Guard,
    /// What it is.
    pub kind: PieceKind,
}

/// What a piece of a block is.
#[derive(Debug, Clone, PartialEq)]
pub enum PieceKind {
    /// A statement of SQL (`PERFORM` as `SELECT`, `INTO` targets taken out), mapped to bytes of
    /// the body.
    Sql(MappedText),
    /// One or more statements in a literal that `EXECUTE` runs, mapped to bytes of the body.
    ExecuteLiteral(MappedText),
    /// An expression that is evaluated: the text at the piece's span.
    Evaluate,
    /// Its effect cannot be told before it runs; the reason is a phrase.
    Opaque {
        /// Why.
        reason: String,
    },
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
}

/// Reads a block's text.
pub fn body(text: &str) -> BlockBody {
    let span = Span::new(0, text.len());
    let kind = PieceKind::Opaque { reason: "the block was not understood".to_owned() };
    BlockBody { pieces: vec![Piece { span, guard: Guard::Always, kind }], ends_transaction: false }
}
