//! The report of a run, for files and hooks.

use super::super::failure::Failure;
use super::super::output::write_file;
use super::flags::RunFlags;
use crate::runner::{Outcome, Ran};
use serde::Serialize;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A run, as JSON.
#[derive(Serialize)]
pub(super) struct Record<'r> {
    version: u32,
    tool: Tool,
    /// The database, without its password.
    database: String,
    project: &'r str,
    /// `planned`, `applied`, `failed`, `closed`.
    status: &'static str,
    migrations: Vec<&'r Outcome>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl<'r> Record<'r> {
    /// A run of these migrations.
    pub fn new(
        database: String,
        project: &'r str,
        status: &'static str,
        migrations: Vec<&'r Outcome>,
    ) -> Self {
        let tool = Tool { name: "lockgate", version: env!("CARGO_PKG_VERSION") };
        Self { version: 1, tool, database, project, status, migrations }
    }

    /// The text.
    pub fn json(&self) -> Vec<u8> {
        // Plain data has no way to fail.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

/// All migrations of a run in their order.
pub(super) fn outcomes(ran: &Ran) -> Vec<&Outcome> {
    ran.done.iter().chain(&ran.failed).chain(&ran.left).collect()
}

/// Writes the report where a file is named.
pub(super) fn write(flags: &RunFlags, record: &Record<'_>) -> Result<(), Failure> {
    match &flags.report {
        Some(path) => write_file(path, &record.json()),
        None => Ok(()),
    }
}

/// Runs a hook with the report on its standard input; gives whether it succeeded.
pub(super) fn hook(command: Option<&String>, record: &Record<'_>) -> Result<bool, Failure> {
    let Some(command) = command else { return Ok(true) };
    let fail = |error| Failure::Io { path: format!("hook `{command}`"), error };
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child =
        Command::new(shell).args([flag, command]).stdin(Stdio::piped()).spawn().map_err(fail)?;
    if let Some(mut input) = child.stdin.take() {
        // A hook need not read it.
        let _ = input.write_all(&record.json());
    }
    Ok(child.wait().map_err(fail)?.success())
}
