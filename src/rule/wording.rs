//! Edits of a few words of a statement, or of the lines next to it.

use super::relocate::cut;
use super::{Remedy, StatementContext};
use crate::finding::Edit;
use crate::migration::{ActionKind, ColumnDef, Ident, Origin, Script, Statement};
use crate::source::{Place, Span};
use crate::timeline::TransactionKind;

impl StatementContext<'_> {
    /// Text behind a keyword, where only words stand before it.
    pub fn insert_behind(&self, keyword: &str, text: &str) -> Option<Edit> {
        if self.statement().origin != Origin::TopLevel {
            return None;
        }
        let place = self.place(self.statement().span)?;
        let at = place.span.start + end_of_word(place.text(), keyword)?;
        Some(Edit { place: Place { span: Span::new(at, at), ..place }, text: text.to_owned() })
    }

    /// Text before the keyword that stands right behind a name: `INSERT INTO orders VALUES`.
    pub fn insert_before(&self, keyword: &str, text: &str, name: &Ident) -> Option<Edit> {
        let place = self.written_place()?;
        let lower = place.text().to_ascii_lowercase();
        let word = |at: usize| place.text().get(at..at + keyword.len());
        let mut pieces = lower.match_indices(keyword);
        let (at, _) = pieces.find(|(at, _)| {
            let head = place.text().get(..*at).unwrap_or("");
            let is_word = head.ends_with(char::is_whitespace) && word(*at).is_some();
            let head = head.trim_end().trim_end_matches(['"', '`']);
            is_word && head.to_ascii_lowercase().ends_with(&name.as_str().to_ascii_lowercase())
        })?;
        let at = place.span.start + at;
        Some(Edit { place: Place { span: Span::new(at, at), ..place }, text: text.to_owned() })
    }

    /// Takes a keyword out, with the white space before it, where only words stand before it.
    pub fn remove_word(&self, keyword: &str) -> Option<Edit> {
        let place = self.written_place()?;
        let end = end_of_word(place.text(), keyword)?;
        let head = place.text().get(..end - keyword.len())?.trim_end();
        let span = Span::new(place.span.start + head.len(), place.span.start + end);
        Some(Edit { place: Place { span, ..place }, text: String::new() })
    }

    /// A statement in a line of its own behind this one; nothing in a revision.
    pub fn insert_line_behind(&self, sql: &str) -> Option<Edit> {
        let place = self.written_place().filter(|_| self.directive().is_none())?;
        let text = place.file.text();
        let head = text.get(..place.span.start)?;
        let indent = head.rsplit('\n').next().filter(|indent| indent.trim().is_empty())?;
        let rest = text.get(place.span.end..)?;
        let gap = rest.len() - rest.trim_start().len();
        let (at, text) = match rest.get(gap..)?.starts_with(';') {
            true => (place.span.end + gap + 1, format!("\n{indent}{sql};")),
            false => (place.span.end, format!(";\n{indent}{sql}")),
        };
        Some(Edit { place: Place { span: Span::new(at, at), ..place }, text })
    }

    /// Text at the end of the statement, which then runs outside of the transaction: where it is
    /// alone there, or the layout has a way out of it.
    pub fn end_outside(&self, text: &str) -> Option<Remedy> {
        let place = self.written_place().filter(|_| self.directive().is_none())?;
        let span = Span::new(place.span.end, place.span.end);
        let edit = Edit { place: Place { span, ..place }, text: text.to_owned() };
        let mut remedy = match self.transaction.kind {
            TransactionKind::Single => Remedy::default(),
            _ => self.leave_transaction()?,
        };
        remedy.edits.push(edit);
        Some(remedy)
    }

    /// Takes the one `BEGIN` and the one `COMMIT` out of a script whose transaction the tool opens.
    pub fn without_own_transaction(&self) -> Option<Remedy> {
        let script = self.script().filter(|_| self.directive().is_none())?;
        if self.transaction.kind != TransactionKind::Runner {
            return None;
        }
        without_begin(script)
    }

    /// Another type for a column, where it stands in the file as the server gets it.
    pub fn retype(&self, column: &ColumnDef, new: &str) -> Option<Edit> {
        self.written_place().filter(|_| self.directive().is_none())?;
        let (place, written) = (self.place(column.span)?, &column.data_type.as_ref()?.written);
        let rest = place.text().get(column.name.as_str().len()..)?;
        let behind = rest.len() - rest.trim_start_matches(['"', '`', ' ', '\t', '\n', '\r']).len();
        let start = place.span.start + column.name.as_str().len() + behind;
        let is_next = rest.get(behind..)?.starts_with(written.as_str());
        let span = Span::new(start, start + written.len());
        is_next.then(|| Edit { place: Place { span, ..place }, text: new.to_owned() })
    }

    /// Text behind words of the statement, where they stand before anything quoted by dollars.
    pub fn insert_behind_words(&self, words: &str, text: &str) -> Option<Edit> {
        let place = self.written_place()?;
        let head = place.text().split('$').next()?.to_ascii_lowercase();
        let at = place.span.start + head.find(words)? + words.len();
        Some(Edit { place: Place { span: Span::new(at, at), ..place }, text: text.to_owned() })
    }

    /// The place of the statement, where it stands in the file as the server gets it.
    fn written_place(&self) -> Option<Place> {
        let place = self.place(self.statement().span)?;
        let is_top = self.statement().origin == Origin::TopLevel;
        (is_top && place.text() == &*self.statement().sql).then_some(place)
    }
}

/// Takes the one `BEGIN` and the one `COMMIT` out of a script.
pub(super) fn without_begin(script: &Script) -> Option<Remedy> {
    let ends = |kind: &ActionKind| {
        matches!(kind, ActionKind::Begin | ActionKind::Commit | ActionKind::Rollback)
    };
    let of_transactions = script
        .statements()
        .filter(|statement| statement.actions.iter().any(|action| ends(&action.kind)));
    let both: Vec<&Statement> = of_transactions.collect();
    let [begin, commit] = both.as_slice() else { return None };
    let ([opens], [closes]) = (begin.actions.as_slice(), commit.actions.as_slice()) else {
        return None;
    };
    let in_order = (&opens.kind, &closes.kind) == (&ActionKind::Begin, &ActionKind::Commit);
    let edits = vec![cut(script, begin)?.edit, cut(script, commit)?.edit];
    in_order.then_some(edits.into())
}

/// Where the keyword ends, if only words stand before it.
pub(super) fn end_of_word(text: &str, keyword: &str) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyword_is_a_word_among_words() {
        assert_eq!(end_of_word("REINDEX\n INDEX a", "index"), Some(14));
        assert_eq!(end_of_word("CREATE /* index */ INDEX a", "index"), None);
    }
}
