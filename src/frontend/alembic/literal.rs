//! String literals with the way back through their escapes.

use super::module::span;
use crate::migration::python::{Source, Text};
use crate::source::Span;
use ruff_python_ast::{StringFlags, StringLiteral};
use ruff_text_size::Ranged;

/// Appends a literal; `source` is the file's text.
pub(super) fn push(out: &mut Text, literal: &StringLiteral, source: &str, module: u16) {
    let whole = span(literal.range());
    let open = literal.flags.opener_len().to_usize();
    let close = literal.flags.closer_len().to_usize();
    let inner = Span::new(whole.start + open, whole.end.saturating_sub(close));
    push_content(out, &literal.value, source, Source { module, span: inner }, false);
}

/// Appends the content of a literal, or of a stretch of an f-string, that says `value`.
pub(super) fn push_content(
    out: &mut Text,
    value: &str,
    source: &str,
    place: Source,
    doubles_braces: bool,
) {
    let written = source.get(place.span.start..place.span.end).unwrap_or("");
    if written == value {
        out.push(value, place);
        return;
    }
    let pieces = decode(written, doubles_braces);
    let decoded: usize = pieces.iter().map(|(_, text)| text.len()).sum();
    let joined = || pieces.iter().map(|(_, text)| text.as_str()).collect::<String>();
    if decoded != value.len() || joined() != value {
        out.push(value, place);
        return;
    }
    for (inside, text) in pieces {
        out.push(&text, Source { span: inside.shift(place.span.start), ..place });
    }
}

/// Stretches of a literal's content with what each of them says; escapes stand alone.
fn decode(written: &str, doubles_braces: bool) -> Vec<(Span, String)> {
    let mut pieces = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(rest) = written.get(at..) {
        let stop =
            rest.find(|c| c == '\\' || c == '\r' || (doubles_braces && (c == '{' || c == '}')));
        let Some(found) = stop else { break };
        let start = at + found;
        let tail = written.get(start..).unwrap_or("");
        let (length, said) = match tail.as_bytes().first() {
            Some(b'\\') => escape(tail),
            Some(b'\r') if tail.starts_with("\r\n") => (2, "\n".to_owned()),
            Some(b'\r') => (1, "\n".to_owned()),
            _ if tail.starts_with("{{") => (2, "{".to_owned()),
            _ if tail.starts_with("}}") => (2, "}".to_owned()),
            _ => (1, tail.get(..1).unwrap_or("").to_owned()),
        };
        if start > plain {
            let stretch = Span::new(plain, start);
            pieces.push((stretch, written.get(plain..start).unwrap_or("").to_owned()));
        }
        pieces.push((Span::new(start, start + length), said));
        at = start + length;
        plain = at;
    }
    if let Some(rest) = written.get(plain..).filter(|rest| !rest.is_empty()) {
        pieces.push((Span::new(plain, written.len()), rest.to_owned()));
    }
    pieces
}

/// Length of the escape at the beginning, and what it says. One that Python does not know says
/// itself.
fn escape(text: &str) -> (usize, String) {
    let Some(second) = text.chars().nth(1) else { return (text.len(), text.to_owned()) };
    let width = 1 + second.len_utf8();
    let coded = |digits: usize| {
        let code = text.get(2..2 + digits)?;
        let code = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
        Some((2 + digits, code.to_string()))
    };
    let itself = || (width, text.get(..width).unwrap_or("").to_owned());
    match second {
        '\n' => (width, String::new()),
        '\r' if text.get(2..).is_some_and(|rest| rest.starts_with('\n')) => (3, String::new()),
        'n' => (width, "\n".to_owned()),
        't' => (width, "\t".to_owned()),
        'r' => (width, "\r".to_owned()),
        'a' => (width, "\u{7}".to_owned()),
        'b' => (width, "\u{8}".to_owned()),
        'f' => (width, "\u{c}".to_owned()),
        'v' => (width, "\u{b}".to_owned()),
        '\\' | '\'' | '"' => (width, second.to_string()),
        '0'..='7' => octal(text).unwrap_or_else(itself),
        'x' => coded(2).unwrap_or_else(itself),
        'u' => coded(4).unwrap_or_else(itself),
        'U' => coded(8).unwrap_or_else(itself),
        _ => itself(),
    }
}

fn octal(text: &str) -> Option<(usize, String)> {
    let digits = text.get(1..)?.chars().take(3).take_while(|c| ('0'..='7').contains(c)).count();
    let code = u32::from_str_radix(text.get(1..1 + digits)?, 8).ok()?;
    Some((1 + digits, char::from_u32(code)?.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_lead_back_to_their_backslash() {
        let source = r"a\tb\x41\u00e9\q\
c";
        let place = Source::home(Span::new(0, source.len()));
        let mut text = Text::default();
        push_content(&mut text, "a\tbA\u{e9}\\qc", source, place, false);
        let mapped = text.to_mapped(Span::new(0, 0));
        assert_eq!(mapped.to_source(Span::new(1, 2)), Span::new(1, 3));
        assert_eq!(mapped.to_source(Span::new(3, 4)), Span::new(4, 8));
        assert_eq!(mapped.to_source(Span::new(8, 9)).end, source.len());
    }

    #[test]
    fn doubled_braces_of_an_f_string_are_one() {
        let place = Source::home(Span::new(0, 9));
        let mut text = Text::default();
        push_content(
            &mut text,
            "a{b}c",
            "a{{b}}c",
            Source { span: Span::new(0, 7), ..place },
            true,
        );
        assert_eq!(text.as_str(), "a{b}c");
        assert_eq!(text.to_mapped(Span::new(0, 0)).to_source(Span::new(2, 3)), Span::new(3, 4));
    }
}
