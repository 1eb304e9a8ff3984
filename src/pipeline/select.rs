//! Which folders are looked at, each with the settings that hold for it.

use super::Request;
use crate::config::ProjectSettings;
use crate::layout::{LayoutMeta, normalised};
use crate::migration::{Dialect, ServerVersion};
use std::path::{Path, PathBuf};

/// Paths that are looked at with one layout and one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Paths; empty means the working directory, searched.
    pub paths: Vec<PathBuf>,
    /// The layout; detected where `None`.
    pub layout: Option<LayoutMeta>,
    /// The dialect; judged where `None`.
    pub dialect: Option<Dialect>,
    /// The server version.
    pub server_version: Option<ServerVersion>,
    /// Whether sessions run in UTC.
    pub utc: bool,
    /// Folders (absolute) that other choices have.
    pub except: Vec<PathBuf>,
    /// Whether it is fine to find nothing, because another choice has what is there.
    pub may_be_empty: bool,
}

/// What a request comes to, in the order of the configuration.
pub fn choices(request: &Request) -> Vec<Choice> {
    let configured: Vec<(PathBuf, &ProjectSettings)> = request
        .settings
        .projects
        .iter()
        .map(|project| (normalised(&request.settings_folder.join(&project.path)), project))
        .collect();
    if request.paths.is_empty() {
        if configured.is_empty() {
            return vec![Choice::detected(request, Vec::new())];
        }
        return configured
            .iter()
            .flat_map(|(folder, project)| {
                Choice::of(request, project, std::slice::from_ref(folder))
            })
            .collect();
    }
    named(request, &configured)
}

/// Named paths: each goes to the configured project that it lies in; configured projects that lie
/// in it are taken with their own settings.
fn named(request: &Request, configured: &[(PathBuf, &ProjectSettings)]) -> Vec<Choice> {
    let absolute = |path: &PathBuf| normalised(&request.working_directory.join(path));
    let mut taken: Vec<Vec<PathBuf>> = vec![Vec::new(); configured.len()];
    let mut others = Vec::new();
    let mut except = Vec::new();
    for path in &request.paths {
        let full = absolute(path);
        let homes = configured
            .iter()
            .enumerate()
            .filter(|(_, (folder, _))| path != Path::new("-") && full.starts_with(folder));
        let deepest = homes.clone().map(|(_, (folder, _))| folder.components().count()).max();
        for (at, _) in homes.filter(|(_, (folder, _))| Some(folder.components().count()) == deepest)
        {
            push(&mut taken, at, full.clone());
        }
        if deepest.is_some() {
            continue;
        }
        for (at, (folder, _)) in configured.iter().enumerate() {
            if folder.starts_with(&full) {
                push(&mut taken, at, folder.clone());
                except.push(folder.clone());
            }
        }
        others.push(path.clone());
    }
    let mut choices: Vec<Choice> = configured
        .iter()
        .zip(taken)
        .filter(|(_, paths)| !paths.is_empty())
        .flat_map(|((_, project), paths)| Choice::of(request, project, &paths))
        .collect();
    if !others.is_empty() {
        let may_be_empty = !except.is_empty();
        choices.push(Choice { except, may_be_empty, ..Choice::detected(request, others) });
    }
    choices
}

fn push(taken: &mut [Vec<PathBuf>], at: usize, path: PathBuf) {
    if let Some(paths) = taken.get_mut(at)
        && !paths.contains(&path)
    {
        paths.push(path);
    }
}

impl Choice {
    fn detected(request: &Request, paths: Vec<PathBuf>) -> Self {
        let overrides = &request.overrides;
        Self {
            paths,
            layout: overrides.layout,
            dialect: overrides.dialect,
            server_version: overrides.server_version,
            utc: false,
            except: Vec::new(),
            may_be_empty: false,
        }
    }

    /// One choice for each dialect of a configured project.
    fn of(request: &Request, project: &ProjectSettings, paths: &[PathBuf]) -> Vec<Self> {
        let overrides = &request.overrides;
        let dialects: Vec<Option<Dialect>> = match (overrides.dialect, &project.dialects) {
            (Some(dialect), _) => vec![Some(dialect)],
            (None, dialects) if dialects.is_empty() => vec![None],
            (None, dialects) => dialects.iter().copied().map(Some).collect(),
        };
        let choice = |dialect| Self {
            paths: paths.to_vec(),
            layout: overrides.layout.or(project.layout),
            dialect,
            server_version: overrides.server_version.or(project.server_version),
            utc: project.utc,
            except: Vec::new(),
            may_be_empty: false,
        };
        dialects.into_iter().map(choice).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::engine::Day;
    use crate::pipeline::Overrides;
    use std::time::UNIX_EPOCH;

    fn request(paths: &[&str], projects: &[(&str, &[Dialect])]) -> Request {
        let project = |(path, dialects): &(&str, &[Dialect])| ProjectSettings {
            path: (*path).to_owned(),
            layout: None,
            dialects: dialects.to_vec(),
            server_version: Some(ServerVersion::major(15)),
            utc: true,
        };
        let projects = projects.iter().map(project).collect();
        Request {
            paths: paths.iter().map(PathBuf::from).collect(),
            working_directory: "/shop/api".into(),
            stdin: None,
            settings: Settings { projects, ..Settings::default() },
            settings_folder: "/shop".into(),
            overrides: Overrides::default(),
            deployed: Vec::new(),
            scope: crate::scope::Scope::default(),
            today: Day::of(UNIX_EPOCH),
        }
    }

    #[test]
    fn without_paths_the_configuration_says_what_is_read() {
        let both = [Dialect::Postgres, Dialect::Sqlite];
        let found = choices(&request(&[], &[("db/a", &both), ("db/b", &[])]));
        let shown: Vec<_> =
            found.iter().map(|choice| (choice.paths[0].clone(), choice.dialect)).collect();
        assert_eq!(
            shown,
            [
                ("/shop/db/a".into(), Some(Dialect::Postgres)),
                ("/shop/db/a".into(), Some(Dialect::Sqlite)),
                ("/shop/db/b".into(), None),
            ]
        );
        assert_eq!(choices(&request(&[], &[])).len(), 1);
    }

    #[test]
    fn a_named_file_has_the_settings_of_its_project() {
        let projects: &[(&str, &[Dialect])] = &[("db", &[]), ("db/a", &[Dialect::Sqlite])];
        let found = choices(&request(&["../db/a/1.sql"], projects));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].dialect, Some(Dialect::Sqlite));
        assert_eq!(found[0].paths, [PathBuf::from("/shop/db/a/1.sql")]);
        assert!(found[0].utc);
    }

    #[test]
    fn a_folder_above_takes_configured_projects_as_they_are() {
        let found = choices(&request(&["..", "-"], &[("db/a", &[Dialect::Sqlite])]));
        assert_eq!(found[0].paths, [PathBuf::from("/shop/db/a")]);
        assert_eq!(found[1].except, [PathBuf::from("/shop/db/a")]);
        assert_eq!(found[1].paths, [PathBuf::from(".."), PathBuf::from("-")]);
    }
}
