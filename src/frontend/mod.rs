//! Front ends: text of a language in, statements of the model out.

pub mod sql;
