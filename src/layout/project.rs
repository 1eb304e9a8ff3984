//! A folder in one layout, read: its migrations as drafts in the order in which the tool runs
//! them, with everything that was passed over or is wrong.

use super::LayoutMeta;
use super::dialect::DialectEvidence;
use super::layout_trait::{Built, Entry, Layout, Listing, Part, ReadFile};
use super::order;
use super::paths::join_shown;
use super::problem::{Problem, ReadError};
use super::read::{Wanted, read, read_all};
use super::since::{Observer, Versioned};
use super::tools::alembic::ProjectModules;
use super::tools::atlas_sum;
use super::walk::Folder;
use crate::frontend::alembic::{Environment, Module, NamingConvention};
use crate::migration::python::Revision;
use crate::migration::{
    Conventions, Direction, Fate, NoTransaction, Observed, Remark, RemarkKind, ScriptSource, Since,
    Unread, Version,
};
use crate::source::{Place, SourceFile, Span};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::sync::Arc;

/// A migration folder in one layout and one dialect.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder as printed; `-` for standard input.
    pub root: String,
    /// The layout.
    pub layout: LayoutMeta,
    /// Why it is taken to be that layout.
    pub evidence: String,
    /// How things are written in it.
    pub conventions: Conventions,
    /// Whose SQL it is, and why.
    pub dialect: DialectEvidence,
    /// Migrations in the order in which the tool runs them.
    pub drafts: Vec<Draft>,
    /// What is wrong with its files.
    pub problems: Vec<Problem>,
    /// Files in the folder that the tool passes over.
    pub ignored: Vec<Ignored>,
    /// What the rules about the history read.
    pub observed: Observed,
    /// What the evaluation of Python needs, where its scripts are Python.
    pub python: Option<PythonProject>,
}

/// A project whose scripts are Python.
#[derive(Debug, Clone, Default)]
pub struct PythonProject {
    /// Hands out its modules.
    pub modules: ProjectModules,
    /// What its `env.py` says.
    pub environment: Environment,
    /// How constraints without a name are called.
    pub naming: NamingConvention,
    /// What is to be said of the environment.
    pub remarks: Vec<Remark>,
}

/// A migration whose scripts are read, not parsed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The version as the tool writes it into its history table.
    pub id: String,
    /// The version for comparing; empty where the layout has none.
    pub version: Version,
    /// The name without the version, as written.
    pub description: String,
    /// Ids of migrations that must run before it, where the layout names them.
    pub parents: Vec<String>,
    /// The way forward; `None` where there is none or it could not be read.
    pub up: Option<ScriptSource>,
    /// The way back. One that exists but is empty is there, with no statement in it.
    pub down: Option<ScriptSource>,
    /// Its files as printed.
    pub files: Vec<String>,
    /// Whether the caller asked for it: by its file, or by the folder. The others are history.
    pub selected: bool,
    /// Its place in the graph of revisions, where the layout has one.
    pub revision: Option<Revision>,
    /// Its file as Python, where it is Python.
    pub module: Option<Arc<Module>>,
    /// Whether it runs again whenever it changes.
    pub reruns: bool,
}

impl Draft {
    /// Puts a script into its place.
    pub(super) fn set(&mut self, direction: Direction, script: ScriptSource) {
        match direction {
            Direction::Up => self.up = Some(script),
            Direction::Down => self.down = Some(script),
        }
    }
}

/// A file that the layout's tool passes over, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignored {
    /// The file as printed.
    pub path: String,
    /// Why, in a few words.
    pub why: &'static str,
    /// Whether its name looks as if it were meant to run.
    pub meant: bool,
    /// A program that the tool does run, so that part of the history is not known.
    pub program: Option<Program>,
}

/// A migration in a programming language, which is not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// The version under which the tool runs it.
    pub version: Version,
    /// What its text tells.
    pub words: Unread,
}

/// A layout, with the settings of its folder where it has any.
#[derive(Clone)]
pub(super) enum Chosen {
    /// As it is in the list.
    Listed(&'static dyn Layout),
    /// With settings.
    Configured(Arc<dyn Layout>),
}

impl Chosen {
    /// The listed layout as it is configured for the folder.
    pub fn of(layout: &'static dyn Layout, folder: &Folder) -> Self {
        layout.configured(folder).map_or(Self::Listed(layout), Self::Configured)
    }

    /// The layout.
    pub fn get(&self) -> &dyn Layout {
        match self {
            Self::Listed(layout) => *layout,
            Self::Configured(layout) => layout.as_ref(),
        }
    }
}

/// A folder whose layout is known, before its files are read.
pub(super) struct Found<'a> {
    pub folder: &'a Folder,
    pub layout: Chosen,
    pub evidence: String,
    pub dialect: DialectEvidence,
    pub listing: Listing,
}

impl Found<'_> {
    /// Files of the folder that belong to a migration, below the folder.
    pub fn files(&self) -> HashSet<&str> {
        let entries = self.listing.entries.iter();
        entries.flat_map(|entry| entry.files.iter().map(|file| file.path.as_str())).collect()
    }

    /// Reads the files and puts the project together.
    pub fn read(self, versioned: Option<&Versioned>) -> Project {
        let Self { folder, layout, evidence, dialect, listing } = self;
        let Listing { mut entries, mut ignored, mut problems, mut remarks } = listing;
        let layout = layout.get();
        let mut observer =
            versioned.map(|versioned| Observer::new(versioned, folder, layout, dialect.dialect));
        let shown = |path: &str| join_shown(&folder.shown, path);
        problems.extend(order::sort(&mut entries, shown));
        let is_folder =
            |name| Problem::Unreadable { path: shown(name), error: ReadError::Directory };
        problems.extend(posing(folder, &entries).map(is_folder));
        let mut drafts = Vec::with_capacity(entries.len());
        let read = read_scripts(&entries, folder, &mut problems);
        let build =
            |(entry, files): &(&Entry, Vec<ReadFile>)| layout.build(entry, files, dialect.dialect);
        let all: Vec<Built> = read.par_iter().map(build).collect();
        for ((entry, files), built) in read.iter().zip(all) {
            if let Some(observer) = &mut observer {
                observer.entry(entry, files, drafts.len());
            }
            drafts.extend(built.drafts);
            problems.extend(built.problems);
            remarks.extend(built.remarks);
        }
        problems.extend(layout.arrange(&mut drafts));
        remarks.extend(layout.remarks(&drafts).into_iter().chain(atlas_sum::remarks(folder)));
        ignored.sort();
        remarks.extend(ignored.iter().filter_map(|file| passed_over(folder, file)));
        let since = observer.map(|observer| observer.finish(&drafts));
        select(&mut drafts, &mut remarks, since.as_ref().zip(versioned));
        let python = layout.python(folder, &mut drafts, dialect.dialect);
        remarks.extend(python.iter().flat_map(|python| python.remarks.clone()));
        let observed = Observed {
            bookkeeping: layout.bookkeeping(),
            version_table: python.as_ref().map(|python| python.environment.version_table()),
            remarks,
            reruns: reruns(&drafts),
            since,
        };
        Project {
            root: folder.shown.clone(),
            layout: layout.meta(),
            evidence,
            conventions: conventions(layout, python.as_ref()),
            dialect,
            drafts,
            problems,
            ignored,
            observed,
            python,
        }
    }
}

/// Ids of the migrations that run again whenever they change.
fn reruns(drafts: &[Draft]) -> BTreeSet<String> {
    drafts.iter().filter(|draft| draft.reruns).map(|draft| draft.id.clone()).collect()
}

/// The layout's conventions; a transaction around all of Alembic's is never left.
fn conventions(layout: &dyn Layout, python: Option<&PythonProject>) -> Conventions {
    let mut conventions = layout.conventions();
    if python.is_some_and(|one| one.environment.outer_transaction.is_some()) {
        conventions.no_transaction = NoTransaction::Never;
    }
    conventions
}

/// Directories that bear the name of a script. `20250517_presets.sql/migration.sql` is an odd name,
/// and read all the same.
fn posing<'f>(folder: &'f Folder, entries: &[Entry]) -> impl Iterator<Item = &'f str> {
    let files = entries.iter().flat_map(|entry| &entry.files);
    let read: HashSet<String> =
        files.filter_map(|file| file.path.split('/').next()).map(str::to_owned).collect();
    folder.posing.iter().map(String::as_str).filter(move |name| !read.contains(*name))
}

/// Only what the change adds or edits is judged, and only its files are spoken of.
fn select(drafts: &mut [Draft], remarks: &mut Vec<Remark>, change: Option<(&Since, &Versioned)>) {
    let Some((since, versioned)) = change else { return };
    for (draft, fate) in drafts.iter_mut().zip(&since.fates) {
        draft.selected = *fate != Fate::Merged;
    }
    remarks.retain(|remark| versioned.changes.contains_key(remark.place.file.path()));
}

/// What is to be said of a file that is never run although its name looks as if it were.
fn passed_over(folder: &Folder, file: &Ignored) -> Option<Remark> {
    if !file.meant {
        return None;
    }
    let name = folder.below(&file.path)?;
    let wanted = Wanted { path: folder.path.join(name), shown: file.path.clone() };
    let source = read(&wanted, &folder.overlay).ok()?;
    let start = source.content_start();
    let end = start + source.line_text(1).len();
    Some(Remark {
        kind: RemarkKind::IgnoredFile,
        place: Place { span: Span::new(start, end), file: source },
        migration: None,
        message: format!("{name} is never run: {}", file.why),
        label: "the tool passes over this file".to_owned(),
        help: "rename it as the tool wants it, or move it out of the folder".to_owned(),
    })
}

type ReadResult = Result<Arc<SourceFile>, Problem>;

/// Reads the entries that have scripts.
fn read_scripts<'e>(
    entries: &'e [Entry],
    folder: &Folder,
    problems: &mut Vec<Problem>,
) -> Vec<(&'e Entry, Vec<ReadFile>)> {
    let all = entries.iter().zip(read_entries(entries, folder));
    let all = all.map(|(entry, files)| (entry, readable(files, problems)));
    all.filter(|(_, files)| files.iter().any(|read| read.part != Part::Settings)).collect()
}

/// Reads the files of all entries at once; for each entry its parts in their order.
fn read_entries(entries: &[Entry], folder: &Folder) -> Vec<Vec<(Part, ReadResult)>> {
    let files = entries.iter().flat_map(|entry| entry.files.iter());
    let wanted: Vec<Wanted> = files
        .map(|file| Wanted {
            path: folder.path.join(&file.path),
            shown: join_shown(&folder.shown, &file.path),
        })
        .collect();
    let mut results = read_all(&wanted, &folder.overlay).into_iter();
    let parts = |entry: &Entry| entry.files.iter().map(|file| file.part).collect::<Vec<_>>();
    entries.iter().map(|entry| parts(entry).into_iter().zip(results.by_ref()).collect()).collect()
}

fn readable(files: Vec<(Part, ReadResult)>, problems: &mut Vec<Problem>) -> Vec<ReadFile> {
    let mut readable = Vec::with_capacity(files.len());
    for (part, result) in files {
        match result {
            Ok(file) => readable.push(ReadFile { part, file }),
            Err(problem) => problems.push(problem),
        }
    }
    readable
}
