//! SQL, from bytes to actions.

pub mod dml;
pub mod facts;
pub mod plpgsql;
pub mod types;
