//! `lockgate lint`.

use super::Outcome;
use super::apply::{self, ApplyFlags, DatabaseFlags, LimitFlags};
use super::common::{Colour, ColourFlag, Input, Prepared};
use super::failure::{Failure, tell};
use super::fix::{self, FixArgs, Mode};
use super::output::{append_file, colour, print, print_bytes, say, write_file};
use super::progress::Bar;
use super::scope::ScopeFlags;
use crate::config::{FailOn, Selection, Selector};
use crate::finding::{FileProblem, LintReport};
use crate::layout::printed_path;
use crate::pipeline::{self, Request};
use crate::report::terminal::{self, Detail, Options, Style};
use crate::report::{github, gitlab, html, json, junit, markdown, sarif, schemas};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  lockgate lint                                    the migrations below this folder
  lockgate lint db/migrations/20260301_orders.sql  one file; its history is replayed first
  lockgate lint --diff --unsafe-fixes              what fixes would change, as a diff
  lockgate lint --fix db/migrations/20260301_orders.sql
  lockgate lint --since origin/main                what this branch adds or changes
  lockgate lint --write-baseline                   accept what is there; report what comes
  lockgate lint --server-version 16 --fail-on warning
  lockgate lint --only availability,data-loss      rules and categories; --skip leaves some out
  lockgate lint --format sarif --output lockgate.sarif
  lockgate lint --output json=report.json --output sarif=report.sarif
  lockgate lint --format html --output page.html   a page with who waits when
  lockgate lint --deployed v1.41 --deployed v1.42  what these releases still use is an error to drop
  lockgate lint --format github                    annotations on a pull request
  lockgate lint --format markdown                  a comment for it
  lockgate lint --apply --database-url \"$DATABASE_URL\"   judge what is pending, apply it if it passes
  pg_dump -s shop | lockgate lint - --dialect postgres";

/// Arguments of `lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    scope: ScopeFlags,
    /// How the report is written; several with a comma or by repeating the flag
    #[arg(
        long,
        short,
        value_enum,
        value_delimiter = ',',
        env = "LOCKGATE_FORMAT",
        hide_env_values = true
    )]
    format: Vec<Format>,
    /// Write to a file instead of standard output: FILE, or FORMAT=FILE
    #[arg(long, short, value_name = "[FORMAT=]FILE")]
    output: Vec<String>,
    #[command(flatten)]
    fix: FixArgs,
    /// From which severity on the exit code is 1 [default: error]
    #[arg(long, value_parser = fail_on(), value_name = "SEVERITY", env = "LOCKGATE_FAIL_ON", hide_env_values = true)]
    fail_on: Option<FailOn>,
    /// A release of the application that may be running while the migrations are applied: a tag,
    /// branch or commit; may be repeated
    #[arg(long, value_name = "REF")]
    deployed: Vec<String>,
    /// These rules or categories alone, also those that are off by default
    #[arg(long, value_name = "RULE|CATEGORY", value_delimiter = ',')]
    only: Vec<Selector>,
    /// Not these rules or categories
    #[arg(long, value_name = "RULE|CATEGORY", value_delimiter = ',')]
    skip: Vec<Selector>,
    /// Findings alone, no summary
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Also what was detected and why, who waits for which table from when until when, and which
    /// statements were not understood
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    colour: ColourFlag,
    /// Print the JSON schema of --format json, or with --apply of --report or a line of --log
    #[arg(long, value_enum, value_name = "OF", num_args = 0..=1, require_equals = true, default_missing_value = "lint")]
    print_schema: Option<Schema>,
    #[command(flatten)]
    apply: ApplyFlags,
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(flatten)]
    limits: LimitFlags,
}

/// Of what the JSON schema is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Schema {
    /// What lint says
    Lint,
    /// The report of a run
    Report,
    /// A line of the log of a run
    Log,
}

impl Schema {
    fn text(self) -> &'static str {
        match self {
            Self::Lint => schemas::LINT,
            Self::Report => schemas::RUN,
            Self::Log => schemas::LOG,
        }
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; --print-schema prints its schema
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// JUnit's XML; what makes the run fail is a failure
    Junit,
    /// A comment for a pull request, on GitHub, GitLab or Bitbucket
    Markdown,
    /// A page with who waits when: --output html=FILE
    Html,
}

pub(super) fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::ALL.map(|(name, _)| name)).try_map(|name| {
        let found = FailOn::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value).ok_or("no such severity")
    })
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if let Some(schema) = args.print_schema {
        return print(schema.text()).map(|()| Outcome::Clean);
    }
    if args.apply.apply {
        let asked = apply::Asked {
            flags: &args.apply,
            database: &args.database,
            limits: &args.limits,
            fail_on: args.fail_on,
            color: args.colour.color,
        };
        return apply::run(&asked, args.input.prepare()?);
    }
    let started = Instant::now();
    let plan = plan(args)?;
    let mode = args.fix.mode()?;
    let Prepared { mut request, config } = args.input.prepare()?;
    request.deployed.clone_from(&args.deployed);
    let selection = Selection { only: args.only.clone(), skip: args.skip.clone() };
    request.settings.rules.select(selection);
    let baseline = args.scope.apply(&mut request)?;
    if args.scope.write_baseline {
        return write_baseline(args, &request, &baseline);
    }
    let report = fix::lint(&request, mode, &Bar::default())?;
    let fail_on = args.fail_on.or(request.settings.fail_on).unwrap_or_default();
    let outcome = outcome(&report, fail_on);
    if args.verbose
        && let Some(config) = config
    {
        say(&format!("configuration {}\n", config.shown));
    }
    tell_problems(&report, args.colour.color);
    if matches!(mode, Mode::Diff(_)) {
        return Ok(outcome);
    }
    for (format, target) in &plan {
        let verdict = Verdict { fail_on, failed: outcome != Outcome::Clean };
        let bytes = render(args, &report, *format, target.as_deref(), verdict, started.elapsed());
        match target {
            Some(path) => write_file(path, &bytes)?,
            None => print_bytes(&bytes)?,
        }
    }
    if plan.iter().any(|(format, _)| *format == Format::Github) {
        step_summary(&report)?;
    }
    Ok(outcome)
}

/// Stores all findings as known.
fn write_baseline(args: &Args, request: &Request, path: &Path) -> Result<Outcome, Failure> {
    let (report, baseline) = pipeline::lint_anew(request, &Bar::default());
    tell_problems(&report, args.colour.color);
    write_file(path, baseline.as_bytes())?;
    let shown = printed_path(&request.working_directory, path);
    let count = baseline.lines().filter(|line| line.contains("\"fingerprint\"")).count();
    let findings = if count == 1 { "finding" } else { "findings" };
    print(&format!("{shown}: {count} {findings} known from now on\n"))?;
    Ok(if report.problems.is_empty() { Outcome::Clean } else { Outcome::Trouble })
}

fn outcome(report: &LintReport, fail_on: FailOn) -> Outcome {
    if !report.problems.is_empty() || report.projects.is_empty() {
        return Outcome::Trouble;
    }
    if fail_on.fails(report.worst()) { Outcome::Findings } else { Outcome::Clean }
}

/// What could not be read, on standard error whatever the format.
fn tell_problems(report: &LintReport, wanted: Colour) {
    tell(&report.problems, wanted);
    if report.problems.is_empty() && report.projects.is_empty() {
        tell(&[nothing_judged(report)], wanted);
    }
}

/// Why a run comes to nothing: what was found is not read, or nothing was found.
fn nothing_judged(report: &LintReport) -> FileProblem {
    let skipped: Vec<&str> = report.skipped.iter().map(|folder| folder.message.as_str()).collect();
    let (message, help) = match skipped.is_empty() {
        true => (
            "nothing was judged".to_owned(),
            "name the folder that holds your migrations: lockgate lint db/migrations",
        ),
        false => (
            format!("nothing was judged: {}", skipped.join("; ")),
            "if it holds SQL of PostgreSQL, MySQL or SQLite after all, say so: \
             lockgate lint FOLDER --layout numbered --dialect postgres",
        ),
    };
    FileProblem { file: ".".to_owned(), line: None, message, help: Some(help.to_owned()) }
}

/// What a run comes to.
#[derive(Clone, Copy)]
struct Verdict {
    fail_on: FailOn,
    failed: bool,
}

fn render(
    args: &Args,
    report: &LintReport,
    format: Format,
    target: Option<&Path>,
    verdict: Verdict,
    elapsed: Duration,
) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = match format {
        Format::Text => {
            let shown = target.is_none() && io::stdout().is_terminal();
            let style = match (target, args.colour.color) {
                (Some(_), Colour::Auto) => Style::Plain,
                (_, wanted) => colour(wanted, &io::stdout()),
            };
            let elapsed = shown.then_some(elapsed);
            let options = Options { style, detail: detail(args), failed: verdict.failed, elapsed };
            terminal::write(&mut out, report, options)
        }
        Format::Json => json::write(&mut out, report),
        Format::Sarif => sarif::write(&mut out, report),
        Format::Github => github::write(&mut out, report),
        Format::Gitlab => gitlab::write(&mut out, report),
        Format::Junit => junit::write(&mut out, report, verdict.fail_on.least()),
        Format::Markdown => markdown::write(&mut out, report),
        Format::Html => html::write(&mut out, report),
    };
    out
}

fn detail(args: &Args) -> Detail {
    match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    }
}

/// Appends what has no annotation to the summary of the step, where GitHub Actions has one.
fn step_summary(report: &LintReport) -> Result<(), Failure> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let mut markdown = Vec::new();
    // Writing into memory cannot fail.
    let _ = github::write_summary(&mut markdown, report);
    append_file(Path::new(&path), &markdown)
}

type Plan = Vec<(Format, Option<PathBuf>)>;

/// Which formats go where; at most one goes to standard output.
fn plan(args: &Args) -> Result<Plan, Failure> {
    let mut plan: Plan = args.format.iter().map(|format| (*format, None)).collect();
    plan.dedup();
    let mut bare: Option<PathBuf> = None;
    for output in &args.output {
        match named(output) {
            Some((format, file)) => match plan.iter_mut().find(|(known, _)| *known == format) {
                Some((_, target @ None)) => *target = Some(file),
                _ => plan.push((format, Some(file))),
            },
            None if bare.is_some() => return Err(two_files()),
            None => bare = Some(PathBuf::from(output)),
        }
    }
    if !plan.iter().any(|(_, target)| target.is_none())
        && (plan.is_empty() || args.format.is_empty())
    {
        plan.insert(0, (Format::Text, None));
    }
    let mut open = plan.iter_mut().filter(|(_, target)| target.is_none());
    match (open.next(), open.next(), bare) {
        (Some(_), Some(_), _) => Err(two_formats()),
        (Some((_, target)), None, bare) => {
            *target = bare;
            Ok(plan)
        }
        (None, _, Some(_)) => Err(two_files()),
        (None, _, None) => Ok(plan),
    }
}

fn named(output: &str) -> Option<(Format, PathBuf)> {
    let (name, file) = output.split_once('=')?;
    let format = Format::from_str(name, false).ok()?;
    Some((format, PathBuf::from(file)))
}

fn two_files() -> Failure {
    Failure::usage("more files than formats", "name the format of each: --output json=report.json")
}

fn two_formats() -> Failure {
    Failure::usage(
        "two formats for one place",
        "give all but one a file of its own: --format text --output json=report.json",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn planned(flags: &[&str]) -> Option<Vec<(Format, Option<String>)>> {
        let line = Line::parse_from(std::iter::once(&"lint").chain(flags));
        let text = |path: PathBuf| path.display().to_string();
        let plan = plan(&line.args).ok()?;
        Some(plan.into_iter().map(|(format, target)| (format, target.map(text))).collect())
    }

    #[test]
    fn formats_go_where_they_are_sent() {
        let file = |name: &str| Some(name.to_owned());
        assert_eq!(planned(&[]), Some(vec![(Format::Text, None)]));
        assert_eq!(planned(&["-f", "json"]), Some(vec![(Format::Json, None)]));
        assert_eq!(planned(&["-f", "json", "-o", "a"]), Some(vec![(Format::Json, file("a"))]));
        let both = Some(vec![(Format::Text, None), (Format::Json, file("a"))]);
        assert_eq!(planned(&["-o", "json=a"]), both);
        assert_eq!(planned(&["-f", "text,json", "-o", "json=a"]), both);
        assert_eq!(planned(&["-f", "json", "-o", "json=a"]), Some(vec![(Format::Json, file("a"))]));
        let odd = Some(vec![(Format::Text, file("what=is.txt"))]);
        assert_eq!(planned(&["-o", "what=is.txt"]), odd);
    }

    #[test]
    fn two_formats_do_not_share_a_place() {
        assert_eq!(planned(&["-f", "json,sarif"]), None);
        assert_eq!(planned(&["-f", "json", "-o", "a", "-o", "b"]), None);
    }
}
