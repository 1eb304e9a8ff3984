//! Finds migration folders, says which tool's layout each one follows and why, and reads their
//! files into drafts: scripts in the order in which the tool runs them, each with its direction
//! and the way the tool sends it.
//!
//! One file per layout, one list (`CANDIDATES`) that says which is asked first. `walk` finds
//! folders, `read` reads files, `dialect` decides whose SQL it is, `project` puts a project
//! together, `discover` is the way in. This room prints nothing, knows no environment and never
//! parses SQL; the front ends turn its [`Draft`]s into migrations.

mod alembic;
mod atlas;
mod atlas_settings;
mod atlas_sum;
mod changeset;
mod dbmate;
mod delta;
mod dependencies;
mod dialect;
mod diesel;
mod discover;
mod drizzle;
mod error;
mod flyway;
mod flyway_settings;
mod foreign_code;
mod golang_migrate;
mod goose;
mod graphile;
mod layout_trait;
mod liquibase;
mod look;
mod manifest;
mod marked;
mod name;
mod named_files;
mod node_pg_migrate;
mod not_yet;
mod numbered;
mod order;
mod overlay;
mod paths;
mod plain;
mod pop;
mod postgrator;
mod prisma;
mod problem;
mod project;
mod read;
mod refinery;
mod registers;
mod remark;
mod said;
mod sections;
mod signs;
mod since;
mod sqitch;
mod sql_migrate;
mod sqlx;
mod supabase;
mod uncomment;
mod walk;

pub use alembic::ProjectModules;
pub use dialect::{DialectEvidence, DialectReason};
pub use discover::{DiscoverOptions, Discovery, Skipped, discover};
pub use error::{LayoutError, UnknownLayout};
pub use overlay::Overlay;
pub use problem::{Problem, ReadError};
pub use project::{Draft, Ignored, Project, PythonProject};
pub use registers::{Register, Standing, Touched, registers};
pub use said::Variables;
pub use since::{FileChange, Versioned};

use layout_trait::{Candidate, Layout};

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

/// Every layout in the order in which it is asked: the first that recognises a folder has it.
///
/// Files that only one tool writes come first, then markers inside the scripts, then names, the
/// most particular first. Layouts that are not read yet are in the list too, so that their folders
/// are named as skipped instead of being taken for something else.
static CANDIDATES: &[Candidate] = &[
    Candidate::Read(&alembic::Alembic),
    Candidate::Read(&sqitch::Sqitch),
    Candidate::Read(&prisma::Prisma),
    Candidate::Read(&drizzle::Drizzle),
    Candidate::Read(&supabase::Supabase),
    Candidate::Read(&graphile::Graphile),
    Candidate::Read(&diesel::Diesel),
    Candidate::Read(&goose::Goose),
    Candidate::Read(&sql_migrate::SqlMigrate),
    Candidate::Read(&liquibase::Liquibase),
    Candidate::Read(&node_pg_migrate::NodePgMigrate),
    Candidate::NotYet(&not_yet::BY_MARKERS),
    Candidate::Read(&dbmate::Dbmate),
    Candidate::Read(&sections::Sections),
    Candidate::Read(&refinery::Refinery),
    Candidate::Read(&flyway::Flyway(None)),
    Candidate::Read(&pop::Pop),
    Candidate::Read(&postgrator::Postgrator),
    Candidate::Read(&sqlx::Sqlx),
    Candidate::Read(&golang_migrate::GolangMigrate),
    Candidate::Read(&atlas::Atlas),
    Candidate::Read(&delta::Delta),
    Candidate::Read(&numbered::Numbered),
];

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
