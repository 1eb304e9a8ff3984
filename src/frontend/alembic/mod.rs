//! Alembic revisions, from Python to statements, without running them.
//!
//! `revision` reads a revision's place in the graph; `eval` turns `upgrade()` and `downgrade()`
//! into [`DirectiveCall`]s; `render` writes the SQL that Alembic sends for one of them, with every
//! byte mapped to the Python that causes it; `lower` has the SQL front end parse that (`copied` where the
//! table has to be known first), so that
//! replay, effects and rules see statements as anywhere else.
//!
//! [`DirectiveCall`]: crate::migration::python::DirectiveCall

mod bindings;
mod copied;
mod environment;
mod eval;
mod imports;
mod library;
mod limits;
mod literal;
mod lower;
mod marks;
mod module;
mod naming;
mod paths;
mod render;
mod revision;
mod script;

pub use copied::{CopiedTable, copied_tables};
pub use environment::Environment;
pub use eval::{Evaluation, evaluate};
pub use library::{Library, NoSources, Sources};
pub use lower::lower;
pub use module::{Module, SyntaxError};
pub use naming::NamingConvention;
pub use render::{
    Reflected, ReflectedColumn, ReflectedConstraint, ReflectedIndex, ReflectedKind, RenderContext,
    Rendered, RenderedStatement, render,
};
pub use revision::{Header, header};
pub use script::parse;
