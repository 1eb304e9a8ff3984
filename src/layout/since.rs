//! What version control says of a project's files, brought to its migrations: which are new, which
//! were edited and in what, what the other side got meanwhile, what is gone.

use super::layout_trait::{Built, Entry, Key, Layout, ReadFile};
use super::order::comparable;
use super::paths::join_shown;
use super::project::Draft;
use super::read::decode;
use super::walk::Folder;
use crate::frontend;
use crate::migration::{Arrival, Dialect, Edit, Edited, Fate, Lost, ScriptSource, Since};
use std::collections::{BTreeMap, HashMap};

/// What version control says of files, by their printed paths; the others are as they were.
#[derive(Debug, Clone, Default)]
pub struct Versioned {
    /// The revision that is compared with, as given.
    pub reference: String,
    /// Files that differ.
    pub changes: BTreeMap<String, FileChange>,
    /// Files that the revision got after the two parted.
    pub arrivals: Vec<String>,
}

/// How a file differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// It is new.
    Added,
    /// It was edited.
    Modified {
        /// Its bytes as they were.
        before: Vec<u8>,
    },
    /// It had another name.
    Renamed {
        /// The old name.
        from: String,
    },
    /// It is gone.
    Deleted {
        /// Its bytes as they were.
        before: Vec<u8>,
    },
}

/// Gathers what is needed while a project is read, entry by entry.
pub(super) struct Observer<'a> {
    versioned: &'a Versioned,
    folder: &'a Folder,
    layout: &'a dyn Layout,
    dialect: Dialect,
    /// Key of each entry, and how many drafts come before it.
    starts: Vec<(Key, usize)>,
    /// The ways forward and back of edited migrations, as they were.
    before: HashMap<String, Draft>,
}

impl<'a> Observer<'a> {
    /// An observer of one project.
    pub fn new(
        versioned: &'a Versioned,
        folder: &'a Folder,
        layout: &'a dyn Layout,
        dialect: Dialect,
    ) -> Self {
        Self { versioned, folder, layout, dialect, starts: Vec::new(), before: HashMap::new() }
    }

    /// Looks at an entry whose drafts come after `drafts` others.
    pub fn entry(&mut self, entry: &Entry, files: &[ReadFile], drafts: usize) {
        self.starts.push((entry.key.clone(), drafts));
        let earlier = |read: &ReadFile| {
            let path = read.file.path();
            match self.versioned.changes.get(path) {
                Some(FileChange::Modified { before }) => {
                    let file = decode(path, before.clone()).ok()?;
                    Some(ReadFile { part: read.part, file })
                }
                Some(_) => None,
                None => Some(read.clone()),
            }
        };
        let is_edited = |read: &ReadFile| {
            matches!(
                self.versioned.changes.get(read.file.path()),
                Some(FileChange::Modified { .. })
            )
        };
        // Scripts that run whenever they change are made to be edited.
        if entry.reruns() || !files.iter().any(is_edited) {
            return;
        }
        let files: Vec<ReadFile> = files.iter().filter_map(earlier).collect();
        let Built { drafts, .. } = self.layout.build(entry, &files, self.dialect);
        self.before.extend(drafts.into_iter().map(|draft| (draft.id.clone(), draft)));
    }

    /// What became of the drafts, which are in their final order.
    pub fn finish(self, drafts: &[Draft]) -> Since {
        Since {
            reference: self.versioned.reference.clone(),
            fates: drafts.iter().map(|draft| self.fate(draft)).collect(),
            arrivals: self.arrivals(drafts.len()),
            lost: self.lost(drafts),
        }
    }

    fn fate(&self, draft: &Draft) -> Fate {
        let changes: Vec<Option<&FileChange>> =
            draft.files.iter().map(|file| self.versioned.changes.get(file)).collect();
        let is_new = |change: &Option<&FileChange>| match change {
            Some(FileChange::Added) => true,
            Some(FileChange::Renamed { from }) => self.id_of(from).is_none(),
            _ => false,
        };
        // A way back that is written later does not make the migration new.
        if changes.first().is_some_and(is_new) {
            return Fate::New;
        }
        let renamed = changes.iter().find_map(|change| match change {
            Some(FileChange::Renamed { from }) => self.id_of(from),
            _ => None,
        });
        if let Some(from) = renamed.filter(|from| *from != draft.id) {
            return Fate::Renumbered { from };
        }
        if changes.iter().all(Option::is_none) {
            return Fate::Merged;
        }
        if draft.reruns {
            return Fate::Rerun;
        }
        match self.before.get(&draft.id) {
            Some(before) if self.is_untouched(before, draft) => Fate::Merged,
            Some(before) => Fate::Edited(self.edit(before, draft)),
            None if changes.iter().any(|change| matches!(change, Some(FileChange::Added))) => {
                Fate::Edited(Edit::WayBack)
            }
            // A file that holds several migrations has got another one.
            None => Fate::New,
        }
    }

    /// Whether neither way changed, and the tool does not look at the rest of the file.
    fn is_untouched(&self, before: &Draft, now: &Draft) -> bool {
        let text = |script: &Option<ScriptSource>| {
            script.as_ref().map(|script| (script.text.text().to_owned(), script.transaction))
        };
        !matches!(self.layout.bookkeeping().edited, Edited::Refused | Edited::RefusedByBytes)
            && text(&before.up) == text(&now.up)
            && text(&before.down) == text(&now.down)
    }

    fn edit(&self, before: &Draft, now: &Draft) -> Edit {
        let differ = |before: Option<&ScriptSource>, now: Option<&ScriptSource>| {
            self.said(before) != self.said(now)
                || before.map(|script| script.transaction) != now.map(|script| script.transaction)
        };
        if differ(before.up.as_ref(), now.up.as_ref()) {
            return Edit::Statements;
        }
        if differ(before.down.as_ref(), now.down.as_ref()) {
            return Edit::WayBack;
        }
        Edit::Comments
    }

    /// The statements of a script, without comments and with one blank for every white space.
    fn said(&self, script: Option<&ScriptSource>) -> Option<Vec<String>> {
        let script = frontend::sql::parse(script?.clone(), self.dialect);
        let words = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(script.statements().map(|statement| words(&statement.sql)).collect())
    }

    /// The version that a file of that printed path has in this layout.
    fn id_of(&self, path: &str) -> Option<String> {
        self.entries(std::iter::once(path)).into_iter().next().map(|(entry, _)| entry.id)
    }

    fn arrivals(&self, drafts: usize) -> Vec<Arrival> {
        let paths = self.versioned.arrivals.iter().map(String::as_str);
        let here = |path: &str| self.folder.contains(path);
        self.entries(paths)
            .into_iter()
            .filter(|(_, path)| !here(path))
            .map(|(entry, path)| {
                let after = self.starts.iter().find(|(key, _)| *key > entry.key);
                let position = after.map_or(drafts, |(_, position)| *position);
                Arrival { id: entry.id, path: join_shown(&self.folder.shown, &path), position }
            })
            .collect()
    }

    fn lost(&self, drafts: &[Draft]) -> Vec<Lost> {
        let deleted = self.versioned.changes.iter().filter_map(|(path, change)| match change {
            FileChange::Deleted { before } => Some((path.as_str(), before)),
            _ => None,
        });
        let deleted: HashMap<&str, &Vec<u8>> = deleted.collect();
        let mut paths: Vec<&str> = deleted.keys().copied().collect();
        paths.sort_unstable();
        let still = |entry: &Entry| {
            drafts.iter().any(|draft| comparable(&draft.id) == comparable(&entry.id))
        };
        let entries = self.entries(paths.into_iter());
        let gone = entries.into_iter().filter(|(entry, _)| !entry.reruns() && !still(entry));
        gone.filter_map(|(entry, path)| {
            let shown = join_shown(&self.folder.shown, &path);
            let file = decode(&shown, (*deleted.get(shown.as_str())?).clone()).ok()?;
            Some(Lost { id: entry.id, file })
        })
        .collect()
    }

    /// What the layout makes of files of these printed paths if they stood in the folder, each
    /// with its first file.
    fn entries<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Vec<(Entry, String)> {
        let below = paths.filter_map(|path| self.folder.below(path));
        let names: Vec<&str> = below.collect();
        if names.is_empty() {
            return Vec::new();
        }
        let listing = self.layout.list(&self.folder.with_names(&names), self.dialect);
        let with_file = |entry: Entry| {
            let path = entry.files.first()?.path.clone();
            Some((entry, path))
        };
        listing.entries.into_iter().filter_map(with_file).collect()
    }
}
