//! What the caller asked for and cannot be had: paths that do not exist, folders without
//! migrations, layouts nobody knows.

use super::LayoutMeta;

/// A path, or the whole search, gave nothing. Other paths of the same call are unaffected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Nothing bears that name.
    #[error("{path}: no such file or directory{}", suggest(suggestion.as_deref()))]
    NotFound {
        /// The path as given.
        path: String,
        /// The nearest name that exists.
        suggestion: Option<String>,
    },
    /// The path could not be looked at; the system's words.
    #[error("{path}: {reason}")]
    Inaccessible {
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// A folder, or the working directory, has no migrations in it.
    #[error("no migrations found in {}", place(path))]
    NothingFound {
        /// The folder as printed.
        path: String,
    },
    /// A folder holds SQL that follows no layout.
    #[error(
        "no layout of migrations recognised in {}, which holds {count} SQL files{}",
        place(path),
        within(path, folders)
    )]
    NotRecognised {
        /// The folder as printed.
        path: String,
        /// How many files end in `.sql`.
        count: usize,
        /// The folders in which they lie, those with most of them first.
        folders: Vec<String>,
    },
    /// A folder was given a layout in which none of its files fits.
    #[error("{path}: no file follows the layout {layout}")]
    NoneFits {
        /// The folder as printed.
        path: String,
        /// The layout asked for.
        layout: &'static str,
    },
    /// Standard input was named, but the caller passed none.
    #[error("standard input is named, but there is none to read")]
    NoStdin,
}

impl LayoutError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "check the spelling; paths are relative to where you are",
            Self::Inaccessible { .. } => "check that it may be read",
            Self::NothingFound { .. } => {
                "name the folder that holds your migrations: lockgate lint db/migrations"
            }
            Self::NotRecognised { .. } => {
                "name the folder of the migrations and its layout (lockgate lint db/upgrade --layout numbered; \
                 lockgate lint --help lists the layouts), or the files one by one in their order"
            }
            Self::NoneFits { .. } => {
                "leave the layout out to have it detected, or name the files one by one in their order"
            }
            Self::NoStdin => "pipe a script into it, or name a file",
        }
    }
}

/// A name that is no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown layout \"{name}\"{}; known are {known}", suggest(suggestion.as_deref()))]
pub struct UnknownLayout {
    /// The name given.
    pub name: String,
    /// The nearest that exists.
    pub suggestion: Option<String>,
    known: String,
}

impl UnknownLayout {
    /// Finds the nearest among `known`.
    pub(super) fn new(name: &str, known: impl Iterator<Item = LayoutMeta>) -> Self {
        let names: Vec<&str> = known.map(|meta| meta.name).collect();
        Self {
            name: name.to_owned(),
            suggestion: nearest(name, names.iter().copied()).map(str::to_owned),
            known: names.join(", "),
        }
    }
}

/// The folder in words, for the one that the caller is in.
fn place(path: &str) -> &str {
    match path {
        "." => "the current directory",
        path => path,
    }
}

/// Where in the folder they lie, if that is not plain.
fn within(path: &str, folders: &[String]) -> String {
    const LISTED: usize = 3;
    let listed = folders.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match folders.len() {
        0 => String::new(),
        1 if folders.iter().all(|folder| folder == path) => String::new(),
        many if many > LISTED => format!(" ({listed} and {} more folders)", many - LISTED),
        _ => format!(" ({listed})"),
    }
}

fn suggest(name: Option<&str>) -> String {
    name.map(|name| format!(", did you mean {name}?")).unwrap_or_default()
}

/// The name most like `wanted`, if any is alike enough to be a slip of the hand.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.7;
    names
        .map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}
