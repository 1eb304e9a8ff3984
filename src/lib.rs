//! lockgate reads database migrations before they run and says what each statement does to a live
//! database.

pub mod layout;
pub mod migration;
pub mod source;
