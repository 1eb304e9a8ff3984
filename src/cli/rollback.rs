//! `lockgate rollback VERSION|-N`: downs, through the same gate.

use super::Outcome;
use super::apply::{
    BackupFlags, DatabaseFlags, LimitFlags, RunFlags, confirm, fail, failed, finish, force, opened,
    printer, refused, show, tell_backups, tell_verdict,
};
use super::common::{ColourFlag, Input};
use super::failure::Failure;
use super::lint::fail_on;
use super::output::{colour, print};
use crate::config::FailOn;
use crate::pipeline::{Adopt, ApplyRequest, Deploy, Request};
use crate::runner::gate::Force;
use crate::runner::standing::{Order, WaysOut};
use crate::runner::words::{count, duration};
use crate::runner::{Options, Purpose};
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  lockgate rollback -1                        the newest migration
  lockgate rollback 20260301120000            this one, and all that were applied after it
  lockgate rollback -2 --dry-run              what would be done, and whether it may
  lockgate rollback -1 --allow-data-loss orders.note";

/// Arguments of `rollback`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A version, which is taken back with all that were applied after it; or -N for the newest N
    #[arg(value_name = "VERSION|-N", allow_hyphen_values = true)]
    target: String,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    backup: BackupFlags,
    #[command(flatten)]
    run: RunFlags,
    /// Data that may be destroyed: a table, or table.column; repeat the flag for several
    #[arg(long, value_name = "NAME")]
    allow_data_loss: Vec<String>,
    /// Take responsibility for the findings of a rule; it is recorded
    #[arg(long, value_name = "RULE=REASON", value_parser = force)]
    force: Vec<Force>,
    /// From which severity on a finding stops it [default: error]
    #[arg(long, value_parser = fail_on(), value_name = "SEVERITY", env = "LOCKGATE_FAIL_ON", hide_env_values = true)]
    fail_on: Option<FailOn>,
    /// Print what would be done, and whether it may
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    colour: ColourFlag,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let request = args.input.prepare()?.request;
    let run = &args.run.over(&request.settings.apply);
    let asked = asked(args, request)?;
    let printer = printer(run, "rolling")?;
    let mut deploy = opened(Deploy::open(&asked, printer))?;
    let scripts = scripts(&args.target, &deploy)?;
    if scripts.is_empty() {
        return print("taken back already; nothing to do\n").map(|()| Outcome::Clean);
    }
    let verdict = opened(deploy.judge_downs(&asked, &scripts))?;
    tell_verdict(&verdict, &deploy.project, colour(args.colour.color, &std::io::stdout()))?;
    if !verdict.is_open() {
        return refused(&verdict, &deploy.project, 0);
    }
    deploy.runner.refuse_missing_rights(&verdict.passed).map_err(|error| fail(&error))?;
    if args.dry_run {
        return show(&verdict.passed, &asked);
    }
    let address = asked.address.to_string();
    let many = count(verdict.passed.len(), "migration");
    confirm(run, &format!("take back {many} of {address}"))?;
    let made = deploy.back_up(&verdict.passed, &asked.backups).map_err(|error| fail(&error))?;
    tell_backups(&made)?;
    let ran = deploy
        .runner
        .run_together(&verdict.passed, &deploy.standing)
        .map_err(|error| fail(&error))?;
    finish(run, &address, &asked.options.project, &ran)?;
    if ran.failed.is_some() {
        failed(&ran, &asked.options.project)?;
        return Ok(Outcome::Failed);
    }
    print(&format!(
        "taken back {} in {}; history lockgate_history\n",
        count(ran.done.len(), "migration"),
        duration(started.elapsed())
    ))?;
    Ok(Outcome::Clean)
}

/// What the flags and the configuration come to.
fn asked(args: &Args, request: Request) -> Result<ApplyRequest, Failure> {
    let limits = args.limits.limits(request.settings.apply.lock_timeout);
    Ok(ApplyRequest {
        address: args.database.address()?,
        options: Options {
            purpose: if args.dry_run { Purpose::Plan } else { Purpose::Change },
            ..args.database.options(limits, &request.settings.apply)
        },
        closes_from: args.fail_on.or(request.settings.fail_on).unwrap_or_default().least(),
        forces: args.force.clone(),
        // What is pending is not this run's matter.
        ways_out: WaysOut { order: Order::Any, ..WaysOut::default() },
        mark: Vec::new(),
        adopt: Adopt::No,
        to: None,
        drift_ignore: request.settings.apply.drift_globs(),
        losses_allowed: args.allow_data_loss.clone(),
        backups: args.backup.backups(&request),
        request,
    })
}

/// The migrations to take back, newest first.
fn scripts(target: &str, deploy: &Deploy) -> Result<Vec<usize>, Failure> {
    let standing = &deploy.standing;
    let id = |at: &usize| deploy.project.migrations.get(*at).map(|it| it.id.as_str());
    // One whose way back was begun is still in the way of the others.
    let mut applied = standing.applied.clone();
    applied.extend((0..deploy.project.migrations.len()).filter(|at| {
        id(at).is_some_and(|id| standing.half_undone.contains_key(id))
            && !standing.applied.contains(at)
    }));
    applied.sort_unstable();
    let from = match target.strip_prefix('-') {
        Some(number) => {
            let number: usize = number.parse().map_err(|_| {
                let help = "write a version, or -1 for the newest migration";
                Failure::usage(format!("\"{target}\" is neither a version nor -N"), help)
            })?;
            if number > applied.len() {
                let message = format!("only {} applied", count(applied.len(), "migration"));
                return Err(Failure::usage(message, "lockgate status lists them"));
            }
            applied.len() - number
        }
        None => match applied.iter().position(|at| id(at) == Some(target)) {
            Some(at) => at,
            // An earlier run did it, and was killed before it could say so.
            None if standing.taken_back.contains(target) => return Ok(Vec::new()),
            None => {
                let known = deploy.project.migrations.iter().any(|it| it.id == target);
                let what = if known { "is not applied" } else { "is no migration of this project" };
                let message = format!("{target} {what}");
                return Err(Failure::usage(message, "lockgate status lists them"));
            }
        },
    };
    let mut scripts = applied.split_off(from);
    scripts.reverse();
    Ok(scripts)
}
