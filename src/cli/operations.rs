//! `lockgate operations`.

use super::Outcome;
use super::common::{Colour, Input};
use super::failure::{Failure, tell};
use super::output::{print, print_bytes};
use super::progress::Bar;
use crate::engine::Project;
use crate::migration::Migration;
use crate::pipeline;
use crate::report::{operations, schemas};
use clap::ValueEnum;

const EXAMPLES: &str = "\
Examples:
  lockgate operations db/migrations/20260301_orders.sql
  lockgate operations db/migrations --format json
  lockgate operations db/migrations --format sql     the statements that the server receives";

/// Arguments of `operations`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// How the operations are written
    #[arg(long, short, value_enum, default_value = "text")]
    format: Format,
    /// Print the JSON schema of --format json
    #[arg(long)]
    print_schema: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each operation
    Text,
    /// For programs; --print-schema prints its schema
    Json,
    /// The statements that the server receives
    Sql,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.print_schema {
        return print(schemas::OPERATIONS).map(|()| Outcome::Clean);
    }
    let request = args.input.prepare()?.request;
    let loaded = pipeline::load(&request, &Bar::default());
    tell(&loaded.problems, Colour::Auto);
    let migrations: Vec<&Migration> = loaded.projects.iter().flat_map(judged).collect();
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = match args.format {
        Format::Text => operations::write_text(&mut out, &migrations),
        Format::Json => operations::write(&mut out, &migrations),
        Format::Sql => operations::write_sql(&mut out, &migrations),
    };
    print_bytes(&out)?;
    Ok(if loaded.problems.is_empty() { Outcome::Clean } else { Outcome::Trouble })
}

fn judged(project: &Project) -> impl Iterator<Item = &Migration> {
    let all = project.migrations.iter().zip(&project.judged);
    all.filter(|(_, judged)| **judged).map(|(migration, _)| migration)
}
