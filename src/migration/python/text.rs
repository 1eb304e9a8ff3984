//! A string as Python puts it together, with the way back to the literals that it is made of.

use super::Source;
use crate::source::{MappedText, Span};

/// A string: its text, and for each piece of it where it is written.
///
/// A piece is either as long as its origin, byte for byte, or stands as a whole for its origin (an
/// escape in a literal, a number put into an f-string). A hole stands for a part that is not known:
/// its text is a placeholder `{{ expression }}`, which the SQL front end reads as such. An assumed
/// part is what holds unless somebody says otherwise: names are made of it, nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    text: String,
    pieces: Vec<Piece>,
    /// Whether it is a name that no naming convention changes.
    is_final: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    /// One past its last byte in the text.
    end: usize,
    source: Source,
    sort: Sort,
}

/// How far a part of a text is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Known,
    Assumed,
    Hole,
}

impl Text {
    /// A text that stands for one place.
    pub fn of(text: &str, source: Source) -> Self {
        let mut out = Self::default();
        out.push(text, source);
        out
    }

    /// Appends `text`, which stands for `source`.
    pub fn push(&mut self, text: &str, source: Source) {
        self.add(text, source, Sort::Known);
    }

    /// The same text as one that is assumed: the default of a variable of the environment.
    pub fn assumed(&self) -> Self {
        let sort = |piece: &Piece| match piece.sort {
            Sort::Known => Sort::Assumed,
            sort => sort,
        };
        let pieces = self.pieces.iter().map(|piece| Piece { sort: sort(piece), ..*piece });
        Self { pieces: pieces.collect(), ..self.clone() }
    }

    /// The same text as a name that no naming convention changes: `op.f("…")`.
    pub fn finished(&self) -> Self {
        Self { is_final: true, ..self.clone() }
    }

    /// Whether it is a name that no naming convention changes.
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// Appends a part that is not known; `label` is the Python that it would come from.
    pub fn push_hole(&mut self, label: &str, source: Source) {
        self.add(&placeholder(label), source, Sort::Hole);
    }

    /// Appends another text with its origins.
    pub fn append(&mut self, other: &Self) {
        let base = self.text.len();
        self.text.push_str(&other.text);
        self.pieces
            .extend(other.pieces.iter().map(|piece| Piece { end: piece.end + base, ..*piece }));
    }

    fn add(&mut self, text: &str, source: Source, sort: Sort) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.pieces.push(Piece { end: self.text.len(), source, sort });
    }

    /// The text; holes are placeholders.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether every part of it is known or assumed.
    pub fn is_known(&self) -> bool {
        !self.pieces.iter().any(|piece| piece.sort == Sort::Hole)
    }

    /// Whether a part of it is assumed.
    pub fn is_assumed(&self) -> bool {
        self.pieces.iter().any(|piece| piece.sort == Sort::Assumed)
    }

    /// Whether every part of it is known, and none assumed: what decides may ask it.
    pub fn is_certain(&self) -> bool {
        self.pieces.iter().all(|piece| piece.sort == Sort::Known)
    }

    /// The part at `span`, or nothing where it does not fit.
    pub fn slice(&self, span: Span) -> Self {
        let mut out = Self::default();
        if self.text.get(span.start..span.end).is_none() {
            return out;
        }
        let first = self.pieces.partition_point(|piece| piece.end <= span.start);
        let mut start =
            first.checked_sub(1).and_then(|at| self.pieces.get(at)).map_or(0, |p| p.end);
        for piece in self.pieces.iter().skip(first) {
            if start >= span.end {
                break;
            }
            let part = Span::new(start.max(span.start), piece.end.min(span.end));
            let source = piece.source_of(start, part);
            out.add(self.text.get(part.start..part.end).unwrap_or(""), source, piece.sort);
            start = piece.end;
        }
        out
    }

    /// Everything, with each part changed as `change` says; parts are the pieces.
    pub fn map(&self, mut change: impl FnMut(&str) -> String) -> Self {
        let mut out = Self::default();
        let mut start = 0;
        for piece in &self.pieces {
            let part = self.text.get(start..piece.end).unwrap_or("");
            let changed = if piece.sort == Sort::Hole { part.to_owned() } else { change(part) };
            out.add(&changed, piece.source, piece.sort);
            start = piece.end;
        }
        out
    }

    /// The same text, written as a whole at `place`: what an interpolation puts in.
    pub fn moved_to(&self, place: Source) -> Self {
        let pieces = self.pieces.iter().map(|piece| Piece { source: place, ..*piece });
        Self { pieces: pieces.collect(), ..self.clone() }
    }

    /// Places that the text is made of, in its order.
    pub fn sources(&self) -> impl Iterator<Item = Source> + '_ {
        self.pieces.iter().map(|piece| piece.source)
    }

    /// The text with the way back to the migration's own file. What is written in another file, or
    /// put together in another order than it is written, stands for `call`, the place in the
    /// migration that brings it in.
    pub fn to_mapped(&self, call: Span) -> MappedText {
        let mut out = MappedText::default();
        let mut start = 0;
        let is_exact = self.is_in_order();
        for piece in &self.pieces {
            let source = if is_exact { piece.source.span } else { call };
            out.push(self.text.get(start..piece.end).unwrap_or(""), source);
            start = piece.end;
        }
        out
    }

    /// Whether all of it is written in the migration itself, in this order.
    fn is_in_order(&self) -> bool {
        let mut last = Span::default();
        self.pieces.iter().all(|piece| {
            let span = piece.source.span;
            let follows = span.start >= last.end || span == last;
            last = span;
            follows && piece.source.is_home()
        })
    }
}

impl Piece {
    /// Where the part of this piece (which starts at `start`) is written.
    fn source_of(self, start: usize, part: Span) -> Source {
        let source = self.source.span;
        if self.end - start != source.len() {
            return self.source;
        }
        let at = source.start + (part.start - start);
        Source { span: Span::new(at, at + part.len()), ..self.source }
    }
}

/// A placeholder as the SQL front end knows them: on one line and short.
fn placeholder(label: &str) -> String {
    const LONGEST: usize = 80;
    let kept = label.chars().filter(|c| c.is_alphanumeric() || "_.[]() ".contains(*c));
    let kept: String = kept.take(LONGEST).collect();
    let kept = kept.trim();
    format!("{{{{ {} }}}}", if kept.is_empty() { "expression" } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: usize, end: usize) -> Source {
        Source::home(Span::new(start, end))
    }

    #[test]
    fn a_slice_leads_back_byte_by_byte() {
        let mut text = Text::of("ALTER TABLE ", at(10, 22));
        text.push("\n", at(22, 24));
        text.push("orders", at(40, 46));
        let part = text.slice(Span::new(6, 16));
        assert_eq!(part.as_str(), "TABLE \nord");
        let mapped = part.to_mapped(Span::new(0, 0));
        assert_eq!(mapped.to_source(Span::new(0, 5)), Span::new(16, 21));
        assert_eq!(mapped.to_source(Span::new(7, 10)), Span::new(40, 43));
    }

    #[test]
    fn what_is_assumed_stays_so_through_every_change() {
        let mut text = Text::of("DROP TABLE ", at(0, 11));
        assert!(text.is_certain() && !text.is_assumed());
        text.append(&Text::of("Shop", at(20, 26)).assumed());
        assert_eq!((text.as_str(), text.is_known()), ("DROP TABLE Shop", true));
        let lower = text.map(str::to_lowercase);
        assert!(lower.is_assumed() && !lower.slice(Span::new(11, 13)).is_certain());
        assert!(text.slice(Span::new(0, 11)).is_certain());
        assert!(text.moved_to(at(1, 2)).is_assumed());
    }

    #[test]
    fn a_hole_is_a_placeholder_and_stays_one() {
        let mut text = Text::of("DROP TABLE ", at(0, 11));
        text.push_hole("tables[0]{x}", at(11, 20));
        assert_eq!(text.as_str(), "DROP TABLE {{ tables[0]x }}");
        assert!(!text.is_known());
        assert!(text.slice(Span::new(0, 11)).is_known());
        assert!(text.map(str::to_lowercase).as_str().starts_with("drop table {{"));
    }
}
