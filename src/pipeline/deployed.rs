//! Releases of the application: which ones are asked, read from git, and handed to the projects.

use super::load::{Loaded, load};
use super::{Progress, Request};
use crate::deployed::{AppFiles, Deployed, History, Matrix, ReadError, compare};
use crate::finding::FileProblem;
use crate::migration::Migration;
use crate::vcs::{Repository, TagPattern, VcsError};
use std::sync::Arc;

/// Reads the releases that the request names, and gives them to every project. What cannot be read
/// is a problem of the run.
pub(super) fn add(request: &Request, loaded: &mut Loaded) {
    let names = match request.deployed.is_empty() {
        true => &request.settings.deployed.refs,
        false => &request.deployed,
    };
    if names.is_empty() || loaded.projects.is_empty() {
        return;
    }
    match read(request, loaded, names) {
        Ok(deployed) => {
            let deployed = Arc::new(deployed);
            for project in &mut loaded.projects {
                project.deployed = Some(Arc::clone(&deployed));
            }
        }
        Err(problem) => loaded.problems.push(problem),
    }
}

fn read(request: &Request, loaded: &Loaded, names: &[String]) -> Result<Deployed, FileProblem> {
    let repository = Repository::of(&request.working_directory).map_err(of_git)?;
    let settings = &request.settings.deployed;
    let migrations = loaded.projects.iter().map(|project| project.summary.path.clone()).collect();
    let files = AppFiles::new(&settings.app, migrations).map_err(|error| FileProblem {
        file: "[deployed] app".to_owned(),
        line: None,
        message: error.to_string(),
        help: None,
    })?;
    let mut also = Vec::with_capacity(settings.also.len());
    for folder in &settings.also {
        also.push(Repository::of(&request.settings_folder.join(folder)).map_err(of_git)?);
    }
    Deployed::read(&repository, names, &files, &also).map_err(|error| problem(&error))
}

fn of_git(error: VcsError) -> FileProblem {
    problem(&ReadError::Git(error))
}

fn problem(error: &ReadError) -> FileProblem {
    FileProblem {
        file: "deployed releases".to_owned(),
        line: None,
        message: error.to_string(),
        help: Some(error.help()),
    }
}

/// Which releases are compared.
#[derive(Debug, Clone, Default)]
pub struct Releases {
    /// Glob of tags; the configuration's, else every tag with a digit.
    pub tags: Option<String>,
    /// At most so many, the newest.
    pub last: usize,
    /// A release that is compared in any case.
    pub floor: Option<String>,
}

/// What `compat` found.
#[derive(Debug, Clone, Default)]
pub struct Compatibility {
    /// Project by project.
    pub projects: Vec<Matrix>,
    /// What could not be read.
    pub problems: Vec<FileProblem>,
}

/// Compares releases with migrations.
pub fn compat(request: &Request, releases: &Releases, progress: &dyn Progress) -> Compatibility {
    let mut loaded = load(request, progress);
    let read = chosen(request, releases).and_then(|names| read(request, &loaded, &names));
    let deployed = match read {
        Ok(deployed) => deployed,
        Err(problem) => {
            loaded.problems.push(problem);
            return Compatibility { projects: Vec::new(), problems: loaded.problems };
        }
    };
    let rows = |project: &crate::engine::Project| Matrix {
        project: project.summary.path.clone(),
        migrations: project.migrations.iter().map(named).collect(),
        rows: compare(
            History {
                migrations: &project.migrations,
                start: &project.start,
                target: &project.target,
            },
            &deployed,
        ),
    };
    let projects = loaded.projects.iter().map(rows).collect();
    Compatibility { projects, problems: loaded.problems }
}

fn named(migration: &Migration) -> (String, String) {
    let file = migration.up.as_ref().map(|script| script.source.file.path().to_owned());
    (migration.id.clone(), file.unwrap_or_default())
}

/// Names of the releases, oldest first.
fn chosen(request: &Request, releases: &Releases) -> Result<Vec<String>, FileProblem> {
    if !request.deployed.is_empty() {
        return Ok(request.deployed.clone());
    }
    let repository = Repository::of(&request.working_directory).map_err(of_git)?;
    let configured = request.settings.deployed.tags.as_deref();
    let glob = releases.tags.as_deref().or(configured).unwrap_or("*[0-9]*");
    let message =
        |message| FileProblem { file: "--tags".to_owned(), line: None, message, help: None };
    let pattern = TagPattern::new(glob).map_err(message)?;
    let tags = repository.tags(&pattern).map_err(of_git)?;
    let first = tags.len().saturating_sub(releases.last);
    let is_floor = |tag: &String| Some(tag) == releases.floor.as_ref();
    let mut names: Vec<String> = tags
        .into_iter()
        .enumerate()
        .filter(|(at, tag)| *at >= first || is_floor(tag))
        .map(|(_, tag)| tag)
        .collect();
    if let Some(floor) = &releases.floor
        && !names.contains(floor)
    {
        names.insert(0, floor.clone());
    }
    if names.is_empty() {
        return Err(FileProblem {
            file: "releases".to_owned(),
            line: None,
            message: format!("no tag matches \"{glob}\""),
            help: Some("fetch the tags (git fetch --tags), or name releases: lockgate compat --release v1.41".to_owned()),
        });
    }
    Ok(names)
}
