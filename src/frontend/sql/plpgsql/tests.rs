//! Blocks and their pieces.
