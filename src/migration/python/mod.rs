//! What a Python migration says: values as far as they are known without running it, and the
//! calls of its framework's directives with them.
//!
//! The front end makes these, rendering turns them into statements, and rules read them where the
//! hazard is in how the Python is written.

mod args;
mod column;
mod directive;
mod revision;
mod text;
mod value;

pub use args::{called, given, is_sqlalchemy, is_true, keyword, last};
pub use column::{Column, Key};
pub use directive::{Batch, CommitMode, DirectiveCall, Keyword, Sender};
pub use revision::{Import, Reference, Revision, Use};
pub use text::Text;
pub use value::{Call, Callee, Handle, Kind, Listing, Source, Value};
