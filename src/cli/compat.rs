//! `lockgate compat`.

use super::Outcome;
use super::common::{Answer, Colour, Format, Input};
use super::failure::{Failure, tell};
use super::output::{print, print_bytes, say};
use super::progress::Bar;
use crate::deployed::Row;
use crate::pipeline::{self, Compatibility, Releases};
use crate::report::{compat, schemas};

const EXAMPLES: &str = "\
Examples:
  lockgate compat                              the newest ten tags against the migrations below this folder
  lockgate compat db/migrations --tags 'v2.*'
  lockgate compat --release v1.41 --release v1.42
  lockgate compat --min-rollback v1.40         exit code 1 where v1.40, or a newer one, could not run

A release is judged by the migrations that it does not contain itself.";

/// Arguments of `compat`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// A release: a tag, branch or commit; may be repeated, oldest first
    #[arg(
        long,
        visible_alias = "deployed",
        value_name = "REF",
        conflicts_with_all = ["tags", "last"]
    )]
    release: Vec<String>,
    /// Tags that are releases, as a glob [default: every tag with a digit]
    #[arg(long, value_name = "GLOB")]
    tags: Option<String>,
    /// How many of the newest tags
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    last: usize,
    /// Fail where this release, or a newer one, cannot run after the migrations
    #[arg(long, value_name = "REF")]
    min_rollback: Option<String>,
    #[command(flatten)]
    answer: Answer,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.answer.print_schema {
        return print(schemas::COMPAT).map(|()| Outcome::Clean);
    }
    let mut request = args.input.prepare()?.request;
    request.deployed.clone_from(&args.release);
    let releases =
        Releases { tags: args.tags.clone(), last: args.last, floor: args.min_rollback.clone() };
    let found = pipeline::compat(&request, &releases, &Bar::default());
    tell(&found.problems, Colour::Auto);
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = match args.answer.format {
        Format::Text => compat::write_text(&mut out, &found.projects),
        Format::Json => compat::write(&mut out, &found.projects),
    };
    print_bytes(&out)?;
    Ok(outcome(args, &found))
}

fn outcome(args: &Args, found: &Compatibility) -> Outcome {
    if !found.problems.is_empty() {
        return Outcome::Trouble;
    }
    let Some(floor) = &args.min_rollback else { return Outcome::Clean };
    let below = found.projects.iter().flat_map(|matrix| too_new(&matrix.rows, floor));
    let broken: Vec<&str> = below.map(|row| row.release.as_str()).collect();
    if broken.is_empty() {
        return Outcome::Clean;
    }
    say(&format!("cannot run after these migrations: {}\n", broken.join(", ")));
    Outcome::Findings
}

/// Releases from the wanted one on that cannot run.
fn too_new<'r>(rows: &'r [Row], floor: &str) -> impl Iterator<Item = &'r Row> {
    let first = rows.iter().position(|row| row.release == floor).unwrap_or(0);
    rows.iter().skip(first).filter(|row| !row.runs())
}
