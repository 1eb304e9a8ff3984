//! The productions that MySQL and MariaDB have for themselves: their definitions of tables and
//! indexes, stored programs, settings of their own.
//!
//! [`heads`] says which production reads which statement, as [`super::heads`] does for the other
//! dialects. Statements on rows are read by [`super::dml`] for all of them.

pub(super) mod alter_table;
pub(super) mod body;
pub(super) mod column;
pub(super) mod create;
pub(super) mod data_type;
pub(super) mod drop;
pub(super) mod heads;
pub(super) mod index;
pub(super) mod key;
pub(super) mod object;
pub(super) mod online;
pub(super) mod options;
pub(super) mod partition;
pub(super) mod prepared;
pub(super) mod program;
pub(super) mod reserved;
pub(super) mod session;
pub(super) mod string;
pub(super) mod table;
pub(super) mod types;
pub(super) mod view;
