//! Files that the caller names: each one's project is found upward, so that its history is there;
//! one without a project is a script of its own.

use super::discover::{Search, Skipped};
use super::look::{Seen, look};
use super::project::{Found, Project};
use super::tools::plain;
use super::walk::{Folder, Given};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// How far above a file its project may start: `migrations/2025/0001_x/up.sql`.
const HIGHEST: usize = 3;

impl Search<'_> {
    /// Finds the projects of these files, each project once, the outermost folder first.
    pub(super) fn files(&mut self, files: BTreeSet<PathBuf>) {
        let mut left = files;
        if self.options.layout != Some(plain::META) {
            for (root, below) in self.roots(&left) {
                let wanted: BTreeSet<PathBuf> = below.intersection(&left).cloned().collect();
                if wanted.is_empty() {
                    continue;
                }
                for file in self.files_below(&root.0, &wanted) {
                    left.remove(&file);
                }
            }
        }
        for file in left {
            self.single(&file);
        }
    }

    /// Folders that may be the project of one of the files, with those files; outer ones first.
    fn roots(&self, files: &BTreeSet<PathBuf>) -> BTreeMap<Root, BTreeSet<PathBuf>> {
        let mut roots: BTreeMap<Root, BTreeSet<PathBuf>> = BTreeMap::new();
        for file in files {
            let Some(parent) = file.parent() else { continue };
            let bound = self.bases.bound(file);
            let above = parent.ancestors().take(HIGHEST);
            for folder in above.take_while(|folder| folder.starts_with(&bound)) {
                let is_root = folder.parent().is_none();
                if is_root {
                    break;
                }
                roots.entry(Root(folder.to_owned())).or_default().insert(file.clone());
            }
        }
        roots
    }

    /// Those of the files that are dealt with by looking at the folder `root`.
    fn files_below(&mut self, root: &Path, wanted: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        if self.done.contains(root) {
            return self.known(root, wanted);
        }
        let (folder, _) = Folder::walk(root, Given::Named, HIGHEST, self.bases);
        match look(&folder, self.options) {
            Seen::Projects(all) => {
                all.into_iter().flat_map(|found| self.take(root, found, wanted)).collect()
            }
            Seen::Skipped(skipped) => {
                let own = wanted.iter().filter(|file| file.parent() == Some(root));
                let own: Vec<PathBuf> = own.cloned().collect();
                for file in &own {
                    let path = self.bases.shown(file);
                    self.out.skipped.push(Skipped { path, ..skipped.clone() });
                }
                own
            }
            Seen::Nothing => Vec::new(),
        }
    }

    /// Reads a project if one of the files is in it; gives those that are.
    fn take(&mut self, root: &Path, found: Found, wanted: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        let members = found.files();
        let is_member =
            |file: &&PathBuf| below(root, file).is_some_and(|name| members.contains(&*name));
        let inside: Vec<PathBuf> = wanted.iter().filter(is_member).cloned().collect();
        drop(members);
        if !inside.is_empty() {
            let mut project = found.read(self.options.versioned.as_deref());
            self.select(&mut project, &inside);
            self.done.insert(root.to_owned());
            self.out.projects.push(project);
        }
        inside
    }

    /// Those of the files that are in a project which was read, or in a folder that is skipped.
    fn known(&self, root: &Path, wanted: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        let root = self.bases.shown(root);
        let projects = || self.out.projects.iter().filter(|project| project.root == root);
        if projects().next().is_none() {
            return wanted.iter().cloned().collect();
        }
        let drafts = projects().flat_map(|project| &project.drafts);
        let files: HashSet<&str> =
            drafts.flat_map(|draft| &draft.files).map(String::as_str).collect();
        let known = |file: &&PathBuf| files.contains(self.bases.shown(file).as_str());
        wanted.iter().filter(known).cloned().collect()
    }

    fn select(&self, project: &mut Project, files: &[PathBuf]) {
        let shown: HashSet<String> = files.iter().map(|file| self.bases.shown(file)).collect();
        for draft in &mut project.drafts {
            draft.selected &= draft.files.iter().any(|file| shown.contains(file));
        }
    }
}

/// A folder, ordered by depth, so that outer folders come before inner ones.
#[derive(PartialEq, Eq)]
struct Root(PathBuf);

impl Root {
    fn key(&self) -> (usize, &Path) {
        (self.0.components().count(), &self.0)
    }
}

impl Ord for Root {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Root {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn below(root: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(root).ok()?.components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}
