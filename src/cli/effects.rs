//! `lockgate effects`.

use super::Outcome;
use super::common::{Answer, ColourFlag, Format, Input};
use super::failure::{Failure, tell};
use super::output::{colour, print, print_bytes};
use super::progress::Bar;
use crate::pipeline::{self, EffectsRequest, Sending};
use crate::report::{effects, schemas};
use clap::ValueEnum;
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  echo 'ALTER TABLE orders ADD COLUMN note text' | lockgate effects -
  lockgate effects change.sql --history schema.sql --server-version 16
  lockgate effects db/migrations --format json
  lockgate effects change.sql --transaction file   all statements in one transaction";

/// Arguments of `effects`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// A script that is replayed first, and committed; repeat the flag for several. Without it, a
    /// file in a folder of migrations runs on the history before it
    #[arg(long, value_name = "FILE")]
    history: Vec<PathBuf>,
    /// How statements are sent: each by itself, all of a file in one transaction, or none, that is
    /// each by itself outside any transaction block
    #[arg(long, value_enum, default_value = "each")]
    transaction: Wrapping,
    /// Send a file as one string: its statements share an implicit transaction
    #[arg(long, conflicts_with = "transaction")]
    one_string: bool,
    /// Time zone of sessions: in one that is not UTC all year, timestamp and timestamptz do not
    /// convert without a rewrite
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    timezone: String,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    colour: ColourFlag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wrapping {
    /// Each statement by itself
    Each,
    /// All statements of a file in one transaction
    File,
    /// No transaction block
    None,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.answer.print_schema {
        return print(schemas::EFFECTS).map(|()| Outcome::Clean);
    }
    let request = EffectsRequest {
        shown: args.input.prepare()?.request,
        history: args.history.clone(),
        sending: match (args.one_string, args.transaction) {
            (true, _) => Sending::OneString,
            (false, Wrapping::File) => Sending::File,
            (false, Wrapping::Each | Wrapping::None) => Sending::Each,
        },
        utc: crate::migration::is_utc(&args.timezone),
    };
    let (statements, problems) = pipeline::effects(&request, &Bar::default());
    tell(&problems, args.colour.color);
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = match args.answer.format {
        Format::Text => {
            effects::write_text(&mut out, &statements, colour(args.colour.color, &io::stdout()))
        }
        Format::Json => effects::write(&mut out, &statements),
    };
    print_bytes(&out)?;
    Ok(if problems.is_empty() { Outcome::Clean } else { Outcome::Trouble })
}
