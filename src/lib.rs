//! lockgate reads database migrations before they run and says what each statement does to a live
//! database.

pub mod frontend;
pub mod migration;
pub mod source;
