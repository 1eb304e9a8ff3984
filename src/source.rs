//! Files as they were read, places in them, and text that remembers where it came from.
//!
//! Everything that reports a place converts through [`SourceFile::position`], the one converter
//! from byte offsets to lines and columns. Text that is not a verbatim slice of its file (a
//! commented-out section, a Python literal, a placeholder) is a [`MappedText`], whose
//! [`MappedText::to_source`] leads back to bytes of the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A half-open range of bytes. Which text it counts in is said by its owner; where nothing is
/// said, it is the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` to `end`; an end before the start gives an empty span at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest span that covers both.
    pub fn join(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Whether `offset` lies inside.
    pub fn contains(self, offset: usize) -> bool {
        self.start <= offset && offset < self.end
    }

    /// The same span moved by `by` bytes to the right.
    pub fn shift(self, by: usize) -> Self {
        Self::new(self.start + by, self.end + by)
    }
}

/// A place for people: line and column are 1-based, the column counts Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in Unicode scalar values.
    pub column: usize,
    /// Byte offset in the file.
    pub offset: usize,
}

/// Why a file could not become a [`SourceFile`]. Offsets are bytes from the file's start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The bytes are not UTF-8 at this offset.
    #[error("not UTF-8 at byte {offset}; convert the file to UTF-8")]
    NotUtf8 {
        /// First byte that is not UTF-8.
        offset: usize,
    },
    /// The file starts with the mark of UTF-16 or UTF-32.
    #[error("the file is {encoding}, found at byte 0; convert it to UTF-8")]
    OtherEncoding {
        /// Name of the encoding that the mark announces.
        encoding: &'static str,
    },
    /// A NUL byte: no migration tool writes one, so the file is binary.
    #[error("binary file: NUL byte at byte {offset}")]
    Binary {
        /// Offset of the first NUL.
        offset: usize,
    },
}

/// One file's text with its path, relative and with `/`, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    path: String,
    location: Option<PathBuf>,
    text: String,
    line_starts: Vec<usize>,
}

const BOM: &str = "\u{feff}";

impl SourceFile {
    /// Takes text that is already known to be UTF-8.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), location: None, text, line_starts }
    }

    /// The same file with the place where it was read, for who writes it back.
    pub fn located(self, location: &Path) -> Self {
        Self { location: Some(location.to_owned()), ..self }
    }

    /// Decodes the bytes of a file.
    ///
    /// # Errors
    /// [`SourceError`] when the bytes are another encoding, not UTF-8, or binary.
    pub fn from_bytes(path: impl Into<String>, bytes: Vec<u8>) -> Result<Self, SourceError> {
        if let Some(encoding) = foreign_mark(&bytes) {
            return Err(SourceError::OtherEncoding { encoding });
        }
        if let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
            return Err(SourceError::Binary { offset });
        }
        let text = String::from_utf8(bytes)
            .map_err(|error| SourceError::NotUtf8 { offset: error.utf8_error().valid_up_to() })?;
        Ok(Self::new(path, text))
    }

    /// Path as printed.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it was read, absolute; `None` for text that has no file.
    pub fn location(&self) -> Option<&Path> {
        self.location.as_deref()
    }

    /// Path as printed, and location, of the file that `name` (with `/`) would be, `up` folders
    /// above this file's own.
    pub fn beside(&self, up: usize, name: &str) -> Option<(String, PathBuf)> {
        let location = self.location.as_deref()?.ancestors().nth(up + 1)?.join(name);
        let mut folder = self.path.as_str();
        for _ in 0..=up {
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        Some((path, location))
    }

    /// What begins a comment to the end of its line.
    pub fn comment_mark(&self) -> &'static str {
        if self.path.ends_with(".py") { "#" } else { "--" }
    }

    /// The whole text, a byte order mark included, so that offsets are those of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the text begins after a byte order mark.
    pub fn content_start(&self) -> usize {
        if self.text.starts_with(BOM) { BOM.len() } else { 0 }
    }

    /// The text at `span`, or an empty string where the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// Line and column of a byte offset; offsets behind the end give the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0).max(self.content_start());
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { line, column, offset }
    }

    /// The line (1-based) without its line end and byte order mark.
    pub fn line_text(&self, line: usize) -> &str {
        let start = self.line_start(line);
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// Byte offset of the first character of the line (1-based), after a byte order mark; the end
    /// of the text for lines that are not there.
    pub fn line_start(&self, line: usize) -> usize {
        let start = line.checked_sub(1).and_then(|at| self.line_starts.get(at)).copied();
        start.unwrap_or(self.text.len()).max(self.content_start())
    }

    /// Number of lines.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }
}

fn foreign_mark(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => Some("UTF-32 (little endian)"),
        [0, 0, 0xfe, 0xff, ..] => Some("UTF-32 (big endian)"),
        [0xff, 0xfe, ..] => Some("UTF-16 (little endian)"),
        [0xfe, 0xff, ..] => Some("UTF-16 (big endian)"),
        _ => None,
    }
}

/// Text composed of pieces of a file, with the way back.
///
/// A piece is either as long as its origin, byte for byte, or stands as a whole for its origin (an
/// escape in a Python literal).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MappedText {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    text: Span,
    source: Span,
}

impl MappedText {
    /// The slice of a file at `span`, verbatim.
    pub fn verbatim(file: &SourceFile, span: Span) -> Self {
        let mut mapped = Self::default();
        mapped.push(file.slice(span), span);
        mapped
    }

    /// Appends `text`, which stands for `source` in the file.
    pub fn push(&mut self, text: &str, source: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { text: Span::new(start, self.text.len()), source });
    }

    /// The composed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same text with other bytes of equal length, for placeholders.
    ///
    /// Text of another length would break the map, so it is ignored.
    pub fn with_equal_text(mut self, text: String) -> Self {
        if text.len() == self.text.len() {
            self.text = text;
        }
        self
    }

    /// Bytes of the file that `span` of the composed text stands for.
    pub fn to_source(&self, span: Span) -> Span {
        let start = self.map_start(span.start);
        if span.is_empty() {
            return Span::new(start, start);
        }
        Span::new(start, self.map_end(span.end))
    }

    fn map_start(&self, offset: usize) -> usize {
        let at = self.pieces.partition_point(|piece| piece.text.end <= offset);
        match self.pieces.get(at).or_else(|| self.pieces.last()) {
            Some(piece) => piece.map(offset, piece.source.start),
            None => 0,
        }
    }

    fn map_end(&self, offset: usize) -> usize {
        let at = self.pieces.partition_point(|piece| piece.text.end < offset);
        match self.pieces.get(at).or_else(|| self.pieces.last()) {
            Some(piece) => piece.map(offset, piece.source.end),
            None => 0,
        }
    }
}

impl Piece {
    fn map(&self, offset: usize, inexact: usize) -> usize {
        if offset >= self.text.end {
            return self.source.end;
        }
        if offset <= self.text.start {
            return self.source.start;
        }
        if self.text.len() == self.source.len() {
            return self.source.start + (offset - self.text.start);
        }
        inexact
    }
}

/// A place in a file: what findings and labels carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Bytes in it.
    pub span: Span,
}

impl Place {
    /// First position of the span.
    pub fn start(&self) -> Position {
        self.file.position(self.span.start)
    }

    /// Position one past the last character of the span.
    pub fn end(&self) -> Position {
        self.file.position(self.span.end)
    }

    /// The text at the place.
    pub fn text(&self) -> &str {
        self.file.slice(self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_accept_crlf() {
        let file = SourceFile::new("a.sql", "-- é\r\nDROP TABLE x;\n");
        assert_eq!(file.position(7), Position { line: 2, column: 1, offset: 7 });
        assert_eq!(file.position(5).column, 5);
        assert_eq!(file.line_text(1), "-- é");
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let file = SourceFile::new("a.sql", "\u{feff}SELECT 1");
        assert_eq!(file.content_start(), 3);
        assert_eq!(file.position(3), Position { line: 1, column: 1, offset: 3 });
    }

    #[test]
    fn other_encodings_name_the_place() {
        let utf16 = SourceFile::from_bytes("a.sql", vec![0xff, 0xfe, b'S', 0]);
        assert_eq!(utf16, Err(SourceError::OtherEncoding { encoding: "UTF-16 (little endian)" }));
        let latin = SourceFile::from_bytes("a.sql", b"-- caf\xe9".to_vec());
        assert_eq!(latin, Err(SourceError::NotUtf8 { offset: 6 }));
        let binary = SourceFile::from_bytes("a.sql", b"ab\0".to_vec());
        assert_eq!(binary, Err(SourceError::Binary { offset: 2 }));
    }

    #[test]
    fn new_files_stand_beside_or_above() {
        let file = SourceFile::new("db/1_a/up.sql", "").located(Path::new("/shop/db/1_a/up.sql"));
        let metadata = file.beside(0, "metadata.toml");
        let expected = ("db/1_a/metadata.toml".to_owned(), "/shop/db/1_a/metadata.toml".into());
        assert_eq!(metadata, Some(expected));
        let next = ("db/2_b/up.sql".to_owned(), "/shop/db/2_b/up.sql".into());
        assert_eq!(file.beside(1, "2_b/up.sql"), Some(next));
        let top = SourceFile::new("1.sql", "").located(Path::new("/shop/1.sql"));
        assert_eq!(top.beside(0, "2.sql"), Some(("2.sql".to_owned(), "/shop/2.sql".into())));
        assert_eq!(SourceFile::new("-", "").beside(0, "2.sql"), None);
    }

    #[test]
    fn mapped_text_leads_back_through_a_commented_out_section() {
        let file = SourceFile::new("a.sql", "-- DROP TABLE\n--   orders;\n");
        let mut mapped = MappedText::default();
        mapped.push("DROP TABLE\n", Span::new(3, 14));
        mapped.push("   orders;\n", Span::new(16, 27));
        let at = mapped.text().find("orders").map(|at| Span::new(at, at + 6));
        let source = at.map(|span| mapped.to_source(span));
        assert_eq!(source.map(|span| file.slice(span)), Some("orders"));
    }
}
