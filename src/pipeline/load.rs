//! Reads and parses: from choices of folders to projects that the engine judges.

use super::select::{Choice, choices};
use super::{Progress, Request};
use crate::engine::{self, Batch};
use crate::finding::{FileProblem, ProjectSummary, SkippedFolder};
use crate::frontend::{
    self,
    alembic::{Library, NoSources, Sources},
};
use crate::layout::{
    self, DiscoverOptions, Discovery, Draft, LayoutError, Overlay, Problem, Program, PythonProject,
};
use crate::migration::{Dialect, Migration, Observed, ScriptSource, Target, Unread};
use crate::schema::Schema;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// What was read.
#[derive(Default)]
pub struct Loaded {
    /// Projects, parsed, in the order of their paths.
    pub projects: Vec<engine::Project>,
    /// Files and paths that could not be read.
    pub problems: Vec<FileProblem>,
    /// Folders with migrations that lockgate cannot read yet.
    pub skipped: Vec<SkippedFolder>,
    /// Number of different files read.
    pub files: usize,
}

/// Finds, reads and parses what the request asks for.
pub fn load(request: &Request, progress: &dyn Progress) -> Loaded {
    load_with(request, &Overlay::default(), progress)
}

/// The same, with texts that are read instead of files.
pub(super) fn load_with(request: &Request, overlay: &Overlay, progress: &dyn Progress) -> Loaded {
    let found: Vec<(Choice, Discovery)> = choices(request)
        .into_iter()
        .map(|choice| {
            let discovery = discover(request, &choice, overlay);
            (choice, discovery)
        })
        .collect();
    progress.begin(found.iter().map(|(_, discovery)| scripts(discovery)).sum());
    let mut loaded = Loaded::default();
    let mut files = BTreeSet::new();
    for (choice, discovery) in found {
        let is_empty = discovery.projects.is_empty() && discovery.skipped.is_empty();
        let excused = choice.may_be_empty && is_empty;
        loaded.problems.extend(
            discovery
                .errors
                .iter()
                .filter(|error| !(excused && matches!(error, LayoutError::NothingFound { .. })))
                .map(from_error),
        );
        loaded.skipped.extend(discovery.skipped.iter().map(|skipped| SkippedFolder {
            path: skipped.path.clone(),
            message: skipped.to_string(),
        }));
        for project in discovery.projects {
            files.extend(project.drafts.iter().flat_map(|draft| draft.files.iter().cloned()));
            loaded.problems.extend(project.problems.iter().filter_map(from_problem));
            loaded.projects.push(parse(request, &choice, project, progress));
        }
    }
    progress.end();
    loaded.files = files.len();
    loaded.projects.sort_by(|a, b| a.summary.path.cmp(&b.summary.path));
    loaded.skipped.sort();
    loaded.skipped.dedup();
    dedup(&mut loaded.problems);
    loaded
}

fn discover(request: &Request, choice: &Choice, overlay: &Overlay) -> Discovery {
    let options = DiscoverOptions {
        working_directory: request.working_directory.clone(),
        layout: choice.layout,
        dialect: choice.dialect,
        stdin: request.stdin.clone(),
        overlay: overlay.clone(),
        variables: request.overrides.variables.clone(),
        versioned: request.scope.versioned.clone(),
    };
    let mut discovery = layout::discover(&choice.paths, &options);
    let except: Vec<String> = choice
        .except
        .iter()
        .map(|folder| layout::printed_path(&request.working_directory, folder))
        .collect();
    let is_other = |root: &str| {
        except.iter().any(|folder| {
            root == folder || root.strip_prefix(folder.as_str()).is_some_and(|r| r.starts_with('/'))
        })
    };
    discovery.projects.retain(|project| !is_other(&project.root));
    discovery.skipped.retain(|skipped| !is_other(&skipped.path));
    discovery
}

fn scripts(discovery: &Discovery) -> u64 {
    let drafts = discovery.projects.iter().flat_map(|project| &project.drafts);
    let count: usize = drafts
        .map(|draft| usize::from(draft.up.is_some()) + usize::from(draft.down.is_some()))
        .sum();
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn parse(
    request: &Request,
    choice: &Choice,
    project: layout::Project,
    progress: &dyn Progress,
) -> engine::Project {
    let dialect = project.dialect.dialect;
    let mut target = Target::assumed(dialect);
    if let Some(version) = choice.server_version {
        target.version = version;
    }
    target.utc = choice.utc;
    let start = start(&project);
    let programs = programs_before(&project);
    let sent = Parsing { target, python: project.python.as_ref(), progress };
    let judged = project.drafts.iter().map(|draft| draft.selected).collect();
    let observed = observed(project.observed, &project.drafts);
    let count = project.drafts.len();
    let mut migrations = sent.drafts(project.drafts);
    for (migration, unread) in migrations.iter_mut().zip(programs) {
        migration.unread = unread;
    }
    let ignored = project.ignored.iter().map(|file| format!("{} ({})", file.path, file.why));
    let summary = ProjectSummary {
        path: project.root,
        layout: project.layout.name.to_owned(),
        evidence: project.evidence,
        dialect,
        dialect_evidence: project.dialect.to_string(),
        server_version: target.version,
        version_assumed: choice.server_version.is_none(),
        migrations: count,
        ignored: ignored.collect(),
    };
    engine::Project {
        summary,
        conventions: project.conventions,
        target,
        judged,
        batch: if request.scope.versioned.is_some() { Batch::Judged } else { Batch::Each },
        observed,
        migrations,
        start,
        tables: request.settings.tables.clone(),
        rules: request.settings.rules.active(dialect),
        deployed: None,
        allowances: request.settings.allowances.clone(),
        today: request.today,
    }
}

/// For each migration the programs that the tool runs directly before it.
fn programs_before(project: &layout::Project) -> Vec<Option<Unread>> {
    let programs = project.ignored.iter().filter_map(|file| file.program.as_ref());
    let mut waiting: Vec<&Program> = programs.collect();
    let before = |draft: &Draft| {
        let due = waiting.extract_if(.., |program| program.version < draft.version);
        due.map(|program| program.words.clone()).reduce(|all, one| all.and(&one))
    };
    project.drafts.iter().map(before).collect()
}

/// What the first migration is run on: a folder holds its history; of what a file named alone is
/// run on nothing is known.
fn start(project: &layout::Project) -> Schema {
    let is_alone = project.drafts.iter().any(|draft| draft.files.first() == Some(&project.root));
    if is_alone { Schema::unknown() } else { Schema::empty() }
}

/// Where only some files were asked for, remarks about the others are left out.
fn observed(mut observed: Observed, drafts: &[Draft]) -> Observed {
    let whole = observed.since.is_some() || drafts.iter().all(|draft| draft.selected);
    observed.remarks.retain(|remark| {
        let path = remark.place.file.path();
        let of = |draft: &Draft| draft.files.iter().any(|file| file == path);
        whole || drafts.iter().any(|draft| draft.selected && of(draft))
    });
    observed
}

/// Parses drafts in parallel, order kept.
pub fn parse_drafts(
    drafts: Vec<Draft>,
    target: Target,
    python: Option<&PythonProject>,
    progress: &dyn Progress,
) -> Vec<Migration> {
    Parsing { target, python, progress }.drafts(drafts)
}

/// What parsing needs beside the drafts.
struct Parsing<'p> {
    target: Target,
    python: Option<&'p PythonProject>,
    progress: &'p dyn Progress,
}

impl Parsing<'_> {
    fn drafts(&self, drafts: Vec<Draft>) -> Vec<Migration> {
        let sources: &dyn Sources = match self.python {
            Some(python) => &python.modules,
            None => &NoSources,
        };
        let naming = self.python.map(|python| python.naming.clone()).unwrap_or_default();
        let library = Library::new(sources).naming(naming);
        let parsed = drafts.into_par_iter().map(|draft| self.migration(draft, &library));
        let mut migrations = parsed.collect::<Vec<_>>();
        if self.python.is_some() {
            super::copied::fill(&mut migrations, &self.target);
        }
        if self.target.dialect == Dialect::Postgres {
            frontend::sql::bind_calls(&mut migrations);
        }
        migrations
    }

    fn migration(&self, draft: Draft, library: &Library<'_>) -> Migration {
        let module = draft.module;
        let script = |source: Option<ScriptSource>| {
            let script = match &module {
                Some(module) => frontend::alembic::parse(source?, module, library, &self.target),
                None => frontend::sql::parse(source?, self.target),
            };
            self.progress.step();
            Some(script)
        };
        Migration {
            id: draft.id,
            description: draft.description,
            parents: draft.parents,
            unread: None,
            up: script(draft.up),
            down: script(draft.down),
            revision: draft.revision,
        }
    }
}

fn from_error(error: &LayoutError) -> FileProblem {
    let file = match error {
        LayoutError::NotFound { path, .. }
        | LayoutError::Inaccessible { path, .. }
        | LayoutError::NothingFound { path }
        | LayoutError::NotRecognised { path, .. }
        | LayoutError::NoneFits { path, .. } => path.clone(),
        LayoutError::NoStdin => "-".to_owned(),
    };
    let help = Some(error.help().to_owned());
    FileProblem { file, line: None, message: error.to_string(), help }
}

/// A problem of a project's files; versions used twice are a rule's matter.
fn from_problem(problem: &Problem) -> Option<FileProblem> {
    if matches!(problem, Problem::DuplicateVersion { .. }) {
        return None;
    }
    Some(FileProblem {
        file: problem.path().unwrap_or_default().to_owned(),
        line: problem.line(),
        message: problem.to_string(),
        help: Some(problem.help().to_owned()),
    })
}

/// Each problem once, although two dialects read a folder twice.
fn dedup(problems: &mut Vec<FileProblem>) {
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert((problem.file.clone(), problem.message.clone())));
}
