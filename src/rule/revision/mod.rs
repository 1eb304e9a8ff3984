//! Fixes that edit revisions in Python: arguments that are added, calls that are put outside of the
//! transaction, new revisions, ways back.
//!
//! `edits` changes calls where they stand, `alchemy` writes what the replayed schema knows as
//! SQLAlchemy has it, `server_default` gives columns a default, `existing` says what they
//! are, `flag` takes
//! flags of columns out, `following` makes a revision that runs after another, `move_out` moves a directive into one,
//! `staged` puts SQL in a directive's place, `undo` writes a way back and `table` the tables of it.

mod alchemy;
mod edits;
mod existing;
mod flag;
mod following;
mod literal;
mod move_out;
mod server_default;
mod staged;
mod table;
mod undo;

pub use server_default::{server_default, server_default_for_rows};

pub(super) use undo::downgrade;
