//! What was explained before: notes of a rule that had one, and findings that say of another
//! statement of the file the very same. One line each, those of one file under one headline.

use super::style::{Ink, Style, clean};
use super::{Detail, ink, words};
use crate::finding::{Finding, Severity};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// More notes than these of one rule in one file are counted unless all is asked for.
const LISTED: usize = 4;

/// The findings that are not written in full, by severity, rule and file.
pub(super) struct Notes<'r> {
    repeated: HashMap<Key<'r>, Vec<&'r Finding>>,
    short: HashSet<*const Finding>,
}

type Key<'r> = (Severity, &'static str, &'r str);

impl<'r> Notes<'r> {
    /// Gathers what its rule's first finding explains.
    pub fn of(findings: &'r [Finding]) -> Self {
        let (mut explained, mut said) = (HashSet::new(), HashSet::new());
        let mut repeated: HashMap<Key<'_>, Vec<&Finding>> = HashMap::new();
        let mut short = HashSet::new();
        for finding in findings {
            let is_explained = !explained.insert(finding.rule);
            let is_said = !said.insert((key(finding), &finding.message, &finding.label));
            if is_said || is_explained && finding.severity == Severity::Note {
                repeated.entry(key(finding)).or_default().push(finding);
                short.insert(std::ptr::from_ref(finding));
            }
        }
        Self { repeated, short }
    }

    /// Whether a finding is written together with others.
    pub fn holds(&self, finding: &Finding) -> bool {
        self.short.contains(&std::ptr::from_ref(finding))
    }

    /// Writes a note with all others of its rule and file; nothing where that is done.
    pub fn write(
        &mut self,
        out: &mut dyn Write,
        finding: &'r Finding,
        detail: Detail,
        style: Style,
    ) -> io::Result<()> {
        let Some(notes) = self.repeated.remove(&key(finding)) else { return Ok(()) };
        let severity = format!("{}[{}]", finding.severity.as_str(), finding.rule);
        let severity = style.paint(ink(finding.severity), &severity);
        if let [only] = notes.as_slice() {
            let headline = style.paint(Ink::Strong, &clean(&only.message));
            let at = format!("{}:{}", only.place.file.path(), place(only));
            return writeln!(
                out,
                "{severity}: {headline}\n   {}\n",
                style.paint(Ink::Faint, &clean(&at))
            );
        }
        let count = words::count(notes.len(), "time");
        let headline = format!("{count} in {}", clean(finding.place.file.path()));
        writeln!(out, "{severity}: {}", style.paint(Ink::Strong, &headline))?;
        let listed = if detail == Detail::Verbose { notes.len() } else { LISTED };
        let widest = notes.iter().take(listed).map(|note| place(note).len()).max().unwrap_or(0);
        for note in notes.iter().take(listed) {
            let at = format!("{:<widest$}", place(note));
            writeln!(out, "   {}  {}", style.paint(Ink::Faint, &at), clean(&note.message))?;
        }
        if let more @ 1.. = notes.len().saturating_sub(listed) {
            writeln!(out, "   and {more} more, which -v lists")?;
        }
        writeln!(out)
    }
}

fn key(finding: &Finding) -> Key<'_> {
    (finding.severity, finding.rule, finding.place.file.path())
}

fn place(finding: &Finding) -> String {
    let start = finding.place.start();
    format!("{}:{}", start.line, start.column)
}
