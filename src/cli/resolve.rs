//! `lockgate resolve VERSION --done|--retry REASON`.

use super::Outcome;
use super::apply::{DatabaseFlags, LimitFlags, RunFlags, fail, printer};
use super::common::nearest_settings;
use super::failure::Failure;
use super::output::print;
use crate::runner::{Answer, Runner, Unresolved};

const EXAMPLES: &str = "\
Examples:
  lockgate resolve 20260301120000 --done 'the block had run: all 412 rows are there'
  lockgate resolve 20260301120000 --retry 'nothing of it is there'";

/// Arguments of `resolve`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("answer").required(true).args(["done", "retry"])))]
pub(super) struct Args {
    /// The version that an earlier run began
    version: String,
    /// The statement happened; why you know
    #[arg(long, value_name = "REASON")]
    done: Option<String>,
    /// The statement may run again; why you know
    #[arg(long, value_name = "REASON")]
    retry: Option<String>,
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    run: RunFlags,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let (answer, reason) = match (&args.done, &args.retry) {
        (Some(reason), _) => (Answer::Done, reason),
        (None, Some(reason)) => (Answer::Retry, reason),
        (None, None) => return Err(Failure::usage("no answer", "say --done or --retry")),
    };
    if !reason.contains(char::is_alphanumeric) {
        let help = "say why, for whoever reads the history next";
        return Err(Failure::usage("an answer needs a reason", help));
    }
    let address = args.database.address()?;
    let configured = nearest_settings()?.apply;
    let limits = args.limits.limits(configured.lock_timeout);
    let options = args.database.options(limits, &configured);
    let observer = printer(&args.run, "resolving")?;
    let mut runner = Runner::open(&address, &options, observer).map_err(|error| fail(&error))?;
    match runner.resolve(&args.version, answer, reason) {
        Ok(title) => {
            let what = match answer {
                Answer::Done => "counts as done",
                Answer::Retry => "will be run again",
            };
            print(&format!(
                "resolved   {}: `{title}` {what}; go on with lockgate lint --apply\n",
                args.version
            ))?;
            Ok(Outcome::Clean)
        }
        Err(Unresolved::Database(error)) => Err(fail(&error)),
        Err(other) => {
            Err(Failure::usage(other.to_string(), "lockgate status shows where things stand"))
        }
    }
}
