//! `lockgate verify`.

use super::Outcome;
use super::common::{Answer, ColourFlag, Format, Input};
use super::failure::Failure;
use super::output::{colour, print, print_bytes};
use super::progress::Bar;
use crate::database::{Address, DatabaseError, connect};
use crate::pipeline::{VerifyError, VerifyRequest, verify};
use crate::report::{schemas, verify as report};
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  createdb scratch
  lockgate verify db/migrations --database-url postgres://localhost/scratch
  lockgate verify db/migrations --database-url postgres://localhost/scratch --setup before.sql

Every migration runs on that database, forward, and each statement is compared with what `lockgate effects` says
of it. What runs outside a transaction is held up by sessions that lock its tables, and its locks are read while it
waits; on indexes, where it cannot be held up, only a stronger lock than predicted is a difference. Exit codes: 0 no difference · 1 a difference · 2 nothing was verified";

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// A throw-away database: postgres://… or keyword=value pairs. It is never taken from the
    /// environment, since every migration runs on it
    #[arg(long, value_name = "URL", required_unless_present = "print_schema")]
    database_url: Option<String>,
    /// Run on a database that has something in it
    #[arg(long)]
    not_empty: bool,
    /// SQL that is run first, such as the table of the migration tool
    #[arg(long, value_name = "FILE")]
    setup: Option<PathBuf>,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    colour: ColourFlag,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.answer.print_schema {
        return print(schemas::VERIFY).map(|()| Outcome::Clean);
    }
    let request = VerifyRequest { migrations: args.input.prepare()?.request, setup: setup(args)? };
    let address = address(args.database_url.as_deref().unwrap_or_default())?;
    let mut session = connect(&address, "lockgate verify").map_err(|error| failure(&error))?;
    if !args.not_empty && !session.is_empty().map_err(|error| failure(&error))? {
        return Err(Failure::usage(
            "the database is not empty, and every migration would run on it",
            "make a new one (createdb scratch) and name that; --not-empty runs on this one",
        ));
    }
    let others = || connect(&address, "lockgate verify, looking on");
    let found =
        verify(&request, session.as_mut(), &others, &Bar::default()).map_err(
            |error| match error {
                VerifyError::Database(error) => failure(&error),
                VerifyError::Unreadable(message) => Failure::Usage { message, help: None },
                VerifyError::NotOne(_) => {
                    Failure::usage(error.to_string(), "name one folder of PostgreSQL migrations")
                }
            },
        )?;
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = match args.answer.format {
        Format::Text => {
            report::write_text(&mut out, &found, colour(args.colour.color, &io::stdout()))
        }
        Format::Json => report::write(&mut out, &found),
    };
    print_bytes(&out)?;
    Ok(if found.differences.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn setup(args: &Args) -> Result<Option<String>, Failure> {
    let Some(path) = &args.setup else { return Ok(None) };
    let text = std::fs::read_to_string(path);
    text.map(Some).map_err(|error| Failure::Io { path: path.display().to_string(), error })
}

fn address(text: &str) -> Result<Address, Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    match Address::parse(text, &environment) {
        Ok(Address::Sqlite(_)) => Err(Failure::usage(
            "verify compares locks, and SQLite shows none",
            "name a PostgreSQL database: postgres://user@host:5432/scratch",
        )),
        Ok(address) => Ok(address),
        Err(error) => Err(Failure::usage(error.to_string(), error.help())),
    }
}

fn failure(error: &DatabaseError) -> Failure {
    Failure::Usage { message: error.message.clone(), help: error.help.clone() }
}
