//! Ends of quoted things: strings, names, dollar quotes, comments.

use super::placeholder;
use crate::source::Span;

/// How a string constant escapes its quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// By doubling alone.
    Plain,
    /// By doubling or a backslash.
    Escaped,
}

/// One past the closing quote of the string whose opening quote is at `start`.
pub(super) fn string_end(bytes: &[u8], start: usize, style: Style) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            b'\\' if style == Style::Escaped => at += 2,
            _ => at += 1,
        }
    }
}

/// One past the closing quote of a string of MySQL, whose quote may be doubled or escaped.
pub(super) fn escaped_end(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// One past the closing quote of a quoted name; placeholders in it may hold quotes of their own.
pub(super) fn name_end(
    text: &str,
    start: usize,
    close: u8,
    masks: &mut Vec<Span>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        let byte = *bytes.get(at)?;
        if byte == b'{'
            && let Some(end) = placeholder::brace_end(text, at)
        {
            masks.push(Span::new(at, end));
            at = end;
            continue;
        }
        if byte != close {
            at += 1;
            continue;
        }
        if close == b']' || bytes.get(at + 1) != Some(&close) {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The tag of a dollar quote at `start`, dollars included.
pub(super) fn dollar_tag(bytes: &[u8], start: usize) -> Option<Span> {
    let rest = bytes.get(start + 1..)?;
    let length = rest
        .iter()
        .position(|&byte| !(byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80))?;
    if rest.get(length) != Some(&b'$') || rest.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    Some(Span::new(start, start + length + 2))
}

/// One past the closing tag of a dollar quote.
pub(super) fn dollar_end(text: &str, start: usize, tag: Span) -> Option<usize> {
    let tag_text = text.get(tag.start..tag.end)?;
    let body = start + tag.len();
    let length = text.get(body..)?.find(tag_text)?;
    Some(body + length + tag.len())
}

/// One past the end of a block comment.
pub(super) fn block_comment_end(bytes: &[u8], start: usize, nested: bool) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = start + 2;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            (b'/', Some(b'*')) if nested => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
}
