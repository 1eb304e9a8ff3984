//! Finds migration folders, says which tool's layout each one follows and why, and reads their
//! files into drafts: scripts in the order in which the tool runs them, each with its direction
//! and the way the tool sends it.
//!
//! `tools` has one file per layout, and the list that says which is asked first. `walk` finds
//! folders, `read` reads files, `dialect` decides whose SQL it is, `project` puts a project
//! together, `discover` is the way in. This room prints nothing, knows no environment and never
//! parses SQL; the front ends turn its [`Draft`]s into migrations.

mod dependencies;
mod dialect;
mod discover;
mod error;
mod foreign_code;
mod heads;
mod layout_trait;
mod look;
mod manifest;
mod name;
mod named_files;
mod order;
mod overlay;
mod paths;
mod problem;
mod project;
mod read;
mod registers;
mod remark;
mod said;
mod signs;
mod since;
mod tools;
mod walk;

pub use dialect::{DialectEvidence, DialectReason};
pub use discover::{DiscoverOptions, Discovery, Skipped, discover};
pub use error::{LayoutError, UnknownLayout};
pub use overlay::Overlay;
pub use paths::normalised;
pub use problem::{Problem, ReadError};
pub use project::{Draft, Ignored, Program, Project, PythonProject};
pub use registers::{Register, Standing, Touched, registers};
pub use said::Variables;
pub use since::{FileChange, Versioned};
pub use tools::ProjectModules;

use layout_trait::{Candidate, Layout};
use tools::{CANDIDATES, plain};

/// How a path is printed: relative to the repository, else to the working directory (absolute).
pub fn printed_path(working_directory: &std::path::Path, path: &std::path::Path) -> String {
    let bases = paths::Bases::new(working_directory);
    bases.shown(&bases.absolute(path))
}

/// How a layout is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LayoutMeta {
    /// Name in configuration and JSON, such as `golang-migrate`.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
}

/// All layouts that can be read, in the order in which they are asked; the last is that of scripts
/// that belong to no project.
pub fn layouts() -> impl Iterator<Item = LayoutMeta> {
    readers().map(|layout| layout.meta()).chain(std::iter::once(plain::META))
}

/// The layout of that name.
///
/// # Errors
/// [`UnknownLayout`] with the nearest name.
pub fn layout_named(name: &str) -> Result<LayoutMeta, UnknownLayout> {
    layouts().find(|meta| meta.name == name).ok_or_else(|| UnknownLayout::new(name, layouts()))
}

fn readers() -> impl Iterator<Item = &'static dyn Layout> {
    CANDIDATES.iter().filter_map(|candidate| match candidate {
        Candidate::Read(layout) => Some(*layout),
        Candidate::NotYet(_) => None,
    })
}
