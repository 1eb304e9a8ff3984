//! The way in: from the paths that the caller names to projects, read.
//!
//! A folder may be a project or contain several. A file's project is found upward, so that its
//! history is there; only the files named are selected. No path means the working directory.

use super::dialect::{self, DialectEvidence, DialectReason, Verdict};
use super::error::{LayoutError, nearest};
use super::layout_trait::Layout;
use super::look::{Seen, look};
use super::overlay::Overlay;
use super::paths::Bases;
use super::problem::Problem;
use super::project::{Found, Project, PythonProject};
use super::said::Variables;
use super::tools::alembic;
use super::tools::plain;
use super::walk::{Folder, Given, io_words};
use super::{LayoutMeta, Versioned, read};
use crate::migration::{Dialect, Observed};
use crate::source::SourceFile;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Texts that are read instead of files.
    pub overlay: Overlay,
    /// Variables of the run's environment.
    pub variables: Variables,
    /// What version control says of the files; only what changed is then selected.
    pub versioned: Option<Arc<Versioned>>,
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
    let bases = Bases::new(&options.working_directory)
        .with(options.overlay.clone())
        .in_run(options.variables.clone());
    let mut search =
        Search { options, bases: &bases, out: Discovery::default(), done: BTreeSet::new() };
    let mut files = BTreeSet::new();
    if paths.is_empty() {
        search.folder(&bases.absolute(Path::new("")), Given::Found);
    }
    for path in paths {
        if path == Path::new("-") {
            search.stdin();
            continue;
        }
        let absolute = bases.absolute(path);
        if options.overlay.text(&absolute).is_some() {
            files.insert(absolute);
            continue;
        }
        match std::fs::metadata(&absolute) {
            Ok(found) if found.is_dir() => search.folder(&absolute, Given::Named),
            Ok(_) => {
                files.insert(absolute);
            }
            Err(error) => search.missing(path, &absolute, &error),
        }
    }
    search.files(files);
    let key = |project: &Project| (project.root.clone(), project.dialect.dialect);
    search.out.projects.sort_by_cached_key(key);
    search.out.skipped.sort();
    search.out
}

/// A search under way.
pub(super) struct Search<'a> {
    /// What the caller knows.
    pub options: &'a DiscoverOptions,
    /// What paths are relative to.
    pub bases: &'a Bases,
    /// What was found so far.
    pub out: Discovery,
    /// Folders that are read, or known to be skipped.
    pub done: BTreeSet<PathBuf>,
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
        let known = match look(folder, self.options) {
            Seen::Projects(all) => {
                self.done.insert(folder.path.clone());
                for found in all {
                    let taken = taken_folders(&found);
                    rest.retain(|child| !taken.contains(child.name()));
                    self.out.projects.push(found.read(self.options.versioned.as_deref()));
                }
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

    fn why_nothing(&self, folder: &Folder) -> LayoutError {
        let path = folder.shown.clone();
        if let (Some(layout), Some(_)) = (self.options.layout, folder.sql_files().next()) {
            return LayoutError::NoneFits { path, layout: layout.name };
        }
        match folder.count_sql() {
            0 => LayoutError::NothingFound { path },
            count => {
                let mut folders = Vec::new();
                with_sql(folder, &mut folders);
                folders.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
                let folders = folders.into_iter().map(|(shown, _)| shown).collect();
                LayoutError::NotRecognised { path, count, folders }
            }
        }
    }

    /// A file that belongs to no project.
    pub(super) fn single(&mut self, path: &Path) {
        let shown = self.bases.shown(path);
        let wanted = read::Wanted { path: path.to_owned(), shown: shown.clone() };
        let result = read::read(&wanted, &self.options.overlay);
        if shown.ends_with(".py") {
            return self.revision(shown, result);
        }
        self.script(shown, "a file named alone", result);
    }

    /// A revision in Python that belongs to no project.
    fn revision(&mut self, shown: String, result: Result<Arc<SourceFile>, Problem>) {
        let (drafts, problems) = match result.map(|file| alembic::alone(&file)) {
            Ok(Some(draft)) => (vec![draft], Vec::new()),
            Ok(None) => return self.out.errors.push(LayoutError::NothingFound { path: shown }),
            Err(problem) => (Vec::new(), vec![problem]),
        };
        let dialect = self.options.dialect.unwrap_or(Dialect::Postgres);
        let reason = match self.options.dialect {
            Some(_) => DialectReason::Given,
            None => DialectReason::Assumed,
        };
        self.out.projects.push(Project {
            root: shown,
            layout: Layout::meta(&alembic::Alembic),
            evidence: "a file named alone".to_owned(),
            conventions: Layout::conventions(&alembic::Alembic),
            dialect: DialectEvidence { dialect, reason },
            drafts,
            problems,
            ignored: Vec::new(),
            python: Some(PythonProject::default()),
            observed: Observed::default(),
        });
    }

    fn stdin(&mut self) {
        let Some(bytes) = self.options.stdin.clone() else {
            self.out.errors.push(LayoutError::NoStdin);
            return;
        };
        self.script("-".to_owned(), "standard input", read::decode("-", bytes));
    }

    fn script(&mut self, shown: String, evidence: &str, result: Result<Arc<SourceFile>, Problem>) {
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
            python: None,
            observed: Observed::default(),
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

/// Sub-folders that hold files of the project.
fn taken_folders<'a>(found: &'a Found<'_>) -> BTreeSet<&'a str> {
    let files = found.listing.entries.iter().flat_map(|entry| entry.files.iter());
    files.filter_map(|file| file.path.split_once('/').map(|(folder, _)| folder)).collect()
}

/// The given path with its first wrong part replaced by the nearest name that exists there.
fn suggestion(given: &Path, absolute: &Path) -> Option<String> {
    let missing = absolute.ancestors().take_while(|path| !path.exists()).last()?;
    let folder = missing.parent()?;
    let wanted = missing.file_name()?.to_str()?;
    let names_a_file = Path::new(wanted).extension().is_some();
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| missing == absolute && names_a_file || folder.join(name).is_dir())
        .collect();
    let name = nearest(wanted, names.iter().map(String::as_str))?;
    let depth = absolute.strip_prefix(missing).ok()?.components().count();
    let mut shown = given.to_owned();
    for _ in 0..=depth {
        shown.pop();
    }
    Some(shown.join(name).to_string_lossy().replace('\\', "/"))
}

/// The folders with SQL files of their own, and how many each has.
fn with_sql(folder: &Folder, found: &mut Vec<(String, usize)>) {
    match folder.sql_files().count() {
        0 => {}
        count => found.push((folder.shown.clone(), count)),
    }
    folder.folders.iter().for_each(|child| with_sql(child, found));
}
