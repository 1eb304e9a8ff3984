//! The command line: the only room that prints, reads the environment and decides exit codes.
//!
//! One file per command; `common` holds the flags that several share, `output` standard output
//! and files, `failure` what goes wrong before there is a report.

mod apply;
mod common;
mod compat;
mod completions;
mod effects;
mod explain;
mod failure;
mod fix;
mod history;
mod init;
mod lint;
mod operations;
mod output;
mod progress;
mod resolve;
mod rollback;
mod rules;
mod scope;
mod status;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::ffi::OsString;
use std::process::ExitCode;

/// What a command comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// 0: clean.
    Clean,
    /// 1: findings at or above `fail-on`.
    Findings,
    /// 2: usage, configuration, or a file that could not be read.
    Trouble,
    /// 3: applying failed.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
            Outcome::Trouble => 2,
            Outcome::Failed => 3,
        })
    }
}

const FIRST_STEPS: &str = "\
lockgate reads database migrations before they run and says what each statement does to a live database.

The first three things to do:
  lockgate lint                  judge the migrations below this folder
  lockgate explain RULE          what a finding means, and what to do about it
  lockgate init                  write a lockgate.toml for what is found here

lockgate --help lists every command.
";

const EXAMPLES: &str = "\
Examples:
  lockgate lint                                     what is below this folder
  lockgate lint db/migrations --server-version 16   one folder, for PostgreSQL 16
  lockgate lint --format sarif --output lockgate.sarif
  cat change.sql | lockgate lint - --dialect postgres
  lockgate explain non-concurrent-index

Exit codes: 0 clean · 1 findings at or above --fail-on · 2 usage, configuration, or a file that could not be read · 3 applying failed";

#[derive(Parser)]
#[command(
    name = "lockgate",
    version,
    about = "Reads database migrations before they run and says what each statement does to a live database",
    after_help = EXAMPLES,
    disable_help_subcommand = true,
    infer_long_args = false
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge migrations: what blocks, breaks or destroys, and what to do instead
    Lint(lint::Args),
    /// Show what is applied, what is pending, and what does not fit
    Status(status::Args),
    /// Show every row of the history of a database
    History(history::Args),
    /// Take migrations back, through the same gate
    Rollback(rollback::Args),
    /// Say whether a statement of a killed run happened
    Resolve(resolve::Args),
    /// Show what each statement does to a live database: locks, work, what is made and dropped
    Effects(effects::Args),
    /// Show what migrations do, operation by operation
    Operations(operations::Args),
    /// Show which releases of the application can still run after the migrations
    Compat(compat::Args),
    /// List the rules
    Rules(rules::Args),
    /// Print the page of a rule: why, bad, good, how to fix
    Explain(explain::Args),
    /// Write a commented lockgate.toml for the migrations found here
    Init(init::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

/// Runs the command line; the first argument is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() <= 1 {
        return finish(output::print(FIRST_STEPS).map(|()| Outcome::Clean));
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no error; a closed pipe is none.
            let _ = error.print();
            return if error.use_stderr() { Outcome::Trouble.into() } else { ExitCode::SUCCESS };
        }
    };
    finish(match &cli.command {
        Command::Lint(args) => lint::run(args),
        Command::Status(args) => status::run(args),
        Command::History(args) => history::run(args),
        Command::Rollback(args) => rollback::run(args),
        Command::Resolve(args) => resolve::run(args),
        Command::Effects(args) => effects::run(args),
        Command::Operations(args) => operations::run(args),
        Command::Compat(args) => compat::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Init(args) => init::run(args),
        Command::Completions(args) => completions::run(args),
    })
}

fn finish(result: Result<Outcome, Failure>) -> ExitCode {
    match result {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            failure.print();
            failure.outcome().into()
        }
    }
}

/// The definition of the command line, for completions and tests.
fn definition() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_defined() {
        super::definition().debug_assert();
    }
}
