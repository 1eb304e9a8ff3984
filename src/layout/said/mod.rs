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

use super::dialect::{Family, Verdict, by_family};
use super::walk::Folder;

/// Those of the files that stand in the folder or above it, the nearest first, with their texts.
fn above<'f>(
    folder: &'f Folder,
    files: &'f [&'static str],
) -> impl Iterator<Item = (String, &'static str)> {
    let paths = folder.above().flat_map(move |above| files.iter().map(move |file| (above, *file)));
    paths.filter_map(|(above, file)| Some((std::fs::read_to_string(above.join(file)).ok()?, file)))
}

/// What the nearest of the files says that says anything, if it is one database alone.
fn nearest(
    folder: &Folder,
    files: &[&'static str],
    said: impl Fn(&str, &'static str) -> Vec<(Family, String)>,
) -> Option<Verdict> {
    let said = above(folder, files).map(|(text, file)| (said(&text, file), file));
    let (families, file) = said.into_iter().find(|(families, _)| !families.is_empty())?;
    let (family, word) = families.first()?;
    families.iter().all(|(other, _)| other == family).then(|| by_family(*family, file, word))
}

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
