//! Releases, read from git: every blob once, whichever releases have it.

use super::files::AppFiles;
use super::index::Index;
use super::mention::How;
use super::read::{self, Blob};
use crate::source::{Place, SourceFile, Span};
use crate::vcs::{Repository, TreeListing, VcsError};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Why the releases could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// git has something to say.
    #[error(transparent)]
    Git(#[from] VcsError),
    /// No file of the release is the application's.
    #[error("release {release} has no file of the application: {looked}")]
    NoFiles {
        /// The release.
        release: String,
        /// What was looked for.
        looked: String,
    },
}

impl ReadError {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::Git(error) => error.help(),
            Self::NoFiles { .. } => {
                "write globs relative to the repository's top folder: [deployed] app = [\"src/**/*.py\"]"
                    .to_owned()
            }
        }
    }
}

/// One release of the application.
#[derive(Debug)]
pub struct Release {
    /// The revision as the user wrote it.
    pub name: String,
    /// Submodules and other parts that were not read.
    pub unread: Vec<String>,
    /// Every path of the commit, the application's or not.
    pub paths: Vec<String>,
    pub(super) files: Vec<AppFile>,
    pub(super) index: Index,
}

/// A file of the application in a release.
#[derive(Debug, Clone)]
pub(super) struct AppFile {
    /// Path in its repository.
    pub path: String,
    /// What it holds.
    pub blob: Arc<Blob>,
}

/// A place where a release uses something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// How it is used.
    pub how: How,
    /// Where; the path is git's `release:path`.
    pub place: Place,
}

/// Releases that may be running while migrations are applied.
#[derive(Debug, Default)]
pub struct Deployed {
    /// In the order in which they were named.
    pub releases: Vec<Release>,
}

impl Deployed {
    /// Reads releases of a repository, and the newest commit of others that use the database too.
    ///
    /// # Errors
    /// [`ReadError`] for the first release that cannot be read.
    pub fn read(
        repository: &Repository,
        names: &[String],
        files: &AppFiles,
        also: &[Repository],
    ) -> Result<Self, ReadError> {
        let mut others = Vec::new();
        for other in also {
            let mut cache = Cache::default();
            let listing = other.files(&other.commit("HEAD")?)?;
            others.extend(cache.files(other, &listing, files)?.into_iter().map(|file| {
                let folder = other.root().file_name().unwrap_or_default().to_string_lossy();
                AppFile { path: format!("{folder}/{}", file.path), ..file }
            }));
        }
        let mut cache = Cache::default();
        let mut listings = Vec::with_capacity(names.len());
        for name in names {
            listings.push((name, repository.files(&repository.commit(name)?)?));
        }
        cache.fill(repository, listings.iter().map(|(_, listing)| listing), files)?;
        let releases: Result<Vec<Release>, ReadError> = listings
            .into_par_iter()
            .map(|(name, listing)| release(name, listing, files, &cache, &others))
            .collect();
        Ok(Self { releases: releases? })
    }
}

fn release(
    name: &str,
    listing: TreeListing,
    files: &AppFiles,
    cache: &Cache,
    others: &[AppFile],
) -> Result<Release, ReadError> {
    let mut found = cache.known(&listing, files);
    if found.is_empty() {
        let looked = format!("{} files in it, none that is read", listing.files.len());
        return Err(ReadError::NoFiles { release: name.to_owned(), looked });
    }
    found.extend(others.iter().cloned());
    let index = Index::of(&found);
    let unread = listing.submodules.iter().map(|path| format!("submodule {path}")).collect();
    let paths = listing.files.into_iter().map(|file| file.path).collect();
    Ok(Release { name: name.to_owned(), unread, paths, files: found, index })
}

/// Blobs that were read, by id and the ending that decided the reader.
#[derive(Default)]
struct Cache(HashMap<(String, String), Arc<Blob>>);

impl Cache {
    fn files(
        &mut self,
        repository: &Repository,
        listing: &TreeListing,
        files: &AppFiles,
    ) -> Result<Vec<AppFile>, VcsError> {
        self.fill(repository, std::iter::once(listing), files)?;
        Ok(self.known(listing, files))
    }

    /// Reads what the listings have and the cache has not.
    fn fill<'l>(
        &mut self,
        repository: &Repository,
        listings: impl Iterator<Item = &'l TreeListing>,
        files: &AppFiles,
    ) -> Result<(), VcsError> {
        // By blob, so that each is fetched once; the path decides which reader takes it.
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in listings.flat_map(|listing| &listing.files) {
            if files.takes(&file.path) {
                let paths = wanted.entry(file.blob.clone()).or_default();
                if !paths.iter().any(|path| ending(path) == ending(&file.path)) {
                    paths.push(file.path.clone());
                }
            }
        }
        let ids: Vec<String> = wanted.keys().cloned().collect();
        let contents = repository.blobs(&ids)?;
        let read: Vec<_> = wanted
            .into_par_iter()
            .flat_map_iter(|(id, paths)| {
                let bytes = contents.get(&id);
                paths.into_iter().filter_map(move |path| {
                    let blob = Arc::new(read::read(&path, bytes?));
                    Some(((id.clone(), ending(&path).to_owned()), blob))
                })
            })
            .collect();
        self.0.extend(read);
        Ok(())
    }

    fn known(&self, listing: &TreeListing, files: &AppFiles) -> Vec<AppFile> {
        listing
            .files
            .iter()
            .filter(|file| files.takes(&file.path))
            .filter_map(|file| {
                let key = (file.blob.clone(), ending(&file.path).to_owned());
                let blob = Arc::clone(self.0.get(&key)?);
                Some(AppFile { path: file.path.clone(), blob })
            })
            .collect()
    }
}

fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

impl Release {
    /// A release of files given as text: for tests and for what is not in git.
    pub fn of_texts(name: &str, texts: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| AppFile {
            path: (*path).to_owned(),
            blob: Arc::new(read::read(path, text.as_bytes())),
        };
        let files: Vec<AppFile> = texts.iter().map(file).collect();
        let index = Index::of(&files);
        let paths = files.iter().map(|file| file.path.clone()).collect();
        Self { name: name.to_owned(), unread: Vec::new(), paths, files, index }
    }

    /// The place of a byte in one of its files.
    pub(super) fn site(&self, file: usize, offset: usize, how: How) -> Option<Site> {
        let file = self.files.get(file)?;
        let path = format!("{}:{}", self.name, file.path);
        let text = file.blob.searched.text.as_ref();
        let end = text.get(offset..).and_then(|rest| rest.find(['\n', '\r']));
        let end = end.map_or(text.len(), |length| offset + length);
        let source = Arc::new(SourceFile::new(path, text));
        Some(Site { how, place: Place { file: source, span: Span::new(offset, end) } })
    }
}
