//! What the deployed releases of the application still use of the database.
//!
//! `release` takes the files of a release out of git's object store, `read` turns each of them into
//! [`Mention`]s and models (one reader per language: `python`, `prisma`, `rust`, `strings`),
//! `index` puts a release together, `usage` answers whether a column, a table or an enum's value
//! is used, and `breaks` says what a statement takes away from running releases.
//!
//! Nothing is checked out, imported or run. What cannot be known is [`Usage::Possible`].

mod breaks;
mod compat;
mod files;
mod index;
mod mention;
mod prisma;
mod python;
mod read;
mod release;
mod rust;
mod sql;
mod strings;
mod usage;
mod words;

pub use breaks::{Break, BreakKind, breaks, listed};
pub use compat::{Conflict, Doubt, History, Matrix, Row, Verdict, compare};
pub use files::{AppFiles, BadPattern};
pub use mention::{How, Mention, Name, Subject};
pub use release::{Deployed, ReadError, Release, Site};
pub use usage::Usage;
