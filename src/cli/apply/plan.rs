//! What the gate said, and what would be done.

use super::super::Outcome;
use super::super::failure::Failure;
use super::super::output::{print, print_bytes};
use super::flags::RunFlags;
use super::undo::fail;
use crate::engine::Project;
use crate::pipeline::{ApplyRequest, Deploy};
use crate::report::terminal::{self, Detail, Options, Style};
use crate::runner::gate::{CheckedScript, Class, Obstacle, UnitKind, Verdict};
use crate::runner::words::{count, duration};
use crate::runner::{Backups, Limits, Outcome as Became};
use std::time::Duration;

/// Tells which scripts pass, and everything that was found.
pub(in crate::cli) fn tell_verdict(
    verdict: &Verdict,
    project: &Project,
    style: Style,
) -> Result<(), Failure> {
    let mut out = Vec::new();
    if !verdict.report.findings.is_empty() {
        let options = Options { style, detail: Detail::Quiet, failed: true, elapsed: None };
        // Writing into memory cannot fail.
        let _ = terminal::write(&mut out, &verdict.report, options);
    }
    for obstacle in &verdict.obstacles {
        if !matches!(obstacle, Obstacle::Finding(_)) {
            let _ = terminal::write_error(
                &mut out,
                &obstacle.headline(),
                Some(&obstacle.help()),
                style,
            );
        }
    }
    let judged = project.migrations.iter().zip(&project.judged).filter(|(_, judged)| **judged);
    let marks: Vec<String> = judged
        .map(|(migration, _)| {
            let stopped = verdict
                .obstacles
                .iter()
                .any(|obstacle| obstacle.migration() == Some(migration.id.as_str()));
            format!("{} {}", if stopped { "✗" } else { "✓" }, migration.id)
        })
        .collect();
    if !marks.is_empty() {
        out.extend(format!("lint       {}\n", marks.join("   ")).into_bytes());
    }
    print_bytes(&out)
}

/// Says that the gate is closed, by what, and that nothing ran behind it.
pub(in crate::cli) fn refused(
    verdict: &Verdict,
    project: &Project,
    applied: usize,
) -> Result<Outcome, Failure> {
    let all = project.judged.iter().filter(|judged| **judged).count();
    let mut stopped: Vec<&str> = verdict.obstacles.iter().filter_map(Obstacle::migration).collect();
    stopped.sort_unstable();
    stopped.dedup();
    let what = match stopped.as_slice() {
        [] => "history, files and database do not fit".to_owned(),
        some => format!(
            "{} of {} do not pass: {}",
            some.len(),
            count(all, "migration"),
            some.join(", ")
        ),
    };
    let not = match applied {
        0 => "nothing was applied",
        _ => "what comes from there on was not applied",
    };
    print(&format!("refused    {what}; {not}\n"))?;
    Ok(Outcome::Findings)
}

/// Scripts as they would be reported before they run.
pub(super) fn planned(scripts: &[CheckedScript]) -> Vec<Became> {
    scripts
        .iter()
        .map(|script| Became {
            version: script.id().to_owned(),
            description: script.description().to_owned(),
            status: "not_applied",
            direction: match script.direction() {
                crate::migration::Direction::Up => "up",
                crate::migration::Direction::Down => "down",
            },
            statements: script.statements(),
            tables: script.tables().to_vec(),
            allowed: script.allowed().to_vec(),
            ..Became::default()
        })
        .collect()
}

/// Prints each statement with what it locks, what it does and how long it may take.
pub(in crate::cli) fn show(
    scripts: &[CheckedScript],
    apply: &ApplyRequest,
) -> Result<Outcome, Failure> {
    let limits = &apply.options.limits;
    let mut text = String::new();
    for script in scripts {
        text.push_str(&format!("\n{} {} ({})\n", script.id(), script.description(), script.file()));
        if let Some(tables) = copied(script, apply) {
            text.push_str(&format!("  before anything runs, a copy of {tables}\n"));
        }
        for unit in script.units() {
            text.push_str(&format!("  {}\n", sent(unit.kind())));
            for statement in unit.statements() {
                let number = statement.number();
                text.push_str(&format!("  {number:>3}  {}\n", shown(statement.sql().text())));
                for effect in statement.effects() {
                    text.push_str(&format!("         {effect}\n"));
                }
                text.push_str(&format!("         {}\n", bounds(statement.class(), limits)));
            }
        }
    }
    text.push_str(&format!(
        "\nplanned    {}; nothing was applied\n",
        count(scripts.len(), "migration")
    ));
    print(&text)?;
    Ok(Outcome::Clean)
}

/// What would be copied before anything runs because of a script.
fn copied(script: &CheckedScript, apply: &ApplyRequest) -> Option<String> {
    let Backups::Make { when, .. } = &apply.backups else { return None };
    when.words(script, apply.address.dialect())
}

fn sent(kind: &UnitKind) -> String {
    match kind {
        UnitKind::Transaction { rolled_back: true, .. } => {
            "in a transaction that the script rolls back".to_owned()
        }
        UnitKind::Transaction { .. } => "in one transaction".to_owned(),
        UnitKind::Alone(_) => "by itself, outside a transaction".to_owned(),
        UnitKind::Batched(batch) => {
            format!("in slices of {} rows by {}, a transaction for each", batch.size, batch.key)
        }
    }
}

fn shown(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(100) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or("")),
        None => line,
    }
}

fn bounds(class: Class, limits: &Limits) -> String {
    let lock = duration(limits.lock_timeout);
    match class {
        Class::Catalogue => format!(
            "waits at most {lock} for its lock, takes at most {}; tried again for {}",
            duration(limits.statement),
            duration(limits.retry_for)
        ),
        Class::Work => format!("waits at most {lock} for its lock, takes as long as it takes"),
        Class::Online => "waits and takes as long as it takes; others go on".to_owned(),
    }
}

/// Runs everything and keeps nothing.
pub(super) fn rehearse(
    deploy: &mut Deploy,
    scripts: &[CheckedScript],
    flags: &RunFlags,
) -> Result<Outcome, Failure> {
    if flags.is_production() {
        let help = "rehearse on a copy; --dry-run alone shows the plan";
        return Err(Failure::usage("--dry-run=execute takes locks, so not in production", help));
    }
    let folder = std::env::temp_dir().join(format!("lockgate-{}", std::process::id()));
    let io = |error| Failure::Io { path: folder.display().to_string(), error };
    std::fs::create_dir_all(&folder).map_err(io)?;
    let tried = deploy.runner.rehearse(scripts, &folder.join("copy.db"));
    // What stays behind is in the folder for such things.
    let _ = std::fs::remove_dir_all(&folder);
    let tried = tried.map_err(|error| fail(&error))?;
    let mut outcome = Outcome::Clean;
    for one in &tried {
        let time = duration(Duration::from_millis(one.execution_time_ms));
        let line = match &one.error {
            None => format!("tried      {}  {time}\n", one.version),
            Some(error) => {
                outcome = Outcome::Failed;
                format!("tried      {}  failed: {error}\n", one.version)
            }
        };
        print(&line)?;
        for statement in &one.left_out {
            print(&format!("           left out: {statement} (it may not be in a transaction)\n"))?;
        }
    }
    print("tried      everything was taken back; nothing was applied\n")?;
    Ok(outcome)
}
