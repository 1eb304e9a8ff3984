//! A text that holds statements, and its way back to the file: the script itself, or the body of
//! a block or function in it.

use crate::migration::{Dialect, Target};
use crate::source::{MappedText, Span};

/// How deep bodies may stand in bodies (`DO` in a function in a `DO` …) before they stay text.
const DEEPEST: u8 = 12;

/// A text with its way back to the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage<'a> {
    text: &'a MappedText,
    outer: Option<&'a Passage<'a>>,
    /// The language of its statements, and the server that reads them.
    pub target: Target,
    depth: u8,
}

impl<'a> Passage<'a> {
    /// The text of a script.
    pub fn script(text: &'a MappedText, target: Target) -> Self {
        Self { text, outer: None, target, depth: 0 }
    }

    /// A text whose origin is `outer`; `None` where bodies nest too deep.
    pub fn inner(text: &'a MappedText, outer: &'a Passage<'a>) -> Option<Self> {
        (outer.depth < DEEPEST).then_some(Self {
            text,
            outer: Some(outer),
            target: outer.target,
            depth: outer.depth + 1,
        })
    }

    /// The language of its statements.
    pub fn dialect(&self) -> Dialect {
        self.target.dialect
    }

    /// Whether it is the script itself.
    pub fn is_script(&self) -> bool {
        self.outer.is_none()
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text.text()
    }

    /// The slice at `span`, or an empty string where it does not fit.
    pub fn slice(&self, span: Span) -> &'a str {
        self.text().get(span.start..span.end).unwrap_or("")
    }

    /// Bytes of the file that `span` of the text stands for.
    pub fn to_file(self, span: Span) -> Span {
        let source = self.text.to_source(span);
        self.outer.map_or(source, |outer| outer.to_file(source))
    }
}
