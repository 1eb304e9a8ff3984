//! Edits that several rules offer. Each gives `None` where it would not be enough.

use super::wording::without_begin;
use super::{Remedy, StatementContext, concurrently_after};
use crate::effects::TransactionBlock;
use crate::finding::{Edit, NewFile};
use crate::migration::{ActionKind, NoTransaction, Origin, Script, TransactionMode};
use crate::source::{Place, Span};
use crate::timeline::TransactionKind;

impl StatementContext<'_> {
    /// Makes the statement concurrent: the word behind `keyword`, and where the tool opens a
    /// transaction for this statement alone, the layout's way out of it; where others share its
    /// transaction, in a migration of its own.
    pub fn make_concurrent(&self, keyword: &str) -> Option<Remedy> {
        if self.directive().is_some() {
            return self.make_directive_concurrent(self.insert_behind(keyword, " CONCURRENTLY"));
        }
        let word = self.insert_behind(keyword, " CONCURRENTLY")?;
        if self.transaction.kind == TransactionKind::Single {
            return Some(word.into());
        }
        if let Some(mut remedy) = self.leave_transaction() {
            remedy.edits.push(word);
            return Some(remedy);
        }
        self.move_out(concurrently_after(&self.statement().sql, keyword)?)
    }

    /// Takes the script out of the tool's transaction, where the statement is its only one and
    /// the layout has a way.
    pub fn leave_transaction(&self) -> Option<Remedy> {
        let own = self.project.conventions.no_transaction == NoTransaction::LeaveOutBegin;
        if own && self.transaction.kind == TransactionKind::Explicit {
            let script = self.script().filter(|script| script.statements().count() == 3)?;
            return without_begin(script);
        }
        if self.transaction.kind != TransactionKind::Runner {
            return None;
        }
        let script = self.script().filter(|script| is_single(script))?;
        let file = &script.source.file;
        if let Some(remedy) = self.leave_by_settings(script) {
            return Some(remedy);
        }
        let (span, text) = match self.project.conventions.no_transaction {
            NoTransaction::FirstLine(line) => {
                let at = file.content_start();
                (Span::new(at, at), format!("{line}\n"))
            }
            how @ NoTransaction::SectionMarker { .. } => {
                let marker = how.script_line(self.direction())?;
                let head = file.text().get(..self.statement().span.start)?;
                (section_line(head, marker)?, marker.to_owned())
            }
            _ => return None,
        };
        Some(Edit { place: Place { file: file.clone(), span }, text }.into())
    }

    /// The same by a file beside the script. Settings are of both directions, so neither may need
    /// its transaction.
    fn leave_by_settings(&self, script: &Script) -> Option<Remedy> {
        let how = self.project.conventions.no_transaction;
        let detected = self
            .actions()
            .iter()
            .any(|action| matches!(action.kind, ActionKind::CreateIndex(_) | ActionKind::Drop(_)));
        if matches!(how, NoTransaction::Detected { .. }) && detected {
            return Some(Remedy::default());
        }
        let migration = self.migration();
        let other = [&migration.up, &migration.down].into_iter().flatten();
        let file = &script.source.file;
        let name = file.path().rsplit('/').next()?;
        let (name, line) = how.settings_file(name)?;
        let (path, location) = file.beside(0, &name)?;
        let new = NewFile { path, location, text: format!("{line}\n"), follows: None };
        let remedy = Remedy { edits: Vec::new(), creates: vec![new] };
        other.into_iter().all(is_single).then_some(remedy)
    }

    /// A setting of the session before the statement: for its transaction where it has one.
    pub fn insert_setting(&self, setting: &str) -> Option<Edit> {
        let script = self.script()?;
        // One more statement, and those that were sent alone share a transaction.
        let joined = script.source.transaction == TransactionMode::OneString
            && self.effects().transaction_block == TransactionBlock::Forbidden;
        if joined { None } else { self.insert_line(setting) }
    }

    /// Whether `SET LOCAL` before the statement reaches it.
    pub fn local_setting_reaches(&self) -> bool {
        let one_string = self
            .script()
            .is_some_and(|script| script.source.transaction == TransactionMode::OneString);
        self.transaction.kind != TransactionKind::Single || one_string
    }

    /// Inserts a line before the statement, where the statement begins its own line.
    pub fn insert_line(&self, line: &str) -> Option<Edit> {
        let place = self.place(self.statement().span)?;
        let head = place.file.text().get(..place.span.start)?;
        let indent = head.rsplit('\n').next().filter(|indent| indent.trim().is_empty())?;
        let text = match file_is_python(&place) {
            true => format!("op.execute(\"{}\")\n{indent}", line.trim_end_matches(';')),
            false => format!("{line}\n{indent}"),
        };
        let at = Span::new(place.span.start, place.span.start);
        (self.statement().origin == Origin::TopLevel)
            .then_some(Edit { place: Place { span: at, ..place }, text })
    }
}

impl StatementContext<'_> {
    /// Adds a line behind the last statement of the script, where that is one of SQL by itself.
    pub fn append_line(&self, line: &str) -> Option<Edit> {
        let script = self.script()?;
        let last = script.statements().last()?;
        let place = script.place(last.span);
        if file_is_python(&place) || last.origin != Origin::TopLevel {
            return None;
        }
        let behind = place.file.text().get(place.span.end..)?;
        let mark = behind.find(';').filter(|at| behind.get(..*at).is_some_and(is_blank));
        let (end, text) = match mark {
            Some(at) => (place.span.end + at + 1, format!("\n{line}")),
            None => (place.span.end, format!(";\n{line}")),
        };
        Some(Edit { place: Place { span: Span::new(end, end), ..place }, text })
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Alembic's revisions send a statement of SQL by a directive.
fn file_is_python(place: &Place) -> bool {
    place.file.path().ends_with(".py")
}

fn is_single(script: &Script) -> bool {
    script.statements().nth(1).is_none()
}

/// The last line of the text that is the beginning of `marker`.
pub(super) fn section_line(text: &str, marker: &str) -> Option<Span> {
    let mut end = text.len();
    for line in text.rsplit('\n') {
        let start = end - line.len();
        let written = line.trim_end();
        if !written.is_empty() && marker.starts_with(written) {
            return Some(Span::new(start, start + written.len()));
        }
        end = start.saturating_sub(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_of_the_section_is_the_last_before_the_statement() {
        let text = "-- migrate:up\nSELECT 1;\n-- migrate:down \n  ";
        let marker = "-- migrate:down transaction:false";
        assert_eq!(section_line(text, marker), Some(Span::new(24, 39)));
        assert_eq!(section_line("SELECT 1", marker), None);
    }
}
