//! `lockgate explain RULE`.

use super::Outcome;
use super::failure::Failure;
use super::output::print;
use crate::rules;
use crate::suggest::nearest;

const EXAMPLES: &str = "\
Examples:
  lockgate explain non-concurrent-index
  lockgate rules                          every rule there is";

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Id of the rule
    rule: String,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let Some(rule) = rules::find(&args.rule) else {
        let help = match nearest(&args.rule, rules::ALL.iter().map(|rule| rule.id)) {
            Some(near) => format!("did you mean {near}?"),
            None => "lockgate rules lists every one".to_owned(),
        };
        return Err(Failure::usage(format!("unknown rule \"{}\"", args.rule), help));
    };
    print(rule.page)?;
    Ok(Outcome::Clean)
}
