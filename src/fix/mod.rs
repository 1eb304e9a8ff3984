//! Fixes: which of them are taken together (`choose`), what they make of the files (`changes`),
//! how that differs from what is there (`diff`), and how it gets there (`write`).
//!
//! Rounds of choosing, applying and linting again are run by `pipeline`; only `write` touches
//! files.

mod changes;
mod choose;
mod diff;
mod write;

pub use changes::{Change, Changes, edited};
pub use choose::{Choice, Key, choose, key};
pub use diff::unified;
pub use write::{WriteError, write};
