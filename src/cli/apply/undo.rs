//! What the commands that change a database share: opening, asking, and taking back.

use super::super::common::Colour;
use super::super::failure::{Failure, tell};
use super::super::output::{print, say};
use super::flags::RunFlags;
use super::plan::tell_verdict;
use super::printer::Printer;
use crate::database::DatabaseError;
use crate::pipeline::{ApplyError, ApplyRequest, Deploy};
use crate::report::terminal::Style;
use crate::runner::{Observer, Ran};
use std::io::IsTerminal;
use std::sync::Arc;

/// Who is told what happens.
pub(in crate::cli) fn printer(
    flags: &RunFlags,
    lead: &'static str,
) -> Result<Arc<dyn Observer>, Failure> {
    let log = flags.log.as_ref().map(|path| {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.map_err(|error| Failure::Io { path: path.display().to_string(), error })
    });
    Ok(Arc::new(Printer::new(log.transpose()?, lead)))
}

/// The database's error, with what was done until then: nothing.
pub(in crate::cli) fn fail(error: &DatabaseError) -> Failure {
    let mut message = error.to_string();
    if let Some(code) = &error.code {
        message.push_str(&format!(" ({code})"));
    }
    Failure::Deploy { message, help: error.help.clone() }
}

/// The result, or why the command ends.
pub(in crate::cli) fn opened<T>(result: Result<T, ApplyError>) -> Result<T, Failure> {
    result.map_err(|error| match error {
        ApplyError::Files(problems) => {
            tell(&problems, Colour::Auto);
            Failure::usage("files could not be read", "mend or move them; nothing was changed")
        }
        ApplyError::Request(message, help) => Failure::usage(message, help),
        ApplyError::Database(error) => fail(&error),
    })
}

/// Asks before production is changed.
pub(in crate::cli) fn confirm(flags: &RunFlags, what: &str) -> Result<(), Failure> {
    if !flags.is_production() || flags.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        let help = "say --yes where nobody can be asked; nothing was changed";
        return Err(Failure::usage("production is changed only after a confirmation", help));
    }
    say(&format!("{what}? [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::usage("not confirmed", "nothing was changed"))
}

/// Takes back what a failed run applied, newest first, through the same gate.
pub(super) fn take_back(
    deploy: &mut Deploy,
    asked: &ApplyRequest,
    ran: &Ran,
    style: Style,
) -> Result<(), Failure> {
    let position = |version: &str| {
        deploy.project.migrations.iter().position(|migration| migration.id == version)
    };
    let mut scripts: Vec<usize> =
        ran.done.iter().filter_map(|outcome| position(&outcome.version)).collect();
    scripts.reverse();
    if scripts.is_empty() {
        return print("taken back nothing: this run applied nothing\n");
    }
    let migrations = deploy.project.migrations.clone();
    deploy.standing =
        deploy.runner.standing(&migrations, &asked.ways_out).map_err(|error| fail(&error))?;
    let verdict = super::opened(deploy.judge_downs(asked, &scripts))?;
    if !verdict.is_open() {
        tell_verdict(&verdict, &deploy.project, style)?;
        return print("taken back nothing: the ways back do not pass; what was applied stays\n");
    }
    let undone =
        deploy.runner.run(&verdict.passed, &deploy.standing).map_err(|error| fail(&error))?;
    let versions: Vec<&str> = undone.done.iter().map(|one| one.version.as_str()).collect();
    print(&format!("taken back {}\n", versions.join(", ")))?;
    match &undone.failed {
        Some(failed) => {
            let error = failed.error.as_deref().unwrap_or_default();
            print(&format!("error: the way back of {} failed\n  {error}\n", failed.version))
        }
        None => Ok(()),
    }
}
