//! Texts of the files of a new migration, in the layout's markers.

use super::Step;
use super::follow_up::{FollowUp, WayBack};
use crate::migration::{Conventions, Direction, Downs, NewScripts, NoTransaction};
use std::fmt::Write as _;

pub(super) fn up_text(conventions: &Conventions, new: &FollowUp<'_>) -> String {
    let mut text = String::new();
    let how = conventions.no_transaction;
    let leaves = new.up.is_outside();
    if leaves && let NoTransaction::FirstLine(line) = how {
        let _ = writeln!(text, "{line}");
    }
    match (how, conventions.scripts) {
        (NoTransaction::SectionMarker { up, .. }, _) if leaves => {
            let _ = writeln!(text, "{up}");
        }
        (_, NewScripts::Headed(heading)) => {
            let _ = writeln!(text, "{heading}");
        }
        _ => {}
    }
    text.push_str(new.comments);
    write_step(&mut text, conventions, new.up);
    if let Downs::Section(marker) = conventions.downs {
        let outside = matches!(new.down, WayBack::Steps(step) if step.is_outside());
        let marker = match how {
            NoTransaction::SectionMarker { down, .. } if outside => down,
            _ => marker,
        };
        let _ = writeln!(text, "\n{marker}");
        write_way_back(&mut text, conventions, new.down);
    }
    text
}

pub(super) fn down_text(
    conventions: &Conventions,
    down: WayBack<'_>,
    direction: Direction,
) -> String {
    let mut text = String::new();
    if matches!(down, WayBack::Steps(step) if step.is_outside())
        && let Some(line) = conventions.no_transaction.script_line(direction)
    {
        let _ = writeln!(text, "{line}");
    }
    write_way_back(&mut text, conventions, down);
    text
}

fn write_way_back(text: &mut String, conventions: &Conventions, down: WayBack<'_>) {
    match down {
        WayBack::Steps(step) => write_step(text, conventions, step),
        WayBack::Nothing(reason) => {
            let _ = writeln!(text, "-- {reason}");
        }
    }
}

fn write_step(text: &mut String, conventions: &Conventions, step: &Step) {
    let own = conventions.no_transaction == NoTransaction::LeaveOutBegin && !step.is_outside();
    if own {
        text.push_str("BEGIN;\n\n");
    }
    for statement in step.statements() {
        let _ = writeln!(text, "{statement};");
    }
    if own {
        text.push_str("\nCOMMIT;\n");
    }
}

/// The settings file of a new script, where its statement needs one.
pub(super) fn settings_file(
    conventions: &Conventions,
    script: &str,
    step: &Step,
) -> Option<(String, &'static str)> {
    let how = conventions.no_transaction;
    let detected = step.statements().iter().all(|statement| {
        let mut words = statement.split_whitespace();
        let verb = words.next().unwrap_or("");
        ["create", "drop"].iter().any(|known| verb.eq_ignore_ascii_case(known))
    });
    if matches!(how, NoTransaction::Detected { .. }) && detected {
        return None;
    }
    let (folder, file) = script.rsplit_once('/').unwrap_or(("", script));
    let (name, line) = how.settings_file(file)?;
    let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
    Some((name, line))
}
