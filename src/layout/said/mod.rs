//! What a repository's own files say of the database: addresses in `.env` files and in the run's
//! environment, tools' settings, the images of its services, the drivers that it depends on.

mod address;
mod drivers;
mod services;
mod settings;
mod variables;

pub(super) use address::{of_address, of_word};
pub(super) use drivers::by_drivers;
pub(super) use settings::by_key;
pub use variables::Variables;
pub(super) use variables::{Variable, by_variables};

use super::dialect::Verdict;
use super::walk::Folder;

/// What addresses and services say that belong to the whole repository, the nearest first. An
/// address in a file that anybody reads, not a tool's own: the folder may be another service's.
pub(super) fn in_the_repository(folder: &Folder) -> Option<Verdict> {
    const GENERAL: &[Variable] = &[
        Variable::address("DATABASE_URL"),
        Variable::address("DB_URL"),
        Variable::word("DB_CONNECTION"),
        Variable::word("DB_DRIVER"),
        Variable::word("DB_DIALECT"),
    ];
    variables::in_files(folder, GENERAL)
        .or_else(|| services::by_knexfile(folder))
        .or_else(|| services::by_compose(folder))
}
