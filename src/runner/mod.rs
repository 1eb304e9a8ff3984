//! Applies migrations that passed the gate, one runner at a time, so that a kill at any moment
//! leaves a state from which the next run goes on.
//!
//! ```text
//! Runner::open                        connection, no pooler in transaction mode, the turn, history
//!   standing::compare                 applied, pending, begun; edited, missing, late
//!   gate::judge                       scripts go in, CheckedScripts come out, or obstacles
//!   backup                            what they destroy is copied, where that is asked for
//!   Runner::run                       for each script
//!     script                          its row of history
//!       execute, steps                its units: transactions, lone statements, slices
//!         watch, blockers             who is in the way
//!         probe                       what an earlier run left half done
//! ```
//!
//! A script that is one transaction has its row of history in that transaction. Others have a row
//! that says `running`, and a journal: a unit in a transaction has its journal row in it; a
//! statement that may not be in one has its intent before, its result after, and a probe for the
//! case that only the intent is found.

mod backup;
mod batch;
mod blockers;
mod connection;
mod event;
mod execute;
pub mod gate;
mod history;
mod limits;
mod lock;
mod look;
mod preflight;
mod probe;
mod rehearse;
mod resolve;
mod script;
pub mod standing;
mod steps;
mod text;
mod version_table;
mod watch;
pub mod words;

pub use backup::{Backup, Backups, When};
pub use blockers::Blocker;
pub use event::{Event, Observer, Outcome};
pub use history::{Entry, Kind, Status, Writer};
pub use limits::{Limits, OnBlocker};
pub use look::{Look, look};
pub use rehearse::Rehearsal;
pub use resolve::{Answer, Unresolved};
pub use version_table::with_ancestors;

use crate::database::{Address, DatabaseError, Live, Server};
use crate::migration::{Dialect, Direction, Migration, VersionTable};
use connection::Connection;
use execute::Sender;
use gate::{CheckedScript, RunSpan, Unit, UnitKind, of_script};
use history::{NewEntry, Store};
use lock::Turn;
use look::{books_of, stand};
use standing::{Irregular, Progress, Standing, WaysOut};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use watch::Watch;

/// How a runner is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The project's name among those of the database.
    pub project: String,
    /// Who applies.
    pub writer: Writer,
    /// How long things may take.
    pub limits: Limits,
    /// What it is opened for.
    pub purpose: Purpose,
    /// The table of the layout's own tool, where it keeps one.
    pub version_table: Option<VersionTable>,
}

/// What a runner is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// To change the database: it takes the turn, and makes the history where there is none.
    #[default]
    Change,
    /// To say what would be done: it changes nothing and waits for nobody.
    Plan,
}

/// The one runner of a project in a database; others wait until it is dropped.
pub struct Runner {
    sender: Sender,
    server: Server,
    purpose: Purpose,
    _turn: Turn,
}

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// Scripts that are done, in order.
    pub done: Vec<Outcome>,
    /// The one that failed.
    pub failed: Option<Outcome>,
    /// Scripts behind it that were not begun.
    pub left: Vec<Outcome>,
}

impl Runner {
    /// Connects, waits for its turn, and opens the history.
    ///
    /// # Errors
    /// Why it cannot apply, in words that say what to do.
    pub fn open(
        address: &Address,
        options: &Options,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, DatabaseError> {
        let name = format!("lockgate on {} (pid {})", options.writer.host, std::process::id());
        let mut connection = Connection::open(address, &name)?;
        let is_postgres = connection.dialect() == Dialect::Postgres;
        let mut aside = match is_postgres {
            true => Some(Connection::open(address, "lockgate watching")?),
            false => None,
        };
        if let Some(aside) = &mut aside {
            lock::refuse_pooler(&mut connection, aside)?;
        }
        if options.purpose == Purpose::Change {
            preflight::refuse_read_only(&mut connection)?;
        }
        let limits = &options.limits;
        let turn = match options.purpose {
            Purpose::Plan => Turn::default(),
            Purpose::Change => {
                let (project, wait) = (&options.project, limits.runner_wait);
                lock::take(&mut connection, address, project, wait, observer.as_ref())?
            }
        };
        let server = connection.server()?;
        let store = store_of(&mut connection, options)?;
        let pid = match is_postgres {
            true => {
                connection.own_value("SELECT pg_backend_pid()")?.and_then(|pid| pid.parse().ok())
            }
            false => None,
        };
        let watch = match (aside, pid) {
            (Some(aside), Some(pid)) => Watch::start(aside, pid, limits, Arc::clone(&observer)),
            _ => Watch::none(),
        };
        let session = match pid {
            Some(pid) => format!("{}, server pid {pid}", options.writer.host),
            None => format!("{}, pid {}", options.writer.host, std::process::id()),
        };
        let sender = Sender {
            connection,
            watch,
            store,
            limits: limits.clone(),
            observer,
            session,
            settings_left: false,
            backups: HashMap::new(),
            notes: HashMap::new(),
        };
        Ok(Self { sender, server, purpose: options.purpose, _turn: turn })
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// How long the oldest transaction of the database is open, other than ours.
    ///
    /// # Errors
    /// What the server said.
    pub fn longest_transaction(&mut self) -> Result<Option<Duration>, DatabaseError> {
        if self.sender.dialect() != Dialect::Postgres {
            return Ok(None);
        }
        let sql = "SELECT (1000 * max(extract(epoch FROM clock_timestamp() - xact_start)))::bigint \
            FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let found = self.sender.connection.own_value(sql)?;
        let milliseconds = found.and_then(|value| value.parse().ok()).unwrap_or(0);
        Ok(Some(Duration::from_millis(milliseconds)))
    }

    /// The live schema.
    ///
    /// # Errors
    /// What the server said.
    pub fn live(&mut self) -> Result<Live, DatabaseError> {
        self.sender.connection.live()
    }

    /// The history of the project.
    ///
    /// # Errors
    /// What the server said.
    pub fn entries(&mut self) -> Result<Vec<Entry>, DatabaseError> {
        self.sender.store.entries(&mut self.sender.connection)
    }

    /// Where the project stands.
    ///
    /// # Errors
    /// What the server said.
    pub fn standing(
        &mut self,
        migrations: &[Migration],
        ways_out: &WaysOut,
    ) -> Result<Standing, DatabaseError> {
        stand(&mut self.sender.connection, &self.sender.store, migrations, ways_out)
    }

    /// What speaks against going on with scripts that an earlier run began.
    ///
    /// # Errors
    /// What the server said.
    pub fn begun_badly(
        &mut self,
        scripts: &[CheckedScript],
        standing: &Standing,
    ) -> Result<Vec<Irregular>, DatabaseError> {
        let mut found = Vec::new();
        for script in scripts {
            let Some(history) = begun(script, standing) else { continue };
            let version = || script.id().to_owned();
            let journal = self.sender.store.journal(&mut self.sender.connection, history)?;
            let hashes: Vec<String> = script.units().iter().map(Unit::hash).collect();
            match Progress::read(&journal, &hashes) {
                Err(part) => found.push(Irregular::EditedWhileBegun { version: version(), part }),
                Ok(progress) if progress.intended => {
                    let unit = script.units().get(progress.done);
                    let untold = unit.is_some_and(|unit| {
                        matches!(unit.kind(), UnitKind::Alone(gate::Probe::Untold))
                    });
                    let title = unit.and_then(|unit| unit.statements().first());
                    if let (true, Some(statement)) = (untold, title) {
                        let title = statement.title().to_owned();
                        found.push(Irregular::Unknown { version: version(), title });
                        if self.purpose == Purpose::Change {
                            let sql = self.sender.store.unknown(history);
                            self.sender.connection.own(&sql)?;
                        }
                    }
                }
                Ok(_) => {}
            }
        }
        Ok(found)
    }

    /// Runs scripts in order, up to the first that fails; in one transaction where their layout
    /// has it so.
    ///
    /// # Errors
    /// What the server said before the first script ran.
    pub fn run(
        &mut self,
        scripts: &[CheckedScript],
        standing: &Standing,
    ) -> Result<Ran, DatabaseError> {
        let late = standing.late.iter();
        self.sender.notes = late
            .map(|(version, newest)| (version.clone(), format!("--out-of-order: after {newest}")))
            .collect();
        if scripts.iter().all(|script| script.span() == RunSpan::Run) {
            return self.run_together(scripts, standing);
        }
        Ok(self.run_apart(scripts, standing))
    }

    fn run_apart(&mut self, scripts: &[CheckedScript], standing: &Standing) -> Ran {
        let mut ran = Ran::default();
        for script in scripts {
            if ran.failed.is_some() {
                ran.left.push(script::outcome(script, Duration::ZERO));
                continue;
            }
            let outcome = self.sender.script(script, begun(script, standing));
            match outcome.status {
                "applied" => ran.done.push(outcome),
                _ => ran.failed = Some(outcome),
            }
        }
        ran
    }

    /// Runs scripts in one transaction where all of them may be in one, else one by one.
    ///
    /// # Errors
    /// What the server said before the first script ran.
    pub fn run_together(
        &mut self,
        scripts: &[CheckedScript],
        standing: &Standing,
    ) -> Result<Ran, DatabaseError> {
        let apart =
            |script: &CheckedScript| !script.is_atomic() || begun(script, standing).is_some();
        let sends = scripts.iter().any(|script| !script.units().is_empty());
        if scripts.len() < 2 || !sends || scripts.iter().any(apart) {
            return Ok(self.run_apart(scripts, standing));
        }
        self.sender.together(scripts)
    }

    /// What the table of the layout's own tool says is applied; `None` where it keeps none.
    ///
    /// # Errors
    /// What the server said.
    pub fn heads_of_tool(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        match self.sender.store.books() {
            Some(books) => books.read(&mut self.sender.connection).map(Some),
            None => Ok(None),
        }
    }

    /// Writes into that table what is applied by our history.
    ///
    /// # Errors
    /// What the server said.
    pub fn write_books(
        &mut self,
        migrations: &[Migration],
        standing: &Standing,
    ) -> Result<(), DatabaseError> {
        let sender = &mut self.sender;
        version_table::write(&mut sender.connection, &sender.store, migrations, &standing.applied)
    }

    /// Writes that a version counts as applied without being run, or that its edited text is
    /// accepted.
    ///
    /// # Errors
    /// What the server said.
    pub fn note(
        &mut self,
        migration: &Migration,
        kind: Kind,
        note: &str,
    ) -> Result<(), DatabaseError> {
        let Some(up) = &migration.up else { return Ok(()) };
        let checksum = of_script(up);
        let entry = NewEntry {
            version: &migration.id,
            description: &migration.description,
            direction: Direction::Up,
            kind,
            checksum: &checksum,
            execution_ms: 0,
            statements: 0,
            rows: 0,
            tables: &[],
            status: Status::Applied,
            error: None,
            allowed: &[],
            note: (!note.is_empty()).then_some(note),
            backup: None,
            rollback_safe: false,
        };
        self.sender.store.add(&mut self.sender.connection, &entry).map(|_| ())
    }
}

/// The history, and the table of the layout's own tool; both are made where that is the purpose.
fn store_of(connection: &mut Connection, options: &Options) -> Result<Store, DatabaseError> {
    let (project, writer) = (options.project.as_str(), options.writer.clone());
    let mut books = books_of(connection, options)?;
    let store = match options.purpose {
        Purpose::Plan => Store::for_plan(connection, project, writer)?,
        Purpose::Change => Store::open(connection, project, writer)?,
    };
    if let (Purpose::Change, Some(books)) = (options.purpose, &mut books) {
        books.create(connection)?;
    }
    Ok(store.keeping(books))
}

/// The row of the run that began a script in its direction.
fn begun(script: &CheckedScript, standing: &Standing) -> Option<i64> {
    let begun = match script.direction() {
        Direction::Up => &standing.begun,
        Direction::Down => &standing.half_undone,
    };
    begun.get(script.id()).copied()
}
