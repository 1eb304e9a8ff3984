//! `lockgate status`: what is applied, what is pending, what does not fit.

use super::Outcome;
use super::apply::{DatabaseFlags, fail, opened};
use super::common::{Answer, Format, Input};
use super::failure::Failure;
use super::output::{print, print_bytes};
use crate::engine::Project;
use crate::pipeline::{project_of, version_table};
use crate::report::schemas;
use crate::runner::{Limits, Look, Options, Status, look};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  lockgate status --database-url sqlite:demo.db
  lockgate status db/migrations --check       exit code 1 where not all is applied
  lockgate status --format json";

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    database: DatabaseFlags,
    /// Exit code 1 where a migration is pending or something does not fit
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    answer: Answer,
}

#[derive(Serialize)]
struct Document<'d> {
    version: u32,
    database: String,
    server: String,
    migrations: Vec<Row<'d>>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Row<'d> {
    version: &'d str,
    description: &'d str,
    /// `applied`, `pending`, `begun`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<&'d str>,
}

#[derive(Serialize)]
struct Problem {
    message: String,
    help: String,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.answer.print_schema {
        return print(schemas::STATUS).map(|()| Outcome::Clean);
    }
    let request = args.input.prepare()?.request;
    let address = args.database.address()?;
    let project = opened(project_of(&request, &address))?;
    let version_table = opened(version_table(&project))?;
    let options = args.database.options(Limits::default(), &request.settings.apply);
    let options = Options { version_table, ..options };
    let found = look(&address, &options, &project.migrations).map_err(|error| fail(&error))?;
    let rows = rows(&project, &found);
    let problems: Vec<Problem> = found
        .standing
        .irregular
        .iter()
        .map(|irregular| Problem { message: irregular.to_string(), help: irregular.help() })
        .collect();
    let is_clean = problems.is_empty() && found.standing.pending.is_empty();
    match args.answer.format {
        Format::Text => print(&text(&project, &found, &rows, &problems))?,
        Format::Json => {
            let server = format!("{} {}", project.target.dialect.title(), found.server.version);
            let database = address.to_string();
            let document = Document { version: 1, database, server, migrations: rows, problems };
            // Plain data has no way to fail.
            let mut json = serde_json::to_vec_pretty(&document).unwrap_or_default();
            json.push(b'\n');
            print_bytes(&json)?;
        }
    }
    Ok(if args.check && !is_clean { Outcome::Findings } else { Outcome::Clean })
}

fn rows<'d>(project: &'d Project, found: &'d Look) -> Vec<Row<'d>> {
    let rows = project.migrations.iter().enumerate().map(|(at, migration)| {
        let version = migration.id.as_str();
        let applied = found.standing.applied.contains(&at);
        let row = found
            .entries
            .iter()
            .rfind(|entry| entry.version == version && entry.status == Status::Applied && applied);
        let begun = found.standing.begun.contains_key(version)
            || found.standing.half_undone.contains_key(version);
        Row {
            version,
            description: &migration.description,
            status: match (begun, applied) {
                (true, _) => "begun",
                (false, true) => "applied",
                (false, false) => "pending",
            },
            applied_at: row.map(|entry| entry.applied_at.as_str()),
        }
    });
    rows.collect()
}

fn text(project: &Project, found: &Look, rows: &[Row<'_>], problems: &[Problem]) -> String {
    let mut text = format!(
        "project    {}, layout {}, {} {}\n",
        project.summary.path,
        project.summary.layout,
        project.target.dialect.title(),
        found.server.version
    );
    let wide = rows.iter().map(|row| row.version.chars().count()).max().unwrap_or(0);
    for row in rows {
        let at = row.applied_at.map(|at| format!("  {at}")).unwrap_or_default();
        text.push_str(&format!(
            "{:<10} {:wide$}  {}{at}\n",
            row.status, row.version, row.description
        ));
    }
    for problem in problems {
        text.push_str(&format!("problem    {}\n           {}\n", problem.message, problem.help));
    }
    let count = |status: &str| rows.iter().filter(|row| row.status == status).count();
    text.push_str(&format!("{} applied, {} pending", count("applied"), count("pending")));
    if count("begun") > 0 {
        text.push_str(&format!(", {} begun and not finished", count("begun")));
    }
    text.push('\n');
    text
}
