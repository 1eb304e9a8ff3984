//! The way in: from the paths that the caller names to projects, read.
//!
//! A folder may be a project or contain several. A file's project is found upward, so that its
//! history is there; only the files named are selected. No path means the working directory.

use super::dialect::{self, Verdict};
use super::error::{LayoutError, nearest};
use super::layout_trait::{Candidate, Layout};
use super::paths::Bases;
use super::problem::Problem;
use super::project::{Found, Project};
use super::walk::{Folder, Given, io_words, is_sql};
use super::{CANDIDATES, LayoutMeta, plain, read, readers};
use crate::migration::Dialect;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the caller knows.
#[derive(Debug, Clone, Default)]
pub struct DiscoverOptions {
    /// Where relative paths start; absolute.
    pub working_directory: PathBuf,
    /// The layout, instead of detecting one.
    pub layout: Option<LayoutMeta>,
    /// The dialect, instead of judging one.
    pub dialect: Option<Dialect>,
    /// What `-` stands for.
    pub stdin: Option<Vec<u8>>,
}

/// What was found. An error for one path takes nothing from the others.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// Projects, by path.
    pub projects: Vec<Project>,
    /// Folders that hold migrations that are not read.
    pub skipped: Vec<Skipped>,
    /// Paths that gave nothing, or could not be looked at.
    pub errors: Vec<LayoutError>,
}

/// A folder that holds migrations which lockgate cannot read yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}: {what} is not supported yet ({evidence})")]
pub struct Skipped {
    /// The folder as printed.
    pub path: String,
    /// The tool or the database, for people.
    pub what: &'static str,
    /// Why it is taken to be that.
    pub evidence: String,
}

/// Finds and reads the projects of `paths`; of the working directory when there are none.
pub fn discover(paths: &[PathBuf], options: &DiscoverOptions) -> Discovery {
    let bases = Bases::new(&options.working_directory);
    let mut search =
        Search { options, bases: &bases, out: Discovery::default(), done: BTreeSet::new() };
    let mut files: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    if paths.is_empty() {
        search.folder(&bases.absolute(Path::new("")), Given::Found);
    }
    for path in paths {
        if path == Path::new("-") {
            search.stdin();
            continue;
        }
        let absolute = bases.absolute(path);
        match std::fs::metadata(&absolute) {
            Ok(found) if found.is_dir() => search.folder(&absolute, Given::Named),
            Ok(_) => {
                let parent = absolute.parent().map(Path::to_owned).unwrap_or_default();
                files.entry(parent).or_default().insert(absolute);
            }
            Err(error) => search.missing(path, &absolute, &error),
        }
    }
    for (parent, files) in files {
        search.files(&parent, files);
    }
    search.out.projects.sort_by(|a, b| a.root.cmp(&b.root));
    search.out.skipped.sort();
    search.out
}

struct Search<'a> {
    options: &'a DiscoverOptions,
    bases: &'a Bases,
    out: Discovery,
    /// Folders of projects that are read already.
    done: BTreeSet<PathBuf>,
}

/// What a folder turned out to be.
enum Seen<'a> {
    Project(Box<Found<'a>>),
    Skipped(Skipped),
    Nothing,
}

impl Search<'_> {
    fn folder(&mut self, path: &Path, given: Given) {
        let (folder, errors) = Folder::walk(path, given, usize::MAX, self.bases);
        self.out.errors.extend(errors);
        if !self.descend(&folder) {
            let error = self.why_nothing(&folder);
            self.out.errors.push(error);
        }
    }

    /// Whether the folder, or one below it, is something we know.
    fn descend(&mut self, folder: &Folder) -> bool {
        if self.done.contains(&folder.path) {
            return true;
        }
        let mut rest = folder.folders.iter().collect::<Vec<_>>();
        let known = match self.look(folder) {
            Seen::Project(found) => {
                let taken = taken_folders(&found);
                rest.retain(|child| !taken.contains(child.name()));
                self.done.insert(folder.path.clone());
                self.out.projects.push(found.read());
                true
            }
            Seen::Skipped(skipped) => {
                self.done.insert(folder.path.clone());
                self.out.skipped.push(skipped);
                return true;
            }
            Seen::Nothing => false,
        };
        rest.into_iter().fold(known, |known, child| self.descend(child) || known)
    }

    /// Asks the layouts in their order, then whose SQL it is.
    fn look<'f>(&self, folder: &'f Folder) -> Seen<'f> {
        let (layout, evidence) = match self.options.layout {
            Some(wanted) => match asked_for(wanted) {
                Some(found) => found,
                None => return Seen::Nothing,
            },
            None => match detect(folder) {
                Ok(Some(found)) => found,
                Ok(None) => return Seen::Nothing,
                Err(skipped) => return Seen::Skipped(skipped),
            },
        };
        let dialect = match dialect::judge(folder, self.options.dialect) {
            Verdict::Ours(dialect) => dialect,
            Verdict::Foreign { title, evidence } => {
                let path = folder.shown.clone();
                return Seen::Skipped(Skipped { path, what: title, evidence });
            }
        };
        let listing = layout.list(folder, dialect.dialect);
        if self.options.layout.is_some() && listing.entries.is_empty() {
            return Seen::Nothing;
        }
        Seen::Project(Box::new(Found { folder, layout, evidence, dialect, listing }))
    }

    fn why_nothing(&self, folder: &Folder) -> LayoutError {
        let path = folder.shown.clone();
        if let (Some(layout), Some(_)) = (self.options.layout, folder.sql_files().next()) {
            return LayoutError::NoneFits { path, layout: layout.name };
        }
        match folder.sql_files().count() {
            0 => LayoutError::NothingFound { path },
            count => LayoutError::NotRecognised { path, count },
        }
    }

    /// Named files that lie in one folder.
    fn files(&mut self, parent: &Path, mut files: BTreeSet<PathBuf>) {
        for root in self.candidates(parent) {
            if self.done.contains(&root) {
                let known = |file: &PathBuf| {
                    let shown = self.bases.shown(file);
                    let mut drafts = self.out.projects.iter().flat_map(|project| &project.drafts);
                    drafts.any(|draft| draft.files.contains(&shown))
                };
                let rest: BTreeSet<PathBuf> =
                    files.iter().filter(|file| !known(file)).cloned().collect();
                files = rest;
                continue;
            }
            let depth = depth_from(&root, parent);
            let (folder, _) = Folder::walk(&root, Given::Named, depth, self.bases);
            let Seen::Project(found) = self.look(&folder) else { continue };
            let members = found.files();
            let (inside, outside): (BTreeSet<PathBuf>, BTreeSet<PathBuf>) =
                files.into_iter().partition(|file| {
                    below(&root, file).is_some_and(|name| members.contains(name.as_str()))
                });
            files = outside;
            if inside.is_empty() {
                continue;
            }
            let mut project = found.read();
            let shown: BTreeSet<String> =
                inside.iter().map(|file| self.bases.shown(file)).collect();
            for draft in &mut project.drafts {
                draft.selected = draft.files.iter().any(|file| shown.contains(file));
            }
            self.done.insert(root);
            self.out.projects.push(project);
        }
        for file in files {
            self.single(&file);
        }
    }

    /// Folders that may be the project of files in `parent`, the outermost first.
    fn candidates(&self, parent: &Path) -> Vec<PathBuf> {
        const HIGHEST: usize = 3;
        let bound = self.bases.bound(parent);
        let mut folders: Vec<PathBuf> = parent
            .ancestors()
            .take(HIGHEST)
            .take_while(|folder| folder.starts_with(&bound))
            .map(Path::to_owned)
            .collect();
        if folders.is_empty() {
            folders.push(parent.to_owned());
        }
        folders.reverse();
        folders
    }

    /// A file that belongs to no project.
    fn single(&mut self, path: &Path) {
        let shown = self.bases.shown(path);
        let wanted = read::Wanted { path: path.to_owned(), shown: shown.clone() };
        let result = read::read(&wanted);
        self.script(shown, "a file named alone", result);
    }

    fn stdin(&mut self) {
        let Some(bytes) = self.options.stdin.clone() else {
            self.out.errors.push(LayoutError::NoStdin);
            return;
        };
        self.script("-".to_owned(), "standard input", read::decode("-", bytes));
    }

    fn script(
        &mut self,
        shown: String,
        evidence: &str,
        result: Result<std::sync::Arc<crate::source::SourceFile>, Problem>,
    ) {
        let text = result.as_ref().map(|file| file.text()).unwrap_or("");
        let dialect = match dialect::judge_script(&shown, text, self.options.dialect) {
            Verdict::Ours(dialect) => dialect,
            Verdict::Foreign { title, evidence } => {
                self.out.skipped.push(Skipped { path: shown, what: title, evidence });
                return;
            }
        };
        let (drafts, problems) = match result {
            Ok(file) => (vec![plain::draft(file)], Vec::new()),
            Err(problem) => (Vec::new(), vec![problem]),
        };
        self.out.projects.push(Project {
            root: shown,
            layout: plain::META,
            evidence: evidence.to_owned(),
            conventions: plain::CONVENTIONS,
            dialect,
            drafts,
            problems,
            ignored: Vec::new(),
        });
    }

    fn missing(&mut self, given: &Path, absolute: &Path, error: &std::io::Error) {
        let path = given.to_string_lossy().into_owned();
        self.out.errors.push(match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                LayoutError::NotFound { path, suggestion: suggestion(given, absolute) }
            }
            _ => LayoutError::Inaccessible { path, reason: io_words(error) },
        });
    }
}

fn detect(folder: &Folder) -> Result<Option<(&'static dyn Layout, String)>, Skipped> {
    for candidate in CANDIDATES {
        match candidate {
            Candidate::Read(layout) => {
                if let Some(evidence) = layout.detect(folder) {
                    return Ok(Some((*layout, evidence)));
                }
            }
            Candidate::NotYet(layouts) => {
                if let Some((what, evidence)) = layouts.detect(folder) {
                    return Err(Skipped { path: folder.shown.clone(), what, evidence });
                }
            }
        }
    }
    Ok(None)
}

fn asked_for(wanted: LayoutMeta) -> Option<(&'static dyn Layout, String)> {
    let layout = readers().find(|layout| layout.meta() == wanted)?;
    Some((layout, "as asked for".to_owned()))
}

/// Sub-folders that hold files of the project.
fn taken_folders<'a>(found: &'a Found<'_>) -> BTreeSet<&'a str> {
    let files = found.listing.entries.iter().flat_map(|entry| entry.files.iter());
    files.filter_map(|file| file.path.split_once('/').map(|(folder, _)| folder)).collect()
}

fn depth_from(root: &Path, parent: &Path) -> usize {
    parent.strip_prefix(root).map_or(1, |below| below.components().count() + 1)
}

fn below(root: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(root).ok()?.components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// The given path with its first wrong part replaced by the nearest name that exists there.
fn suggestion(given: &Path, absolute: &Path) -> Option<String> {
    let missing = absolute.ancestors().take_while(|path| !path.exists()).last()?;
    let folder = missing.parent()?;
    let wanted = missing.file_name()?.to_str()?;
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| missing == absolute && is_sql(wanted) || folder.join(name).is_dir())
        .collect();
    let name = nearest(wanted, names.iter().map(String::as_str))?;
    let depth = absolute.strip_prefix(missing).ok()?.components().count();
    let mut shown = given.to_owned();
    for _ in 0..=depth {
        shown.pop();
    }
    Some(shown.join(name).to_string_lossy().replace('\\', "/"))
}
