//! Alembic revisions, from Python to statements, without running them.
//!
//! The evaluation turns `upgrade()` and `downgrade()` into [`DirectiveCall`]s; `render` writes the
//! SQL that Alembic sends for one of them, with every byte mapped to the Python that causes it;
//! `lower` has the SQL front end parse that, so that replay, effects and rules see statements as
//! anywhere else.
//!
//! [`DirectiveCall`]: crate::migration::python::DirectiveCall

mod lower;
mod render;

pub use lower::lower;
pub use render::{RenderContext, Rendered, RenderedStatement, render};
