//! Colours, and text that cannot harm a terminal.

use miette::GraphicalTheme;
use std::borrow::Cow;

/// Whether a report has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// None.
    #[default]
    Plain,
    /// ANSI colours.
    Coloured,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Error,
    Warning,
    Note,
    Good,
    Strong,
    Faint,
}

impl Style {
    /// The text with its colour.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Error => "1;31",
            Ink::Warning => "1;33",
            Ink::Note => "1;36",
            Ink::Good => "1;32",
            Ink::Strong => "1",
            Ink::Faint => "2",
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    /// The theme in which miette draws.
    pub(super) fn theme(self) -> GraphicalTheme {
        match self {
            Self::Plain => GraphicalTheme::unicode_nocolor(),
            Self::Coloured => GraphicalTheme::unicode(),
        }
    }
}

/// The text without control characters: names and SQL come from files, and an escape sequence in
/// one must not reach the terminal. Line ends and tabs stay.
pub(in crate::report) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(harmless).collect())
}

/// The character, or what stands for it.
pub(super) fn harmless(c: char) -> char {
    if is_harmful(c) { '\u{fffd}' } else { c }
}

/// Control characters, and those that turn the direction of what follows.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_pass() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\td"), "a\u{fffd}[31mb\u{fffd}c\td");
        assert_eq!(Style::Plain.paint(Ink::Error, "x"), "x");
        assert_eq!(Style::Coloured.paint(Ink::Error, "x"), "\u{1b}[1;31mx\u{1b}[0m");
    }
}
