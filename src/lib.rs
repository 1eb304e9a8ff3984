//! lockgate reads database migrations before they run and says what each statement does to a live
//! database.

pub mod cli;
pub mod config;
pub mod effects;
pub mod engine;
pub mod finding;
pub mod frontend;
pub mod layout;
pub mod migration;
pub mod pipeline;
pub mod report;
pub mod rule;
pub mod rules;
pub mod schema;
pub mod source;
mod suggest;
pub mod timeline;
