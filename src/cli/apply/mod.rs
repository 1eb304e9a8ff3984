//! `lockgate lint --apply`: the gated deploy step.

mod backup;
mod flags;
mod plan;
mod printer;
mod record;
mod undo;

pub(super) use backup::{BackupFlags, tell_backups};
pub(super) use flags::{ApplyFlags, DatabaseFlags, LimitFlags, RunFlags, force};
pub(super) use plan::{refused, show, tell_verdict};
pub(super) use undo::{confirm, fail, opened, printer};

use super::Outcome;
use super::common::{Colour, Prepared};
use super::failure::Failure;
use super::output::{colour, print};
use crate::config::FailOn;
use crate::pipeline::{ApplyRequest, Deploy};
use crate::runner::gate::{CheckedScript, Obstacle, Verdict};
use crate::runner::words::{bytes, count, duration};
use crate::runner::{Limits, Options, Purpose, Ran};
use flags::{DryRun, OnFailure};
use record::{Record, hook, outcomes, write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// All that `lint` was told about applying.
pub(super) struct Asked<'a> {
    pub flags: &'a ApplyFlags,
    pub database: &'a DatabaseFlags,
    pub limits: &'a LimitFlags,
    pub fail_on: Option<FailOn>,
    pub color: Colour,
}

/// Runs `lint --apply`.
pub(super) fn run(asked: &Asked<'_>, prepared: Prepared) -> Result<Outcome, Failure> {
    let configured = &prepared.request.settings.apply;
    let flags = &ApplyFlags { run: asked.flags.run.over(configured), ..asked.flags.clone() };
    let asked = &Asked { flags, ..*asked };
    let apply = request(asked, prepared)?;
    let printer = printer(&flags.run, "applying")?;
    let mut deploy = opened(Deploy::open(&apply, Arc::clone(&printer)))?;
    checking(&deploy)?;
    let verdict = opened(deploy.judge(&apply))?;
    preflight(&mut deploy, &verdict)?;
    tell_verdict(&verdict, &deploy.project, colour(asked.color, &std::io::stdout()))?;
    if !verdict.is_open() && (!flags.passing_prefix || verdict.passed.is_empty()) {
        let record =
            Record::new(apply.address.to_string(), &apply.options.project, "closed", vec![]);
        write(&flags.run, &record)?;
        return refused(&verdict, &deploy.project, 0);
    }
    let scripts = verdict.passed.as_slice();
    match flags.dry_run {
        Some(DryRun::Plan) => return plan::show(scripts, &apply),
        Some(DryRun::Execute) => return plan::rehearse(&mut deploy, scripts, &flags.run),
        None => {}
    }
    if scripts.is_empty() && deploy.standing.accepted.is_empty() {
        print("applied    nothing: nothing is pending\n")?;
        return Ok(Outcome::Clean);
    }
    run_scripts(asked, &apply, &mut deploy, &verdict)
}

/// Applies what passed, with all that happens before and after it.
fn run_scripts(
    asked: &Asked<'_>,
    apply: &ApplyRequest,
    deploy: &mut Deploy,
    verdict: &Verdict,
) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let (flags, scripts) = (asked.flags, verdict.passed.as_slice());
    let address = apply.address.to_string();
    confirm(&flags.run, &format!("apply {} to {address}", count(scripts.len(), "migration")))?;
    let planned = Ran { left: plan::planned(scripts), ..Ran::default() };
    let record =
        Record::new(address.clone(), &apply.options.project, "planned", outcomes(&planned));
    if !hook(flags.run.before_apply.as_ref(), &record)? {
        let help = "nothing was applied";
        return Err(Failure::deploy("the command before applying failed", help));
    }
    tell_backups(&deploy.back_up(scripts, &apply.backups).map_err(|error| fail(&error))?)?;
    let ran = deploy.apply(scripts).map_err(|error| fail(&error))?;
    let called = finish(&flags.run, &address, &apply.options.project, &ran)?;
    if ran.failed.is_some() {
        failed(&ran, apply.options.project.as_str())?;
        if flags.on_failure == OnFailure::Rollback {
            undo::take_back(deploy, apply, &ran, colour(asked.color, &std::io::stdout()))?;
        }
        return Ok(Outcome::Failed);
    }
    applied(&ran, scripts, started.elapsed())?;
    if !called {
        return Err(Failure::deploy("the command after applying failed", "all was applied"));
    }
    if verdict.is_open() {
        Ok(Outcome::Clean)
    } else {
        refused(verdict, &deploy.project, ran.done.len())
    }
}

/// Writes the report of a run and calls its hooks.
pub(super) fn finish(
    flags: &RunFlags,
    address: &str,
    project: &str,
    ran: &Ran,
) -> Result<bool, Failure> {
    let status = if ran.failed.is_some() { "failed" } else { "applied" };
    let record = Record::new(address.to_owned(), project, status, outcomes(ran));
    write(flags, &record)?;
    match ran.failed {
        Some(_) => hook(flags.after_failure.as_ref(), &record),
        None => hook(flags.after_apply.as_ref(), &record),
    }
}

fn request(asked: &Asked<'_>, prepared: Prepared) -> Result<ApplyRequest, Failure> {
    let request = prepared.request;
    let limits: Limits = asked.limits.limits(request.settings.apply.lock_timeout);
    let fail_on = asked.fail_on.or(request.settings.fail_on).unwrap_or_default();
    Ok(ApplyRequest {
        address: asked.database.address()?,
        options: Options {
            purpose: match asked.flags.dry_run {
                Some(_) => Purpose::Plan,
                None => Purpose::Change,
            },
            ..asked.database.options(limits, &request.settings.apply)
        },
        closes_from: fail_on.least(),
        forces: asked.flags.force.clone(),
        ways_out: asked.flags.ways_out(),
        mark: asked.flags.mark_applied.clone(),
        adopt: asked.flags.adopt(),
        to: asked.flags.to.clone(),
        drift_ignore: request.settings.apply.drift_globs(),
        losses_allowed: Vec::new(),
        backups: asked.flags.backup.backups(&request),
        request,
    })
}

/// What was found before anything is judged.
pub(super) fn checking(deploy: &Deploy) -> Result<(), Failure> {
    let server = deploy.runner.server();
    let dialect = deploy.project.target.dialect;
    let of = match dialect {
        crate::migration::Dialect::Postgres => format!(" ({})", server.database),
        crate::migration::Dialect::Sqlite => String::new(),
        crate::migration::Dialect::Mysql | crate::migration::Dialect::Mariadb => {
            format!(" ({})", server.database)
        }
    };
    let standing = &deploy.standing;
    print(&format!(
        "checking   {} applied, {} pending, {} {}{of}, layout {}\n",
        standing.applied.len(),
        standing.pending.len(),
        dialect.title(),
        server.version,
        deploy.project.summary.layout
    ))
}

/// What was looked at beside the migrations themselves.
fn preflight(deploy: &mut Deploy, verdict: &Verdict) -> Result<(), Failure> {
    if deploy.standing.pending.is_empty() {
        return Ok(());
    }
    let drifts = verdict.obstacles.iter().any(|it| matches!(it, Obstacle::Drift { .. }));
    deploy.runner.refuse_missing_rights(&verdict.passed).map_err(|error| fail(&error))?;
    let rights = match deploy.project.target.dialect {
        crate::migration::Dialect::Postgres => "   privileges ✓",
        _ => "",
    };
    let space = match deploy.space(&verdict.passed) {
        0 => String::new(),
        some => format!("   needs about {} on the server for a while", bytes(some)),
    };
    let longest = deploy.runner.longest_transaction().map_err(|error| fail(&error))?;
    let longest = longest.map(|time| format!("   longest transaction {}", duration(time)));
    print(&format!(
        "preflight  connection ✓{rights}   schema as expected {}{space}{}\n",
        if drifts { "✗" } else { "✓" },
        longest.unwrap_or_default()
    ))
}

fn applied(ran: &Ran, scripts: &[CheckedScript], elapsed: Duration) -> Result<(), Failure> {
    let allowed: usize = scripts.iter().map(|script| script.allowed().len()).sum();
    let recorded = match allowed {
        0 => String::new(),
        some => format!(", {} recorded as allowed", count(some, "finding")),
    };
    print(&format!(
        "applied    {} in {}; history lockgate_history{recorded}\n",
        count(ran.done.len(), "migration"),
        duration(elapsed)
    ))
}

/// What failed, in what state it is, and what to do next.
pub(super) fn failed(ran: &Ran, project: &str) -> Result<(), Failure> {
    let Some(failed) = &ran.failed else { return Ok(()) };
    let error = failed.error.as_deref().unwrap_or_default();
    let state = failed.state.as_deref().unwrap_or_default();
    let list = |outcomes: &[crate::runner::Outcome]| {
        let versions: Vec<&str> = outcomes.iter().map(|one| one.version.as_str()).collect();
        if versions.is_empty() { "none".to_owned() } else { versions.join(", ") }
    };
    let history = match project {
        flags::DEFAULT_HISTORY => String::new(),
        name => format!(" --history-name {name}"),
    };
    print(&format!(
        "\nerror: {} failed\n  {error}\n  state    {state}\n  applied  {}\n  not      {}\n  next     mend the cause, then run the same command again; lockgate status{history} shows where things stand\n",
        failed.version,
        list(&ran.done),
        list(&ran.left),
    ))
}
