//! `lockgate init`: a commented configuration for what is found.

use super::Outcome;
use super::common::working_directory;
use super::failure::Failure;
use super::output::{print, say};
use crate::layout::{DiscoverOptions, Project, discover};
use crate::migration::Target;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  lockgate init            write lockgate.toml here
  lockgate init --print    show what it would write";

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Print the configuration instead of writing it
    #[arg(long)]
    print: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let working = working_directory()?;
    let options = DiscoverOptions { working_directory: working.clone(), ..Default::default() };
    let found = discover(&[], &options);
    let text = configuration(&found.projects, |root| relative(&working, root));
    if args.print {
        print(&text)?;
        return Ok(Outcome::Clean);
    }
    let path = working.join("lockgate.toml");
    create(&path, &text)?;
    let what = match found.projects.as_slice() {
        [] => "no migrations were found below this folder: name them in it".to_owned(),
        [project] => format!("it names {} ({})", project.root, project.layout.name),
        more => format!("it names {} projects", more.len()),
    };
    say(&format!("wrote lockgate.toml; {what}\nnext: lockgate lint\n"));
    Ok(Outcome::Clean)
}

/// Writes the file, never over another.
fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::usage(
            "lockgate.toml exists already, and is left as it is",
            "lockgate init --print shows what would be written",
        )),
        Err(error) => Err(Failure::Io { path: "lockgate.toml".to_owned(), error }),
    }
}

/// The project's folder relative to the working directory; roots are printed relative to the
/// repository.
fn relative(working: &Path, root: &str) -> String {
    let from = crate::layout::printed_path(working, working);
    if from == "." {
        return root.to_owned();
    }
    match root.strip_prefix(from.as_str()).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => rest.to_owned(),
        None if root == from => ".".to_owned(),
        None => root.to_owned(),
    }
}

const HEAD: &str = "\
# lockgate: what it reads, and what it says. A flag goes before the environment (LOCKGATE_…), and
# that before this file. `lockgate rules` lists the rules.

# From which severity on `lockgate lint` exits with 1: error, warning, note or never.
fail-on = \"error\"
";

const TAIL: &str = "
# Tables under heavy traffic, and tables so small that no work on them takes long; globs.
[tables]
hot = []
small = []

# All rules of a category: availability, compatibility, data-loss, correctness, reversibility,
# history, convention. A rule's own entry goes first.
[categories]
# convention = \"warning\"

# One rule: a severity (error, warning, note, off), or a table with its options.
[rules]
# non-concurrent-index = \"warning\"
# drop-column = { severity = \"error\", ignore-tables = [\"tmp_*\"] }

# A finding in a file that is applied already, and may not change any more. In other files write a
# comment before the statement: -- lockgate: allow(drop-table) why this is safe
# [[allow]]
# rule = \"drop-table\"
# migration = \"20240301_1\"
# reason = \"archive moved, ticket 4711\"
# until = 2027-01-01

# Releases of the application that may be running while migrations are applied (tags, branches or
# commits), and which files are the application's (else all source files outside of tests,
# documentation, vendored code and migrations). `also` names other repositories that use the
# database, `tags` what `lockgate compat` takes for releases.
[deployed]
refs = []
# app = [\"src/**/*.py\"]
# also = [\"../billing\"]
# tags = \"v*\"

# How `lockgate lint --apply` runs what is pending.
[apply]
# How long a statement waits for a lock, before everyone behind it is let through and it is tried again.
# lock-timeout = \"2s\"
# When data is copied: never, before-data-loss (before migrations that drop tables, columns or rows),
# or always; and where to, relative to this file.
# backup = \"before-data-loss\"
# backup-folder = \"lockgate-backups\"
# Relations that others change: their drift does not close the gate; globs.
# drift-ignore = [\"partman.*\"]
# The name of this project's history, where a database has several.
# history-name = \"default\"
# What the database is to people: production asks for a confirmation, or --yes.
# environment = \"production\"
# Commands: before anything is applied (nothing is, if it fails), after all was, after a failure. The
# plan, or the report, is on their standard input as JSON.
# before-apply = \"…\"
# after-apply = \"…\"
# on-failure = \"…\"
";

fn configuration(projects: &[Project], path: impl Fn(&str) -> String) -> String {
    let mut text = HEAD.to_owned();
    if projects.is_empty() {
        text.push_str(
            "\n# No migrations were found; name their folder.\n# [[project]]\n# path = \"db/migrations\"\n",
        );
    }
    for project in projects {
        let dialect = project.dialect.dialect;
        let version = Target::assumed(dialect).version;
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            "\n# {}.\n[[project]]\npath = {}\nlayout = \"{}\"\ndialect = \"{dialect}\"\n\
             # The oldest server that these migrations run on; {version} is assumed.\n\
             # server-version = \"{version}\"\n\
             # Sessions in UTC convert between timestamp and timestamptz without a rewrite.\n\
             # timezone = \"UTC\"\n",
            project.evidence.replace('\n', " "),
            quoted(&path(&project.root)),
            project.layout.name,
        );
    }
    text.push_str(TAIL);
    text
}

/// The text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
