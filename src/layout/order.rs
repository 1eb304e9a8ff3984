//! Puts entries into the order in which a tool runs them, and finds versions used twice.

use super::layout_trait::{Entry, EntryFile, Key, Part};
use super::name::number;
use super::problem::Problem;
use crate::migration::Version;
use std::collections::BTreeMap;

/// A file whose name was understood.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// The version as written.
    pub version: String,
    /// The name without version and direction.
    pub description: String,
    /// What the file is.
    pub part: Part,
    /// Path below the folder.
    pub path: String,
}

/// Joins the files of one version into an entry. Where one version has several ways forward or
/// several ways back, each description makes an entry of its own.
pub(super) fn pair(files: Vec<Named>) -> Vec<Entry> {
    let mut versions: BTreeMap<String, Vec<Named>> = BTreeMap::new();
    for file in files {
        versions.entry(comparable(&file.version)).or_default().push(file);
    }
    versions.into_values().flat_map(pair_version).collect()
}

/// The version with every number stripped of leading zeros and without zeros at its end: `1.0` is
/// `1`.
pub(super) fn comparable(version: &str) -> String {
    let parts: Vec<&str> = version
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(number)
        .collect();
    let end = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
    parts.get(..end).unwrap_or_default().join(".")
}

/// Gives entries the ids of tools that write versions down as numbers.
pub(super) fn with_number_ids(mut entries: Vec<Entry>) -> Vec<Entry> {
    for entry in &mut entries {
        let digits = number(&entry.id);
        entry.id = if digits.is_empty() { "0" } else { digits }.to_owned();
    }
    entries
}

fn pair_version(files: Vec<Named>) -> Vec<Entry> {
    let count = |part| files.iter().filter(|file| file.part == part).count();
    if count(Part::Up) <= 1 && count(Part::Down) <= 1 {
        return join(files).into_iter().collect();
    }
    let mut descriptions: BTreeMap<(String, usize), Vec<Named>> = BTreeMap::new();
    for file in files {
        let description = file.description.clone();
        let takes = |group: &Vec<Named>| group.iter().all(|other| other.part != file.part);
        let mut turn = 0;
        while descriptions.get(&(description.clone(), turn)).is_some_and(|group| !takes(group)) {
            turn += 1;
        }
        descriptions.entry((description, turn)).or_default().push(file);
    }
    descriptions.into_values().filter_map(join).collect()
}

fn join(mut files: Vec<Named>) -> Option<Entry> {
    files.sort_by(|a, b| a.part.cmp(&b.part).then_with(|| a.path.cmp(&b.path)));
    let first = files.first()?;
    let version = Version::new(first.version.clone());
    Some(Entry {
        id: first.version.clone(),
        key: Key::Number(version.clone(), first.path.clone()),
        version,
        description: first.description.clone(),
        files: files
            .into_iter()
            .map(|file| EntryFile { path: file.path, part: file.part })
            .collect(),
    })
}

/// Sorts entries as the tool runs them and tells of versions that several of them bear.
pub(super) fn sort(entries: &mut [Entry], shown: impl Fn(&str) -> String) -> Vec<Problem> {
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    let mut versions: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter() {
        let version = match &entry.key {
            Key::Number(version, _) => comparable(version.as_str()),
            Key::Text(_) | Key::After(_) => entry.id.clone(),
            Key::First(_) | Key::Last(_) => continue,
        };
        versions.entry(version).or_default().push(entry);
    }
    let clashing = versions.into_values().filter(|entries| entries.len() > 1);
    let mut problems: Vec<(&Key, Problem)> = clashing
        .filter_map(|entries| Some((&entries.first()?.key, clash(&entries, &shown))))
        .collect();
    problems.sort_by(|a, b| a.0.cmp(b.0));
    problems.into_iter().map(|(_, problem)| problem).collect()
}

fn clash(entries: &[&Entry], shown: impl Fn(&str) -> String) -> Problem {
    let files = entries.iter().filter_map(|entry| entry.files.first());
    Problem::DuplicateVersion {
        version: entries.first().map(|entry| entry.id.clone()).unwrap_or_default(),
        files: files.map(|file| shown(&file.path)).collect(),
    }
}
