//! Placeholders of template engines and of psql, which stand for SQL that is not known yet.
//!
//! They are replaced by text of equal length that lexes as a name or a string, so that spans stay
//! true: `${schema}` reads as the name `__schema_`, `:'x'` as the string `'_x'`.

use crate::source::Span;
use std::borrow::Cow;

/// Placeholders are short and stand on one line; anything else is no placeholder.
const LONGEST: usize = 256;

/// One past `${…}` at `start`, if there is one.
pub(super) fn dollar_brace_end(text: &str, start: usize) -> Option<usize> {
    enclosed_end(text, start, "${", "}")
}

/// One past `{{…}}` or `{%…%}` at `start`, if there is one.
pub(super) fn brace_end(text: &str, start: usize) -> Option<usize> {
    enclosed_end(text, start, "{{", "}}").or_else(|| enclosed_end(text, start, "{%", "%}"))
}

/// Whether nothing else stands on the line of `span`.
pub(super) fn is_alone_on_line(text: &str, span: Span) -> bool {
    let before = text.get(..span.start).unwrap_or("");
    let after = text.get(span.end..).unwrap_or("");
    let indent = before.trim_end_matches([' ', '\t']);
    let rest = after.trim_start_matches([' ', '\t', '\r']);
    (indent.is_empty() || indent.ends_with('\n')) && (rest.is_empty() || rest.starts_with('\n'))
}

fn enclosed_end(text: &str, start: usize, open: &str, close: &str) -> Option<usize> {
    let rest = text.as_bytes().get(start..)?;
    if !rest.starts_with(open.as_bytes()) {
        return None;
    }
    let window = rest.get(..LONGEST.min(rest.len()))?;
    let line = window.split(|&byte| byte == b'\n').next()?;
    let length = line.windows(close.len()).position(|part| part == close.as_bytes())?;
    (length > open.len()).then_some(start + length + close.len())
}

/// `text` (which starts at `base`) with its placeholders replaced.
pub(in super::super) fn masked<'a>(text: &'a str, base: usize, masks: &[Span]) -> Cow<'a, str> {
    if masks.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for mask in masks {
        let (start, end) = (mask.start.saturating_sub(base), mask.end.saturating_sub(base));
        let (Some(before), Some(hole)) = (text.get(done..start), text.get(start..end)) else {
            continue;
        };
        result.push_str(before);
        replace(hole, &mut result);
        done = end;
    }
    result.push_str(text.get(done..).unwrap_or(""));
    Cow::Owned(result)
}

fn replace(hole: &str, result: &mut String) {
    let mut chars = hole.chars().peekable();
    // The beginning and end of a comment that MySQL runs.
    if hole.starts_with("/*") || hole == "*/" {
        result.extend(chars.map(|_| ' '));
        return;
    }
    if hole.starts_with(":'") || hole.starts_with(":\"") {
        chars.next();
        let quote = chars.next().unwrap_or('\'');
        result.push(quote);
        result.push('_');
        result.extend(chars);
        return;
    }
    let letter = |c: char| if c.is_alphanumeric() || !c.is_ascii() { c } else { '_' };
    // In lower case, so that it names the same thing inside quotes and outside.
    result.extend(chars.map(|c| letter(c).to_ascii_lowercase()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_keep_their_length() {
        let cases = [
            ("${a.b}", "__a_b_"),
            ("{{ index .X \"N\" }}", "___index__x__n____"),
            (":x", "_x"),
            (":'x'", "'_x'"),
            (":\"x\"", "\"_x\""),
        ];
        for (text, expected) in cases {
            let masks = [Span::new(0, text.len())];
            assert_eq!(masked(text, 0, &masks), expected);
            assert_eq!(expected.len(), text.len());
        }
    }

    #[test]
    fn a_placeholder_stands_on_one_line() {
        assert_eq!(dollar_brace_end("${x}", 0), Some(4));
        assert_eq!(dollar_brace_end("${x\n}", 0), None);
        assert_eq!(brace_end("{{x}} {{y}}", 0), Some(5));
    }
}
