//! From a request to a deploy: the project read, the server asked, pending migrations judged, and
//! those that pass applied.

use super::live::understood;
use super::{Progress, Request, Silent, load};
use crate::database::{Address, DatabaseError};
use crate::engine::Project;
use crate::finding::{FileProblem, Severity};
use crate::migration::{Dialect, Direction, ServerVersion, VersionTable};
use crate::runner::gate::{self, CheckedScript, Force, Obstacle, Verdict};
use crate::runner::standing::{Irregular, Order, Standing, WaysOut};
use crate::runner::{
    Backup, Backups, Kind, Observer, Options, Purpose, Ran, Runner, with_ancestors,
};
use crate::schema::RelationName;
use globset::GlobSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A table whose data and indexes are no bigger than this is read and written in an instant.
const SMALL: u64 = 1 << 20;

/// What a deploy is asked to do.
pub struct ApplyRequest {
    /// Which migrations.
    pub request: Request,
    /// Which database.
    pub address: Address,
    /// How the runner is opened.
    pub options: Options,
    /// The least severity that closes the gate.
    pub closes_from: Option<Severity>,
    /// What a person takes responsibility for.
    pub forces: Vec<Force>,
    /// Ways out of irregularities.
    pub ways_out: WaysOut,
    /// Versions that count as applied from now on.
    pub mark: Vec<String>,
    /// Whether what the layout's own tool applied counts as applied from now on.
    pub adopt: Adopt,
    /// The last version to apply; all where `None`.
    pub to: Option<String>,
    /// Relations whose drift does not count.
    pub drift_ignore: GlobSet,
    /// Data that a way back may destroy.
    pub losses_allowed: Vec<String>,
    /// What is copied before anything runs.
    pub backups: Backups,
}

/// Whether what the layout's own tool applied counts as applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adopt {
    /// Its table is compared, and that is all.
    #[default]
    No,
    /// It does, and is recorded.
    Yes,
}

/// Why there is no deploy.
#[derive(Debug)]
pub enum ApplyError {
    /// Files that could not be read, or none.
    Files(Vec<FileProblem>),
    /// Something in the request does not fit the project; with what to do.
    Request(String, String),
    /// The database.
    Database(DatabaseError),
}

impl From<DatabaseError> for ApplyError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// A project and its database, with the turn taken.
pub struct Deploy {
    /// The project, its target the server's.
    pub project: Project,
    /// The runner.
    pub runner: Runner,
    /// Where the project stands.
    pub standing: Standing,
    /// Bytes of each table with its indexes, where the server tells.
    sizes: BTreeMap<RelationName, u64>,
}

/// Reads the one project that belongs to the address.
///
/// # Errors
/// Files that could not be read, no project, or several.
pub fn project_of(request: &Request, address: &Address) -> Result<Project, ApplyError> {
    let mut request = request.clone();
    request.overrides.dialect = Some(address.dialect());
    let loaded = load(&request, &Silent as &dyn Progress);
    if !loaded.problems.is_empty() {
        return Err(ApplyError::Files(loaded.problems));
    }
    let mut projects: Vec<Project> = loaded.projects;
    let Some(project) = projects.pop() else {
        let help = "name the folder of your migrations: lockgate lint db/migrations --apply";
        return Err(ApplyError::Request("no migrations were found".to_owned(), help.to_owned()));
    };
    if let Some(other) = projects.pop() {
        let message = format!(
            "{} and {} both hold migrations, and a run applies one folder",
            other.summary.path, project.summary.path
        );
        let help = "name one of them".to_owned();
        return Err(ApplyError::Request(message, help));
    }
    if project.summary.layout == "plain" {
        let message = "a file alone has no history; only a folder of migrations can be applied";
        let help = "name the folder, or say how it is laid out: --layout";
        return Err(ApplyError::Request(message.to_owned(), help.to_owned()));
    }
    Ok(project)
}

/// Puts what is applied before what is pending: late migrations are judged where they run.
fn in_order_of_running(project: &mut Project, standing: &Standing) {
    let mut slots: Vec<_> = std::mem::take(&mut project.migrations).into_iter().map(Some).collect();
    let first = standing.applied.iter().chain(&standing.pending);
    let mut ordered: Vec<_> =
        first.filter_map(|&at| slots.get_mut(at).and_then(Option::take)).collect();
    ordered.extend(slots.into_iter().flatten());
    project.migrations = ordered;
}

/// The table of the layout's own tool, which a run keeps too.
pub fn version_table(project: &Project) -> Result<Option<VersionTable>, ApplyError> {
    let table = &project.observed.version_table;
    if *table == Some(VersionTable::Unread) {
        let message = "env.py names Alembic's table of versions by something that is not read";
        let help = "write its name as text: context.configure(version_table=\"…\")";
        return Err(ApplyError::Request(message.to_owned(), help.to_owned()));
    }
    Ok(table.clone())
}

/// Writes what counts as applied without being run; gives where the project stands then.
fn mark(
    asked: &ApplyRequest,
    project: &Project,
    runner: &mut Runner,
    standing: &Standing,
) -> Result<Standing, ApplyError> {
    let request = |message: String, help: &str| ApplyError::Request(message, help.to_owned());
    if asked.options.purpose == Purpose::Plan {
        let message = "--mark-applied and --adopt write, and a dry run does not".to_owned();
        return Err(request(message, "mark without --dry-run"));
    }
    let pending = |at: &usize| standing.pending.contains(at);
    let mut marked: Vec<(usize, String)> = Vec::new();
    for version in &asked.mark {
        let of = |at: &&usize| project.migrations.get(**at).is_some_and(|it| it.id == *version);
        let Some(&at) = standing.pending.iter().find(of) else {
            return Err(request(
                format!("{version} is applied already"),
                "nothing is left to mark",
            ));
        };
        marked.push((at, String::new()));
    }
    if asked.adopt == Adopt::Yes {
        let heads = runner.heads_of_tool()?.ok_or_else(|| {
            let message = format!("no table of {} is known to adopt", project.summary.layout);
            request(message, "count migrations as applied one by one: --mark-applied VERSION")
        })?;
        let is_known = |id: &&String| project.migrations.iter().any(|it| it.id == **id);
        if let Some(id) = heads.iter().find(|id| !is_known(id)) {
            let message = format!("the table says {id}, and there is no such migration here");
            return Err(request(message, "bring its file back (is the branch up to date?)"));
        }
        let note = format!("adopted: the table said {}", heads.join(", "));
        let all = with_ancestors(&project.migrations, &heads).into_iter().filter(pending);
        marked.extend(all.map(|at| (at, note.clone())));
    }
    for (at, note) in &marked {
        if let Some(migration) = project.migrations.get(*at) {
            runner.note(migration, Kind::Marked, note)?;
        }
    }
    let disagreed = |it: &Irregular| matches!(it, Irregular::OtherBooks { .. });
    let now = runner.standing(&project.migrations, &asked.ways_out)?;
    if !asked.mark.is_empty() && !standing.irregular.iter().any(disagreed) {
        runner.write_books(&project.migrations, &now)?;
        return Ok(runner.standing(&project.migrations, &asked.ways_out)?);
    }
    Ok(now)
}

impl Deploy {
    /// Reads the project, connects, takes the turn.
    ///
    /// # Errors
    /// Why there is no deploy.
    pub fn open(asked: &ApplyRequest, observer: Arc<dyn Observer>) -> Result<Self, ApplyError> {
        let mut project = project_of(&asked.request, &asked.address)?;
        for version in asked.mark.iter().chain(&asked.ways_out.accept_edited).chain(&asked.to) {
            if !project.migrations.iter().any(|migration| migration.id == *version) {
                let message =
                    format!("there is no migration {version} in {}", project.summary.path);
                let help = "lockgate status lists them".to_owned();
                return Err(ApplyError::Request(message, help));
            }
        }
        let version_table = version_table(&project)?;
        let options = Options { version_table, ..asked.options.clone() };
        let mut runner = Runner::open(&asked.address, &options, observer)?;
        let server = runner.server();
        let version = ServerVersion { major: server.major, minor: server.minor };
        project.target.version = match project.target.dialect {
            Dialect::Sqlite => version,
            _ => ServerVersion::major(version.major),
        };
        project.target.utc = server.utc;
        project.summary.server_version = project.target.version;
        project.summary.version_assumed = false;
        // The runner sets one for every transaction.
        project.rules.retain(|rule| rule.id != "missing-lock-timeout");
        let mut standing = runner.standing(&project.migrations, &asked.ways_out)?;
        if asked.adopt == Adopt::Yes || !asked.mark.is_empty() {
            standing = mark(asked, &project, &mut runner, &standing)?;
        }
        if asked.ways_out.order == Order::Any {
            in_order_of_running(&mut project, &standing);
            let late = std::mem::take(&mut standing.late);
            standing = runner.standing(&project.migrations, &asked.ways_out)?;
            standing.late = late;
        }
        if let Some(last) = &asked.to {
            let end = project.migrations.iter().position(|migration| migration.id == *last);
            standing.pending.retain(|&at| Some(at) <= end);
        }
        Ok(Self { project, runner, standing, sizes: BTreeMap::new() })
    }

    /// Judges the pending migrations, on what is applied.
    ///
    /// # Errors
    /// What the server said.
    pub fn judge(&mut self, asked: &ApplyRequest) -> Result<Verdict, ApplyError> {
        let scripts = self.standing.pending.clone();
        let mut verdict = self.verdict(asked, Direction::Up, &scripts)?;
        let begun = self.runner.begun_badly(&verdict.passed, &self.standing)?;
        if !begun.is_empty() {
            verdict.obstacles.extend(begun.into_iter().map(Obstacle::Irregular));
            verdict.passed.clear();
        }
        Ok(verdict)
    }

    /// Judges the ways back of these migrations, in this order.
    ///
    /// # Errors
    /// What the server said.
    pub fn judge_downs(
        &mut self,
        asked: &ApplyRequest,
        scripts: &[usize],
    ) -> Result<Verdict, ApplyError> {
        let version = |at: &usize| self.project.migrations.get(*at).map(|it| it.id.clone());
        let own: Vec<String> = scripts.iter().filter_map(version).collect();
        // What is being finished is no irregularity of this run.
        self.standing.irregular.retain(|irregular| match irregular {
            Irregular::HalfUndone { version } => !own.contains(version),
            _ => true,
        });
        self.verdict(asked, Direction::Down, scripts)
    }

    fn verdict(
        &mut self,
        asked: &ApplyRequest,
        direction: Direction,
        scripts: &[usize],
    ) -> Result<Verdict, ApplyError> {
        let live = understood(self.runner.live()?, &self.project.target);
        let small = live.relations.iter().filter(|(_, relation)| {
            relation.kind == crate::migration::RelationKind::Table
                && relation.bytes.is_some_and(|bytes| bytes <= SMALL)
        });
        self.project.tables.measured_small = small.map(|(name, _)| name.to_string()).collect();
        let sizes = live.relations.iter();
        self.sizes = sizes.filter_map(|(name, one)| Some((name.clone(), one.bytes?))).collect();
        let judged = (0..self.project.migrations.len()).map(|at| scripts.contains(&at));
        self.project.judged = judged.collect();
        let migrations = &self.project.migrations;
        let begun: Vec<usize> = scripts
            .iter()
            .copied()
            .filter(|&at| {
                let id = migrations.get(at).map(|migration| &migration.id);
                id.is_some_and(|id| {
                    self.standing.begun.contains_key(id)
                        || self.standing.half_undone.contains_key(id)
                })
            })
            .collect();
        Ok(gate::judge(&gate::Request {
            project: &self.project,
            direction,
            applied: &self.standing.applied,
            scripts,
            begun: &begun,
            closes_from: asked.closes_from,
            forces: &asked.forces,
            irregular: &self.standing.irregular,
            live: Some(&live),
            drift_ignored: &|name| asked.drift_ignore.is_match(name),
            losses_allowed: &asked.losses_allowed,
        }))
    }

    /// Bytes that scripts need on the server's disk for a while: of the tables that they write anew
    /// or index.
    pub fn space(&self, scripts: &[CheckedScript]) -> u64 {
        let tables: BTreeSet<&RelationName> =
            scripts.iter().flat_map(|script| &script.needs().space).collect();
        tables.into_iter().filter_map(|name| self.sizes.get(name)).sum()
    }

    /// Copies what scripts that passed will destroy, where that is asked for.
    ///
    /// # Errors
    /// Why a copy could not be made; nothing was applied.
    pub fn back_up(
        &mut self,
        scripts: &[CheckedScript],
        backups: &Backups,
    ) -> Result<Vec<Backup>, DatabaseError> {
        self.runner.back_up(scripts, backups)
    }

    /// Applies what passed.
    ///
    /// # Errors
    /// What the server said before the first script ran.
    pub fn apply(&mut self, scripts: &[CheckedScript]) -> Result<Ran, DatabaseError> {
        for &at in &self.standing.accepted {
            if let Some(migration) = self.project.migrations.get(at) {
                self.runner.note(migration, Kind::Accepted, "--accept-edited")?;
            }
        }
        self.runner.run(scripts, &self.standing)
    }
}
