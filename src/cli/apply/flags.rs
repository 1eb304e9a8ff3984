//! Flags of the commands that speak to a database.

use super::super::failure::Failure;
use super::backup::BackupFlags;
use crate::config;
use crate::database::{Address, AddressError};
use crate::pipeline::Adopt;
use crate::runner::gate::Force;
use crate::runner::standing::{Order, WaysOut};
use crate::runner::{Limits, OnBlocker, Options, Purpose, Writer};
use clap::ValueEnum;
use std::time::Duration;

/// The name of a history that nobody named.
pub(in crate::cli) const DEFAULT_HISTORY: &str = "default";

/// Which database, and under which name the history stands in it.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct DatabaseFlags {
    /// The database: postgres://…, keyword=value pairs, or sqlite:path.db; PG* variables fill in
    /// what is left out
    #[arg(
        long,
        value_name = "URL",
        env = "DATABASE_URL",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub database_url: Option<String>,
    /// The name of this project's history, where a database has several [default: default]
    #[arg(
        long,
        value_name = "NAME",
        env = "LOCKGATE_HISTORY",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub history_name: Option<String>,
}

impl DatabaseFlags {
    /// The address.
    pub fn address(&self) -> Result<Address, Failure> {
        let environment = |name: &str| std::env::var(name).ok();
        let text = match &self.database_url {
            Some(text) => text.clone(),
            None if environment("PGHOST").or(environment("PGDATABASE")).is_some() => {
                "postgres://".to_owned()
            }
            None => {
                let help = "name it: --database-url postgres://user@host/name, or sqlite:path.db";
                return Err(Failure::usage("no database is named", help));
            }
        };
        Address::parse(&text, &environment)
            .map_err(|error: AddressError| Failure::usage(error.to_string(), error.help()))
    }

    /// How a runner is opened; what the configuration says holds where no flag is given.
    pub fn options(&self, limits: Limits, configured: &config::Apply) -> Options {
        let name = self.history_name.as_ref().or(configured.history_name.as_ref());
        Options {
            project: name.cloned().unwrap_or_else(|| DEFAULT_HISTORY.to_owned()),
            writer: writer(),
            limits,
            purpose: Purpose::Change,
            version_table: None,
        }
    }
}

fn writer() -> Writer {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let host = variable("HOSTNAME").or_else(|| {
        let name = std::fs::read_to_string("/etc/hostname").ok()?;
        Some(name.trim().to_owned())
    });
    Writer {
        user: variable("USER").or(variable("USERNAME")).unwrap_or_else(|| "unknown".to_owned()),
        host: host.or(variable("COMPUTERNAME")).unwrap_or_else(|| "unknown".to_owned()),
    }
}

/// How long things may take, and what is done about who is in the way.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct LimitFlags {
    /// How long a statement waits for a lock, before everyone behind it is let through and it is
    /// tried again [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Applying")]
    pub lock_timeout: Option<Duration>,
    /// How long a change of the catalogue may take once it has its lock; work on rows has no limit
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "15s", help_heading = "Applying")]
    pub statement_timeout: Duration,
    /// How long a transaction is tried again
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5min", help_heading = "Applying")]
    pub retry_for: Duration,
    /// How long another runner is waited for
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5min", help_heading = "Applying")]
    pub wait_for_runner: Duration,
    /// How far replicas may fall behind before batches pause
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s", help_heading = "Applying")]
    pub replica_lag: Duration,
    /// What is done about a session that holds a lock for longer than the lock timeout
    #[arg(long, value_enum, default_value = "wait", help_heading = "Applying")]
    pub on_blocker: BlockerPolicy,
}

/// What is done about a session in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BlockerPolicy {
    /// It is waited for
    Wait,
    /// It is ended where it is idle in a transaction
    CancelIdle,
}

impl LimitFlags {
    /// The limits; the configuration's lock timeout holds where the flag is not given.
    pub fn limits(&self, configured: Option<Duration>) -> Limits {
        let default = Limits::default();
        Limits {
            lock_timeout: self.lock_timeout.or(configured).unwrap_or(default.lock_timeout),
            statement: self.statement_timeout,
            retry_for: self.retry_for,
            runner_wait: self.wait_for_runner,
            replica_lag: self.replica_lag,
            on_blocker: match self.on_blocker {
                BlockerPolicy::Wait => OnBlocker::Wait,
                BlockerPolicy::CancelIdle => OnBlocker::CancelIdle,
            },
        }
    }
}

/// What a deploy is allowed.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ApplyFlags {
    /// Apply the pending migrations of one folder, if they pass
    #[arg(long, help_heading = "Applying")]
    pub apply: bool,
    /// Apply up to this version
    #[arg(long, value_name = "VERSION", requires = "apply", help_heading = "Applying")]
    pub to: Option<String>,
    /// Apply those before the first that does not pass, instead of none
    #[arg(long, requires = "apply", help_heading = "Applying")]
    pub passing_prefix: bool,
    /// Take responsibility for the findings of a rule; it is recorded
    #[arg(long, value_name = "RULE=REASON", value_parser = force, requires = "apply", help_heading = "Applying")]
    pub force: Vec<Force>,
    /// Accept that the file of an applied migration was edited; it is recorded
    #[arg(long, value_name = "VERSION", requires = "apply", help_heading = "Applying")]
    pub accept_edited: Vec<String>,
    /// Run pending migrations that stand before applied ones
    #[arg(long, requires = "apply", help_heading = "Applying")]
    pub out_of_order: bool,
    /// Count a migration as applied without running it; it is recorded
    #[arg(long, value_name = "VERSION", requires = "apply", help_heading = "Applying")]
    pub mark_applied: Vec<String>,
    /// Count as applied what the tool of the layout applied, by its own table (Alembic); it is
    /// recorded
    #[arg(long, requires = "apply", help_heading = "Applying")]
    pub adopt: bool,
    /// Show what would be done; `execute` tries it in a transaction that is rolled back, or on a
    /// copy of the file
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "plan", requires = "apply", help_heading = "Applying")]
    pub dry_run: Option<DryRun>,
    /// What is done with the migrations of this run when one fails
    #[arg(long, value_enum, default_value = "stop", help_heading = "Applying")]
    pub on_failure: OnFailure,
    #[command(flatten)]
    pub backup: BackupFlags,
    #[command(flatten)]
    pub run: RunFlags,
}

/// How a run that changes a database is confirmed and told of.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct RunFlags {
    /// `production` asks for a confirmation, or --yes
    #[arg(
        long,
        value_name = "NAME",
        env = "LOCKGATE_ENVIRONMENT",
        hide_env_values = true,
        help_heading = "Applying"
    )]
    pub environment: Option<String>,
    /// Do not ask
    #[arg(long, help_heading = "Applying")]
    pub yes: bool,
    /// Write what happens as JSON lines to this file
    #[arg(long, value_name = "FILE", help_heading = "Applying")]
    pub log: Option<std::path::PathBuf>,
    /// Write what was applied, and what was not, as JSON to this file
    #[arg(long, value_name = "FILE", help_heading = "Applying")]
    pub report: Option<std::path::PathBuf>,
    /// Command to run before anything is applied, the plan on its standard input; nothing is
    /// applied if it fails
    #[arg(long, value_name = "COMMAND", help_heading = "Applying")]
    pub before_apply: Option<String>,
    /// Command to run after all was applied, the report on its standard input
    #[arg(long, value_name = "COMMAND", help_heading = "Applying")]
    pub after_apply: Option<String>,
    /// Command to run after a failure, the report on its standard input
    #[arg(long, value_name = "COMMAND", help_heading = "Applying")]
    pub after_failure: Option<String>,
}

impl RunFlags {
    /// The flags, with what the configuration says where one is not given.
    #[must_use]
    pub fn over(&self, configured: &config::Apply) -> Self {
        let or = |flag: &Option<String>, value: &Option<String>| flag.clone().or(value.clone());
        Self {
            environment: or(&self.environment, &configured.environment),
            before_apply: or(&self.before_apply, &configured.before_apply),
            after_apply: or(&self.after_apply, &configured.after_apply),
            after_failure: or(&self.after_failure, &configured.on_failure),
            ..self.clone()
        }
    }

    /// Whether people rely on this database.
    pub fn is_production(&self) -> bool {
        self.environment.as_deref() == Some("production")
    }
}

/// How a dry run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DryRun {
    /// Print each statement with its locks, work and timeouts
    Plan,
    /// Run everything, and keep nothing
    Execute,
}

/// What is done with the migrations of a run when one fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OnFailure {
    /// They stay
    Stop,
    /// They are taken back, if their downs pass the gate
    Rollback,
}

impl ApplyFlags {
    /// Whether what the layout's tool applied counts.
    pub fn adopt(&self) -> Adopt {
        if self.adopt { Adopt::Yes } else { Adopt::No }
    }

    /// Ways out of irregularities.
    pub fn ways_out(&self) -> WaysOut {
        WaysOut {
            accept_edited: self.accept_edited.clone(),
            order: if self.out_of_order { Order::Any } else { Order::Linear },
        }
    }
}

/// Reads `RULE=REASON`.
pub(in crate::cli) fn force(text: &str) -> Result<Force, String> {
    let (rule, reason) = text.split_once('=').ok_or("write RULE=reason")?;
    if crate::rules::find(rule).is_none() {
        return Err(format!("unknown rule \"{rule}\"; lockgate rules lists every one"));
    }
    if !reason.contains(char::is_alphanumeric) {
        return Err("say why, for whoever reads the history: RULE=reason".to_owned());
    }
    Ok(Force { rule: rule.to_owned(), reason: reason.trim().to_owned() })
}

fn duration(text: &str) -> Result<Duration, String> {
    crate::config::duration(text)
}
