//! The database of a folder that one of an application's profiles migrates: Spring's
//! `application-desktop.yml` may name both the folder and an address.

use super::flyway_settings::{LOCATIONS, address, profile_keys};
use crate::layout::dialect::{self, Family, Verdict};
use crate::layout::said::of_address;
use crate::layout::walk::Folder;
use std::path::Path;

/// What the profiles say that name the folder as one of their locations, if they agree.
///
/// Elsewhere an address of H2 is taken for that of the tests; here it is the folder's own.
pub(super) fn by_profiles(folder: &Folder) -> Option<Verdict> {
    let said: Vec<(Family, String, String)> = folder
        .above()
        .flat_map(files)
        .filter_map(|(path, name)| {
            let keys = profile_keys(&std::fs::read_to_string(path).ok()?, &name);
            let locations = keys.get(LOCATIONS)?;
            locations.split(',').any(|location| is_location(folder, location)).then_some(())?;
            let (family, word) = family(address(&keys)?)?;
            Some((family, word, name))
        })
        .collect();
    let (family, word, name) = said.first()?;
    said.iter().all(|(other, ..)| other == family).then(|| dialect::by_family(*family, name, word))
}

/// Settings of profiles in a folder, in the order of their names.
fn files(folder: &Path) -> Vec<(std::path::PathBuf, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let named =
        entries.filter_map(|entry| Some((entry.path(), entry.file_name().into_string().ok()?)));
    let mut found: Vec<_> = named
        .filter(|(_, name)| {
            let endings = [".yml", ".yaml", ".properties"];
            name.starts_with("application-") && endings.iter().any(|end| name.ends_with(end))
        })
        .collect();
    found.sort();
    found
}

/// Whether `classpath:db/desktop` is the folder.
fn is_location(folder: &Folder, location: &str) -> bool {
    let location = location.trim().trim_matches(['[', ']', '"', '\'']);
    let path = location.strip_prefix("classpath:").unwrap_or(location).trim_matches('/');
    !path.is_empty() && folder.path.ends_with(path)
}

fn family(address: &str) -> Option<(Family, String)> {
    if let Some(found) = of_address(address) {
        return Some(found);
    }
    let word = address.strip_prefix("jdbc:")?.split(':').next()?;
    Some((dialect::family(word)?, word.to_owned()))
}
