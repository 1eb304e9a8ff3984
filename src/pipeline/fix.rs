//! Rounds of fixes: chosen fixes are applied in memory, the result is read and judged again, and
//! kept if it is better; until nothing is left to apply.

use super::load::load_with;
use super::{Loaded, Progress, Request, judge_loaded};
use crate::finding::{Applicability, Finding, Fixed, Hazard, LintReport};
use crate::fix::{Changes, Choice, Key, choose, key};
use crate::layout::{FileChange, Overlay, Register, Standing, Touched, registers};
use crate::migration::Dialect;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More rounds than any history needs: each takes away at least one finding.
const ROUNDS: usize = 200;

/// What fixing comes to.
pub struct FixOutcome {
    /// What the files gave before.
    pub before: LintReport,
    /// What is left, with what was fixed.
    pub after: LintReport,
    /// What becomes of the files; nothing was written.
    pub changes: Changes,
}

/// Applies fixes that are at least so sure, in memory.
pub fn fix(request: &Request, least: Applicability, progress: &dyn Progress) -> FixOutcome {
    let mut state = State::read(request, Changes::default(), progress);
    let before = state.report.clone();
    let mut rejected: BTreeSet<Key> = BTreeSet::new();
    let mut fixed = Vec::new();
    for _ in 0..ROUNDS {
        let chosen = state.choose(least, &rejected);
        if chosen.is_empty() {
            break;
        }
        let fixes = chosen.iter().filter_map(|finding| finding.fix.as_ref());
        let Some(changes) = state.changes.with(fixes) else {
            rejected.extend(chosen.into_iter().map(key));
            continue;
        };
        let next = State::read(request, with_registers(changes), progress);
        let bad = state.not_better(&next, &chosen);
        if bad.is_empty() {
            fixed.extend(chosen.iter().filter_map(|finding| Fixed::of(finding)));
            state = next;
        } else {
            rejected.extend(bad);
        }
    }
    let after = LintReport { fixed, ..state.report };
    FixOutcome { before, after, changes: state.changes }
}

/// The files as they are after some changes, and what is found in them.
struct State {
    report: LintReport,
    changes: Changes,
    /// Locations of files of judged migrations, and the dialects in which they are read.
    editable: HashMap<PathBuf, BTreeSet<Dialect>>,
}

impl State {
    fn read(request: &Request, changes: Changes, progress: &dyn Progress) -> Self {
        let overlay = Overlay::new(changes.texts());
        let loaded = load_with(&with_new_files(request, &changes), &overlay, progress);
        let editable = judged_files(&loaded);
        Self { report: judge_loaded(request, loaded), changes, editable }
    }

    fn choose(&self, least: Applicability, rejected: &BTreeSet<Key>) -> Vec<&Finding> {
        let exists = |path: &Path| self.changes.touches(path) || path.symlink_metadata().is_ok();
        let choice = Choice { least, editable: &self.editable, exists: &exists, rejected };
        choose(&self.report.findings, &choice)
    }

    /// Findings whose fixes did not take them away, or left something that is worse: statements
    /// that are not understood or fail, files that are not accepted.
    fn not_better(&self, next: &Self, chosen: &[&Finding]) -> Vec<Key> {
        let (before, after) = (counts(&self.report), counts(&next.report));
        let mended = |key: &Key| after.get(key).unwrap_or(&0) < before.get(key).unwrap_or(&0);
        let keys = chosen.iter().map(|finding| key(finding));
        let bad: Vec<Key> = keys.filter(|key| !mended(key)).collect();
        if !bad.is_empty() {
            return bad;
        }
        let (before, after) = (troubles(&self.report), troubles(&next.report));
        let worse: Vec<&str> = after
            .iter()
            .filter(|(file, count)| before.get(*file).unwrap_or(&0) < count)
            .map(|(file, _)| *file)
            .collect();
        if worse.is_empty() {
            return Vec::new();
        }
        let touches = |finding: &&&Finding| worse.iter().any(|file| touches(finding, file));
        let guilty: Vec<Key> = chosen.iter().filter(touches).map(|finding| key(finding)).collect();
        match guilty.is_empty() {
            true => chosen.iter().map(|finding| key(finding)).collect(),
            false => guilty,
        }
    }
}

/// Lists of migrations follow what becomes of the scripts.
fn with_registers(mut changes: Changes) -> Changes {
    let touched: Vec<Touched<'_>> = changes
        .iter()
        .map(|(location, change)| Touched {
            location,
            shown: &change.path,
            text: &change.after,
            standing: if change.before.is_some() { Standing::There } else { Standing::New },
            follows: change.follows.as_deref(),
        })
        .collect();
    for register in registers(&touched) {
        let Register { location, shown, before, after } = register;
        changes.put(location, shown, before, after);
    }
    changes
}

/// Files that fixes made are judged as the file is that they were made for.
fn with_new_files(request: &Request, changes: &Changes) -> Request {
    let mut request = request.clone();
    if let Some(versioned) = &mut request.scope.versioned {
        let made = changes.iter().filter(|(_, change)| change.before.is_none());
        let made = made.map(|(_, change)| (change.path.clone(), FileChange::Added));
        Arc::make_mut(versioned).changes.extend(made);
    }
    if request.paths.is_empty() {
        return request;
    }
    let named: Vec<PathBuf> =
        request.paths.iter().map(|path| request.working_directory.join(path)).collect();
    let made = changes.iter().filter(|(_, change)| change.before.is_none());
    let made = made.map(|(location, _)| location);
    let others = made.filter(|location| !named.iter().any(|path| location.starts_with(path)));
    // Settings files belong to the script beside them.
    let is_script =
        |path: &&Path| path.extension().is_some_and(|kind| kind == "sql" || kind == "py");
    let scripts = others.filter(is_script);
    request.paths.extend(scripts.map(Path::to_owned));
    request
}

fn judged_files(loaded: &Loaded) -> HashMap<PathBuf, BTreeSet<Dialect>> {
    let mut files: HashMap<PathBuf, BTreeSet<Dialect>> = HashMap::new();
    for project in &loaded.projects {
        let migrations = project.migrations.iter().zip(&project.judged);
        let judged = migrations.filter(|(_, judged)| **judged).map(|(migration, _)| migration);
        let scripts = judged.flat_map(|migration| [&migration.up, &migration.down]).flatten();
        for location in scripts.filter_map(|script| script.source.file.location()) {
            files.entry(location.to_owned()).or_default().insert(project.target.dialect);
        }
    }
    files
}

fn counts(report: &LintReport) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(key(finding)).or_default() += 1;
    }
    counts
}

/// What stands against each file: it is not read, not understood, or fails.
fn troubles(report: &LintReport) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    let failing = report.findings.iter().filter(|finding| finding.hazard == Hazard::Fails);
    let files = (failing.map(|finding| finding.place.file.path()))
        .chain(report.opaque.iter().map(|one| one.place.file.path()))
        .chain(report.problems.iter().map(|problem| problem.file.as_str()));
    for file in files {
        *counts.entry(file).or_default() += 1;
    }
    counts
}

fn touches(finding: &Finding, file: &str) -> bool {
    finding.fix.iter().any(|fix| {
        fix.edits.iter().any(|edit| edit.place.file.path() == file)
            || fix.creates.iter().any(|new| new.path == file)
    })
}
