//! `EXECUTE`: the text that it runs, where literals spell it out.

use super::lexer::{Kind, Quote};
use super::{PieceKind, Reader};
use crate::migration::Guard;
use crate::source::{MappedText, Span};

/// How deep the operands of a text may nest.
const DEPTH: usize = 16;

/// Literal text with the bytes of the body that each part stands for.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Vec<(String, Span)>);

impl Pieces {
    fn text(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect()
    }

    fn mapped(&self) -> MappedText {
        let mut mapped = MappedText::default();
        for (text, span) in &self.0 {
            mapped.push(text, *span);
        }
        mapped
    }
}

impl Reader<'_> {
    /// `EXECUTE text [INTO …] [USING …]`, from behind the keyword.
    pub(super) fn execute(&mut self, start: usize, end: usize, guard: &Guard) {
        let tail = self.find(start, |at| self.is(at, "into") || self.is(at, "using"));
        let text_end = tail.map_or(end, |tail| tail.min(end));
        let span = self.bytes(start, text_end);
        match self.texts(start, text_end) {
            Some(texts) => {
                for text in texts {
                    self.push(span, guard, PieceKind::ExecuteLiteral(text.mapped()));
                }
            }
            None => {
                let from = start.saturating_sub(1);
                self.opaque(from, end, guard, "the statement text is computed at run time");
            }
        }
    }

    /// The texts that are run: one, or one for each value of the loop variable in it.
    fn texts(&mut self, start: usize, end: usize) -> Option<Vec<Pieces>> {
        let turns = (start..end)
            .filter(|&at| self.kind(at) == Some(Kind::Word))
            .map(|at| (self.token_text(at).to_lowercase(), at))
            .map(|(name, at)| (self.variables.count(self.token_text(at)), name))
            .filter(|(count, _)| *count > 1);
        let mut turns: Vec<(usize, String)> = turns.collect();
        turns.dedup();
        let count = match turns.as_slice() {
            [] => return self.literal_text(start, end).map(|text| vec![text]),
            [(count, _)] => *count,
            // Variables of two loops in one text.
            _ => return None,
        };
        let mut texts = Vec::with_capacity(count);
        for turn in 0..count {
            self.variables.turn = Some(turn);
            texts.push(self.literal_text(start, end));
        }
        self.variables.turn = None;
        texts.into_iter().collect()
    }

    /// The text of `operand || operand …`, where every operand is literal.
    pub(super) fn literal_text(&self, start: usize, end: usize) -> Option<Pieces> {
        self.concatenation(start, end, 0)
    }

    fn concatenation(&self, start: usize, end: usize, depth: usize) -> Option<Pieces> {
        if depth > DEPTH {
            return None;
        }
        let (start, end) = self.inside(start, end);
        let mut pieces = Pieces::default();
        let mut from = start;
        while from < end {
            let concat = self
                .find(from, |at| self.kind(at) == Some(Kind::Concat))
                .map_or(end, |at| at.min(end));
            pieces.0.extend(self.operand(from, concat, depth)?.0);
            from = concat + 1;
        }
        (!pieces.0.is_empty()).then_some(pieces)
    }

    /// The range without parentheses around the whole of it.
    fn inside(&self, mut start: usize, mut end: usize) -> (usize, usize) {
        for _ in 0..DEPTH {
            let close = self.find(start + 1, |at| self.is_symbol(at, b')'));
            if !self.is_symbol(start, b'(') || close != end.checked_sub(1) {
                break;
            }
            start += 1;
            end -= 1;
        }
        (start, end)
    }

    fn operand(&self, start: usize, end: usize, depth: usize) -> Option<Pieces> {
        if self.is_symbol(start, b'(') && self.is_symbol(end.checked_sub(1)?, b')') {
            return self.concatenation(start, end, depth + 1);
        }
        let mut end = end;
        if end >= start + 3 && self.kind(end - 2) == Some(Kind::Cast) && self.is(end - 1, "text") {
            end -= 2;
        }
        if let Some(Kind::Text(quote)) = self.kind(start) {
            return (end == start + 1).then(|| self.content(start, quote)).flatten();
        }
        if end == start + 1 && self.kind(start) == Some(Kind::Word) {
            return self.variables.value(self.token_text(start)).cloned();
        }
        let open = self.is_symbol(start + 1, b'(');
        let close = self.find(start + 2, |at| self.is_symbol(at, b')'))?;
        if !open || close + 1 != end || self.kind(start) != Some(Kind::Word) {
            return None;
        }
        let span = self.bytes(start, end);
        let arguments = self.arguments(start + 2, close);
        match self.token_text(start).to_ascii_lowercase().as_str() {
            "format" => self.format(&arguments),
            "concat" => {
                let parts =
                    arguments.iter().map(|&(from, to)| self.concatenation(from, to, depth + 1));
                Some(Pieces(
                    parts.collect::<Option<Vec<_>>>()?.into_iter().flat_map(|p| p.0).collect(),
                ))
            }
            "quote_ident" => Some(Pieces(vec![(quote_ident(&self.only(&arguments)?), span)])),
            "quote_literal" => Some(Pieces(vec![(quote_literal(&self.only(&arguments)?), span)])),
            _ => None,
        }
    }

    fn only(&self, arguments: &[(usize, usize)]) -> Option<String> {
        match arguments {
            [(from, to)] => self.literal_text(*from, *to).map(|text| text.text()),
            _ => None,
        }
    }

    /// Ranges of tokens between commas.
    pub(super) fn arguments(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut arguments = Vec::new();
        let mut from = start;
        while from < end {
            let comma = self.find(from, |at| self.is_symbol(at, b','));
            let to = comma.map_or(end, |comma| comma.min(end));
            arguments.push((from, to));
            from = to + 1;
        }
        arguments
    }

    /// What a literal holds, with its escapes resolved.
    fn content(&self, at: usize, quote: Quote) -> Option<Pieces> {
        let span = self.bytes(at, at + 1);
        let (prefix, suffix) = match quote {
            Quote::Plain => (1, 1),
            Quote::Escape => (2, 1),
            Quote::Dollar(tag) => (tag, tag),
            Quote::Other => return None,
        };
        let inner = Span::new(span.start + prefix, span.end - suffix);
        let text = self.slice(inner);
        if matches!(quote, Quote::Dollar(_)) {
            return Some(Pieces(vec![(text.to_owned(), inner)]));
        }
        unescaped(text, inner.start, quote == Quote::Escape)
    }

    /// `format(template, argument, …)` with literal arguments.
    fn format(&self, arguments: &[(usize, usize)]) -> Option<Pieces> {
        let (&(from, to), values) = arguments.split_first()?;
        let template = self.literal_text(from, to)?;
        let mut filled = Pieces::default();
        let mut next = 0;
        for (text, span) in &template.0 {
            let mut rest = text.as_str();
            let mut offset = span.start;
            // A piece that stands for its origin as a whole cannot be cut.
            let exact = text.len() == span.len();
            while let Some((before, placeholder)) = rest.split_once('%') {
                let slot = Slot::read(placeholder)?;
                let bytes = before.len() + 1 + slot.len;
                let at = |from: usize, to: usize| {
                    if exact { Span::new(offset + from, offset + to) } else { *span }
                };
                filled.0.push((before.to_owned(), at(0, before.len())));
                let value = match slot.kind {
                    b'%' => "%".to_owned(),
                    kind => {
                        let index = slot.argument.unwrap_or(next);
                        next = index + 1;
                        let &(from, to) = values.get(index)?;
                        slot_value(kind, &self.format_argument(from, to)?)
                    }
                };
                filled.0.push((value, at(before.len(), bytes)));
                rest = placeholder.get(slot.len..)?;
                offset += if exact { bytes } else { 0 };
            }
            let end = if exact { Span::new(offset, span.end) } else { *span };
            filled.0.push((rest.to_owned(), end));
        }
        filled.0.retain(|(text, _)| !text.is_empty());
        Some(filled)
    }

    fn format_argument(&self, from: usize, to: usize) -> Option<String> {
        if to == from + 1 && self.kind(from) == Some(Kind::Number) {
            let number = self.token_text(from);
            return (!number.starts_with('$')).then(|| number.to_owned());
        }
        self.literal_text(from, to).map(|text| text.text())
    }
}

fn slot_value(kind: u8, value: &str) -> String {
    match kind {
        b'I' => quote_ident(value),
        b'L' => quote_literal(value),
        _ => value.to_owned(),
    }
}

/// What stands behind a `%`.
struct Slot {
    /// `%`, `s`, `I` or `L`.
    kind: u8,
    /// Index of the argument, where written (`%2$I` is 1).
    argument: Option<usize>,
    /// Bytes behind the `%`.
    len: usize,
}

impl Slot {
    fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && bytes.get(digits) == Some(&b'$') {
            let argument = text.get(..digits)?.parse::<usize>().ok()?.checked_sub(1)?;
            let kind = *bytes.get(digits + 1)?;
            return Self::known(kind, Some(argument), digits + 2);
        }
        Self::known(*bytes.first()?, None, 1)
    }

    fn known(kind: u8, argument: Option<usize>, len: usize) -> Option<Self> {
        matches!(kind, b'%' | b's' | b'I' | b'L').then_some(Self { kind, argument, len })
    }
}

fn unescaped(text: &str, start: usize, backslash: bool) -> Option<Pieces> {
    let mut pieces = Pieces::default();
    let mut from = 0;
    let mut chars = text.char_indices();
    while let Some((at, character)) = chars.next() {
        let value = match character {
            '\'' => "'",
            '\\' if backslash => match chars.clone().next()?.1 {
                'n' => "\n",
                't' => "\t",
                'r' => "\r",
                '\\' => "\\",
                '\'' => "'",
                // Codes of characters: rare, and never in statements.
                _ => return None,
            },
            _ => continue,
        };
        chars.next();
        let before = Span::new(start + from, start + at);
        pieces.0.push((text.get(from..at)?.to_owned(), before));
        pieces.0.push((value.to_owned(), Span::new(start + at, start + at + 2)));
        from = at + 2;
    }
    pieces.0.push((text.get(from..)?.to_owned(), Span::new(start + from, start + text.len())));
    pieces.0.retain(|(text, _)| !text.is_empty());
    Some(pieces)
}

/// As the server quotes a name, except that key words are quoted only where they would be read as
/// something else; lower-case names stay as they are.
fn quote_ident(name: &str) -> String {
    let plain = name.bytes().enumerate().all(|(at, byte)| {
        byte.is_ascii_lowercase() || byte == b'_' || at > 0 && byte.is_ascii_digit()
    });
    if plain && !name.is_empty() && !is_reserved(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn is_reserved(name: &str) -> bool {
    const WORDS: [&str; 20] = [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "check",
        "column",
        "constraint",
        "default",
        "desc",
        "end",
        "from",
        "group",
        "limit",
        "offset",
        "order",
        "primary",
        "table",
        "user",
        "where",
    ];
    WORDS.contains(&name)
}

fn quote_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
