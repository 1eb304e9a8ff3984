//! What a layout has to say about itself: all that the author of one reads.

use super::LayoutMeta;
use super::dialect::{DialectEvidence, Verdict};
use super::problem::Problem;
use super::project::{Draft, Ignored, PythonProject};
use super::tools::not_yet::NotYet;
use super::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Direction, Remark, ScriptSource, TransactionMode, Version,
};
use crate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

/// An entry of the list of layouts.
pub(super) enum Candidate {
    /// A layout that is read.
    Read(&'static dyn Layout),
    /// Layouts that are recognised, so that nothing else takes their folders, but not read.
    NotYet(&'static NotYet),
}

/// One tool's way of laying out migrations.
pub(super) trait Layout: Send + Sync {
    /// How it is called.
    fn meta(&self) -> LayoutMeta;

    /// Whether the folder follows this layout, and by what evidence.
    fn detect(&self, folder: &Folder) -> Option<String>;

    /// The migrations of the folder by their names, in any order, and what the tool passes over.
    fn list(&self, folder: &Folder, dialect: Dialect) -> Listing;

    /// How things are written in it.
    fn conventions(&self) -> Conventions;

    /// How the tool sends a whole file; `files` are all those of its migration.
    fn transaction(&self, script: &ReadFile, files: &[ReadFile], dialect: Dialect) -> Sending;

    /// How the tool remembers what it applied.
    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping::default()
    }

    /// The layout with the settings that hold for a folder, where it has any.
    fn configured(&self, _folder: &Folder) -> Option<Arc<dyn Layout>> {
        None
    }

    /// The database that the layout's own files name.
    fn database(&self, _folder: &Folder) -> Option<Verdict> {
        None
    }

    /// The database that settings of the tool name for the repository. A path that names one says
    /// more, since a repository may hold the folders of several.
    fn told(&self, _folder: &Folder) -> Option<Verdict> {
        None
    }

    /// The dialects that endings of the files' names tell of: each makes a project of its own.
    fn dialects(&self, _folder: &Folder) -> Vec<DialectEvidence> {
        Vec::new()
    }

    /// Puts drafts, sorted by their keys, into an order that only their contents tell.
    fn arrange(&self, _drafts: &mut Vec<Draft>) -> Vec<Problem> {
        Vec::new()
    }

    /// What rules say of the drafts, which are in their final order.
    fn remarks(&self, _drafts: &[Draft]) -> Vec<Remark> {
        Vec::new()
    }

    /// What the evaluation of Python needs, where the layout's scripts are Python; settles how each
    /// draft is sent.
    fn python(&self, _: &Folder, _drafts: &mut [Draft], _: Dialect) -> Option<PythonProject> {
        None
    }

    /// Drafts of one entry whose files were read. Most layouts keep one script per file.
    fn build(&self, entry: &Entry, files: &[ReadFile], dialect: Dialect) -> Built {
        one_script_per_file(self, entry, files, dialect)
    }
}

/// One draft, whose scripts are whole files.
pub(super) fn one_script_per_file<L: Layout + ?Sized>(
    layout: &L,
    entry: &Entry,
    files: &[ReadFile],
    dialect: Dialect,
) -> Built {
    let mut built = Built::default();
    let mut draft = entry.draft(files);
    for read in files {
        let Some(direction) = read.part.direction() else { continue };
        let sending = layout.transaction(read, files, dialect);
        built.problems.extend(sending.problem);
        built.remarks.extend(sending.remark);
        draft.set(direction, read.whole(direction, sending.mode));
    }
    built.drafts.push(draft);
    built
}

/// How a file is sent.
pub(super) struct Sending {
    /// The mode.
    pub mode: TransactionMode,
    /// What is wrong with the file's own wish, if anything.
    pub problem: Option<Problem>,
    /// What a rule judges of it.
    pub remark: Option<Remark>,
}

impl From<TransactionMode> for Sending {
    fn from(mode: TransactionMode) -> Self {
        Self { mode, problem: None, remark: None }
    }
}

/// What the names in a folder say.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Migrations, in any order.
    pub entries: Vec<Entry>,
    /// Files that the tool passes over.
    pub ignored: Vec<Ignored>,
    /// What the tool would refuse.
    pub problems: Vec<Problem>,
    /// What a rule judges.
    pub remarks: Vec<Remark>,
}

/// A migration by its names, before anything was read.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The version as the tool writes it down.
    pub id: String,
    /// The version for ordering.
    pub version: Version,
    /// What the tool orders by.
    pub key: Key,
    /// The name without the version.
    pub description: String,
    /// Its files.
    pub files: Vec<EntryFile>,
}

/// What a tool orders its migrations by; each layout uses one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Before every version, and again in every run.
    First(String),
    /// The version's numbers, then the name.
    Number(Version, String),
    /// Text, byte by byte.
    Text(String),
    /// After every version, by name.
    After(String),
    /// At the end, by name: scripts that run again whenever they change.
    Last(String),
}

/// A file of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryFile {
    /// Path below the folder, with `/`.
    pub path: String,
    /// What it is.
    pub part: Part,
}

/// What a file is to its migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// The way forward.
    Up,
    /// The way back.
    Down,
    /// Settings of the runner for it.
    Settings,
}

impl Part {
    /// The direction of a script.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::Up => Some(Direction::Up),
            Self::Down => Some(Direction::Down),
            Self::Settings => None,
        }
    }
}

/// A file of an entry that could be read.
#[derive(Debug, Clone)]
pub(super) struct ReadFile {
    /// What it is.
    pub part: Part,
    /// Its text.
    pub file: Arc<SourceFile>,
}

impl ReadFile {
    /// The whole file as a script, without the byte order mark.
    pub fn whole(&self, direction: Direction, transaction: TransactionMode) -> ScriptSource {
        let span = Span::new(self.file.content_start(), self.file.text().len());
        let text = MappedText::verbatim(&self.file, span);
        ScriptSource { file: Arc::clone(&self.file), text, direction, transaction }
    }
}

impl Entry {
    /// A draft without scripts.
    pub fn draft(&self, files: &[ReadFile]) -> Draft {
        let paths: Vec<&str> = files.iter().map(|read| read.file.path()).collect();
        self.draft_of(&paths)
    }

    /// A draft without scripts, of files with these printed paths.
    pub fn draft_of(&self, paths: &[&str]) -> Draft {
        Draft {
            id: self.id.clone(),
            version: self.version.clone(),
            description: self.description.clone(),
            parents: Vec::new(),
            up: None,
            down: None,
            files: paths.iter().map(|path| (*path).to_owned()).collect(),
            selected: true,
            revision: None,
            module: None,
            reruns: self.reruns(),
        }
    }
}

impl Entry {
    /// Whether it runs again whenever it changes.
    pub fn reruns(&self) -> bool {
        matches!(self.key, Key::First(_) | Key::Last(_))
    }
}

/// What reading an entry gave.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// Usually one; several where a file holds several migrations.
    pub drafts: Vec<Draft>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
    /// What a rule judges of them.
    pub remarks: Vec<Remark>,
}
