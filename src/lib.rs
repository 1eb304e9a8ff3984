//! lockgate reads database migrations before they run and says what each statement does to a live
//! database.

pub mod effects;
pub mod migration;
pub mod schema;
pub mod source;
