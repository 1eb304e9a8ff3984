//! Edits that several rules offer. Each gives `None` where it would not be enough.

use super::StatementContext;
use crate::finding::Edit;
use crate::migration::{NoTransaction, Origin};
use crate::source::{Place, Span};
use crate::timeline::TransactionKind;

impl StatementContext<'_> {
    /// Edits that make the statement concurrent: the word behind `keyword`, and where the tool
    /// opens a transaction for this statement alone, the layout's way out of it.
    pub fn make_concurrent(&self, keyword: &str) -> Option<Vec<Edit>> {
        let word = self.insert_concurrently(keyword)?;
        match self.transaction.kind {
            TransactionKind::Single => Some(vec![word]),
            TransactionKind::Runner => Some(vec![self.leave_transaction()?, word]),
            TransactionKind::Explicit | TransactionKind::Implicit => None,
        }
    }

    fn insert_concurrently(&self, keyword: &str) -> Option<Edit> {
        if self.statement().origin != Origin::TopLevel {
            return None;
        }
        let place = self.place(self.statement().span)?;
        let at = place.span.start + end_of_word(place.text(), keyword)?;
        Some(Edit {
            place: Place { span: Span::new(at, at), ..place },
            text: " CONCURRENTLY".to_owned(),
        })
    }

    /// Takes the script out of the tool's transaction, where the statement is its only one and
    /// the layout has a line for it.
    pub fn leave_transaction(&self) -> Option<Edit> {
        let script = self.script().filter(|script| script.statements().nth(1).is_none())?;
        let file = &script.source.file;
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
        Some(Edit { place: Place { file: file.clone(), span }, text })
    }

    /// Inserts a line before the statement, where the statement begins its own line.
    pub fn insert_line(&self, line: &str) -> Option<Edit> {
        let place = self.place(self.statement().span)?;
        let head = place.file.text().get(..place.span.start)?;
        let indent = head.rsplit('\n').next().filter(|indent| indent.trim().is_empty())?;
        let text = format!("{line}\n{indent}");
        let at = Span::new(place.span.start, place.span.start);
        (self.statement().origin == Origin::TopLevel)
            .then_some(Edit { place: Place { span: at, ..place }, text })
    }
}

/// Where the keyword ends, if only words stand before it.
fn end_of_word(text: &str, keyword: &str) -> Option<usize> {
    let mut at = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if word.eq_ignore_ascii_case(keyword) {
            return Some(at + word.len());
        }
        if !word.chars().all(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        at += piece.len();
    }
    None
}

/// The last line of the text that is the beginning of `marker`.
fn section_line(text: &str, marker: &str) -> Option<Span> {
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
    fn the_keyword_is_a_word_among_words() {
        assert_eq!(end_of_word("REINDEX\n INDEX a", "index"), Some(14));
        assert_eq!(end_of_word("CREATE /* index */ INDEX a", "index"), None);
    }

    #[test]
    fn the_marker_of_the_section_is_the_last_before_the_statement() {
        let text = "-- migrate:up\nSELECT 1;\n-- migrate:down \n  ";
        let marker = "-- migrate:down transaction:false";
        assert_eq!(section_line(text, marker), Some(Span::new(24, 39)));
        assert_eq!(section_line("SELECT 1", marker), None);
    }
}
