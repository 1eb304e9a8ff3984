//! `lockgate rules`.

use super::Outcome;
use super::common::working_directory;
use super::failure::Failure;
use super::output::{print, print_bytes};
use crate::config::{self, Settings};
use crate::layout::printed_path;
use crate::rules::{ALL, Registered};
use clap::ValueEnum;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  lockgate rules                  a table; severities as configured here
  lockgate rules --format json
  lockgate explain drop-column    the page of one";

/// Arguments of `rules`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// How the list is written
    #[arg(long, short, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Text,
    /// For programs
    Json,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    rules: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: &'static str,
    summary: &'static str,
    category: &'static str,
    /// Severity in force; `off` where the rule does not run.
    severity: &'static str,
    default_severity: &'static str,
    dialects: Vec<&'static str>,
    directions: &'static [crate::migration::Direction],
    fix: &'static str,
    since: &'static str,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let settings = settings()?;
    let rows: Vec<Row> = ALL.iter().map(|rule| row(rule, &settings)).collect();
    match args.format {
        Format::Text => print(&table(&rows))?,
        Format::Json => {
            let document = Document { version: 1, rules: rows };
            // Plain data has no way to fail.
            let mut json = serde_json::to_vec_pretty(&document).unwrap_or_default();
            json.push(b'\n');
            print_bytes(&json)?;
        }
    }
    Ok(Outcome::Clean)
}

fn settings() -> Result<Settings, Failure> {
    let working = working_directory()?;
    let shown = |path: &std::path::Path| printed_path(&working, path);
    let found = config::find(std::slice::from_ref(&working), shown)?;
    Ok(found.as_ref().map(config::load).transpose()?.unwrap_or_default())
}

fn row(rule: &'static Registered, settings: &Settings) -> Row {
    let meta = rule.meta;
    Row {
        id: rule.id,
        summary: meta.summary,
        category: meta.category.as_str(),
        severity: settings.rules.severity(rule).map_or("off", |severity| severity.as_str()),
        default_severity: meta.severity.map_or("off", |severity| severity.as_str()),
        dialects: meta.dialects.iter().map(|dialect| dialect.as_str()).collect(),
        directions: meta.directions,
        fix: meta.fix.as_str(),
        since: meta.since,
    }
}

fn table(rows: &[Row]) -> String {
    let wide = |cell: fn(&Row) -> &str| rows.iter().map(|row| cell(row).len()).max().unwrap_or(0);
    let (id, severity, category) =
        (wide(|row| row.id), wide(|row| row.severity), wide(|row| row.category));
    let lines = rows.iter().map(|row| {
        format!(
            "{:id$}  {:severity$}  {:category$}  {}\n",
            row.id, row.severity, row.category, row.summary
        )
    });
    lines.collect()
}
