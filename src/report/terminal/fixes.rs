//! What fixes did, and what they could do.

use super::style::{Ink, clean};
use super::words::count;
use super::{Style, footer};
use crate::finding::{Applicability, Fix, Fixed, LintReport};
use std::io::{self, Write};

/// The command that applies a finding's fix.
pub(super) fn offer(out: &mut dyn Write, fix: &Fix, style: Style) -> io::Result<()> {
    let flags = match fix.applicability {
        Applicability::Safe => "--fix",
        Applicability::Unsafe => "--fix --unsafe-fixes",
        Applicability::Display => return Ok(()),
    };
    footer(out, "fix", &format!("lockgate lint {flags}: {}", fix.message), style)
}

/// What was fixed, a line each, with the files that were made.
pub(super) fn applied(out: &mut dyn Write, fixed: &[Fixed], style: Style) -> io::Result<()> {
    let sign = style.paint(Ink::Good, "fixed");
    for one in fixed {
        let at = format!("{}:{}", clean(&one.file), one.line);
        writeln!(out, "{sign}[{}]: {at}: {}", one.rule, clean(&one.message))?;
        for path in &one.made {
            writeln!(out, "  {} {}", style.paint(Ink::Faint, "made "), clean(path))?;
        }
    }
    if fixed.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What a printed diff fixes, and what it leaves.
///
/// # Errors
/// Those of the writer.
pub fn write_diff_summary(out: &mut dyn Write, after: &LintReport, style: Style) -> io::Result<()> {
    applied(out, &after.fixed, style)?;
    let would = match after.fixed.len() {
        0 => "no fix applies".to_owned(),
        number => format!("{} would be applied; nothing was changed", fixes(number)),
    };
    writeln!(out, "{would}; {} would remain", count(after.findings.len(), "finding"))
}

fn fixes(number: usize) -> String {
    if number == 1 { "1 fix".to_owned() } else { format!("{number} fixes") }
}
