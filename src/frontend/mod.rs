//! Front ends: every language of migrations, turned into the model.
//!
//! A front end reads text and writes [`crate::migration`]; it knows neither the schema nor what a
//! statement does to a server.

pub mod alembic;
pub mod sql;
