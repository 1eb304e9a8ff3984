//! Histories of any repository, run on a real server and replayed side by side: says where the
//! replayed schema and the server's catalogue differ at the end.
//!
//! `cargo test --test histories -- FOLDER…`; `--help` lists the options. Not a part of the tests: it
//! needs folders.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a tool of contributors"
)]

#[allow(dead_code)]
#[path = "../it/support/catalog.rs"]
mod catalog;
#[allow(dead_code)]
#[path = "../it/support/comparison.rs"]
mod comparison;
#[path = "../it/support/mariadb.rs"]
mod mariadb;
#[path = "../it/support/mysql_comparison.rs"]
mod mysql_comparison;
#[path = "../it/support/mysql_replay.rs"]
mod mysql_replay;
#[allow(dead_code)]
#[path = "../it/support/replay.rs"]
mod replay;
#[allow(dead_code)]
#[path = "../it/support/servers.rs"]
mod servers;
#[path = "../it/support/sqlite_replay.rs"]
mod sqlite_replay;

use clap::Parser;
use lockgate::layout::{LayoutMeta, layout_named};
use replay::{Course, Report, migrations_in, run};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compares the replayed schema of public histories with a server's catalogue.
#[derive(Parser)]
#[command(name = "histories")]
struct Arguments {
    /// Folders of migrations; each is a history of its own
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// The major of the server to start
    #[arg(long, default_value_t = servers::NEWEST)]
    major: u8,
    /// Run on SQLite
    #[arg(long, conflicts_with_all = ["before", "given", "downs", "mariadb"])]
    sqlite: bool,
    /// Run on MariaDB, which histories of MySQL mostly run on too
    #[arg(long, conflicts_with_all = ["before", "given", "downs"])]
    mariadb: bool,
    /// The layout, instead of detecting it
    #[arg(long, value_parser = layout_named)]
    layout: Option<LayoutMeta>,
    /// SQL to run first: what the tool itself makes, which the replay does not see
    #[arg(long, default_value = "")]
    before: String,
    /// SQL to run first on both sides: what the history takes for granted
    #[arg(long, default_value = "")]
    given: String,
    /// Compare after every migration, not at the end alone
    #[arg(long)]
    each: bool,
    /// Run each down after its own up, on a copy
    #[arg(long)]
    downs: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.sqlite {
        let alike: Vec<bool> =
            arguments.folders.iter().map(|folder| compare_sqlite(folder, &arguments)).collect();
        return if alike.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    if arguments.mariadb {
        let alike: Vec<bool> =
            arguments.folders.iter().map(|folder| compare_mariadb(folder, &arguments)).collect();
        return if alike.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let url = servers::server(arguments.major).url();
    let alike = arguments.folders.iter().map(|folder| compare(folder, &url, &arguments));
    let alike: Vec<bool> = alike.collect();
    match alike.contains(&false) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// Runs one history on SQLite; gives whether both sides agree.
fn compare_sqlite(folder: &Path, arguments: &Arguments) -> bool {
    let folder = std::path::absolute(folder).expect("a path");
    let report = sqlite_replay::run(&folder, arguments.layout);
    report.wrong.iter().for_each(|line| println!("  {line}"));
    println!(
        "{}: {} scripts ran, {} facts compared, {} lines",
        folder.display(),
        report.ran,
        report.facts,
        report.wrong.len()
    );
    report.wrong.is_empty()
}

/// Runs one history on MariaDB; gives whether both sides agree.
fn compare_mariadb(folder: &Path, arguments: &Arguments) -> bool {
    let folder = std::path::absolute(folder).expect("a path");
    let history = mysql_replay::migrations_in(&folder, arguments.layout);
    let comparing = match arguments.each {
        true => mysql_replay::Comparing::Each,
        false => mysql_replay::Comparing::Last,
    };
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let report = mysql_replay::run(&history, &name, comparing);
    report.wrong.iter().for_each(|line| println!("  {line}"));
    println!(
        "{name}: {} of {} migrations ran, {} facts compared, {} lines",
        report.ran,
        history.len(),
        report.facts,
        report.wrong.len()
    );
    report.wrong.is_empty()
}

/// Runs one history; gives whether both sides agree.
fn compare(folder: &Path, url: &str, arguments: &Arguments) -> bool {
    let folder = std::path::absolute(folder).expect("a path");
    let history = migrations_in(&folder, arguments.layout);
    let course = Course {
        url,
        before: &arguments.before,
        given: &arguments.given,
        downs: arguments.downs,
        each: arguments.each,
    };
    let report = run(&history, &course);
    let refused = report.outcomes.iter().filter(|outcome| outcome.refused.is_some()).count();
    let differences: usize = report.outcomes.iter().map(|it| it.differences.len()).sum();
    print(&report);
    println!(
        "{}: {} migrations, {refused} refused by the server, {} facts compared, {differences} differ",
        folder.display(),
        history.len(),
        report.facts,
    );
    refused == 0 && differences == 0 && !history.is_empty()
}

fn print(report: &Report) {
    for outcome in &report.outcomes {
        println!("{}", outcome.title);
        let refused = outcome.refused.iter().map(|error| format!("refused: {error}"));
        for line in refused.chain(outcome.differences.iter().cloned()) {
            println!("  {line}");
        }
    }
    for relation in report.schema.relations().filter(|relation| !relation.certain) {
        println!("  in doubt: {}", relation.name);
    }
    if !report.schema.is_complete() {
        println!("  in doubt: whether something else was made");
    }
}
