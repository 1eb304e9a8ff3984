//! `EXECUTE`: the text that it runs, where literals spell it out.

use super::lexer::{Kind, Quote};
use super::quoting::{quote_ident, quote_literal};
use super::{PieceKind, Reader};
use crate::migration::{Guard, Makes};
use crate::source::{MappedText, Span};
use std::collections::BTreeMap;
use std::ops::Range;

/// How deep the operands of a text may nest.
const DEPTH: usize = 16;

/// Why nothing is known of a statement.
const COMPUTED: &str = "the statement text is computed at run time";

/// Why not all is known of it.
const COMPUTED_MEMBER: &str = "the name of what it drops is computed at run time";

/// In how many turns a text is spelled out.
const TURNS: usize = 256;

/// Literal text with the bytes of the body that each part stands for.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Vec<(String, Span)>);

impl Pieces {
    /// A text that stands for `span` as a whole.
    pub fn whole(text: String, span: Span) -> Self {
        Self(vec![(text, span)])
    }

    /// The elements of an array that is written as text: `{a,b}`.
    pub fn elements(&self) -> Option<Vec<Self>> {
        let text = self.text();
        let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        if inner.contains(['"', '{', '\\']) {
            return None;
        }
        let span = self.0.first().map_or(Span::default(), |(_, span)| *span);
        Some(inner.split(',').map(|one| Self::whole(one.trim().to_owned(), span)).collect())
    }

    /// What the text is.
    pub fn text(&self) -> String {
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
        let texts = self.texts(start, text_end);
        match texts.or_else(|| Some(vec![self.with_computed_values(start, text_end)?])) {
            Some(texts) => {
                for text in texts {
                    self.push(span, guard, PieceKind::ExecuteLiteral(text.mapped()));
                }
            }
            None => match self.with_computed_member(start, text_end) {
                Some(text) => {
                    let makes = Makes::Nothing;
                    self.opaque(start..text_end, guard, COMPUTED_MEMBER, makes);
                    self.push(span, guard, PieceKind::ExecuteLiteral(text.mapped()));
                }
                None => {
                    let makes = self.makes(start, text_end);
                    self.opaque(start.saturating_sub(1)..end, guard, COMPUTED, makes);
                }
            },
        }
    }

    /// Adds a piece for a range of tokens.
    fn opaque(&mut self, tokens: Range<usize>, guard: &Guard, reason: &str, makes: Makes) {
        let kind = PieceKind::Opaque { reason: reason.to_owned(), makes };
        self.push(self.bytes(tokens.start, tokens.end), guard, kind);
    }

    /// The texts that are run: one, or one for each turn of the loops whose variables are in it.
    pub(super) fn texts(&mut self, start: usize, end: usize) -> Option<Vec<Pieces>> {
        let loops = self.loops_in(start, end);
        let count = loops.iter().map(|(_, turns)| turns).product();
        if count > TURNS {
            return None;
        }
        let mut texts = Vec::with_capacity(count);
        for mut number in 0..count {
            let mut turns = BTreeMap::new();
            for (of, count) in &loops {
                turns.insert(*of, number % count);
                number /= count;
            }
            self.variables.look_at(turns);
            texts.push(self.literal_text(start, end));
        }
        self.variables.look_at(BTreeMap::new());
        texts.into_iter().collect()
    }

    /// The loops whose variables stand in a text, with the number of their turns.
    pub(super) fn loops_in(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let words = (start..end).filter(|&at| self.kind(at) == Some(Kind::Word));
        let mut loops: Vec<_> =
            words.filter_map(|at| self.variables.turns_of(self.token_text(at))).collect();
        loops.sort_unstable();
        loops.dedup();
        loops
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
    pub(super) fn inside(&self, mut start: usize, mut end: usize) -> (usize, usize) {
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
        let end = self.uncast(start, end);
        if let Some(Kind::Text(quote)) = self.kind(start) {
            return (end == start + 1).then(|| self.content(start, quote)).flatten();
        }
        if let Some(sum) = self.sum(start, end) {
            return Some(Pieces::whole(sum.to_string(), self.bytes(start, end)));
        }
        if let Some(name) = self.variable_name(start, end) {
            return self.variables.text(name).cloned();
        }
        let open = self.is_symbol(start + 1, b'(');
        let close = self.find(start + 2, |at| self.is_symbol(at, b')'))?;
        if !open || close + 1 != end || self.kind(start) != Some(Kind::Word) {
            return None;
        }
        let span = self.bytes(start, end);
        let arguments = self.arguments(start + 2, close);
        match self.token_text(start).to_ascii_lowercase().as_str() {
            "format" => self.format(&arguments, |_| None),
            "text" => {
                let text = self.only(&arguments)?;
                Some(Pieces::whole(text, span))
            }
            "lower" => Some(Pieces::whole(self.only(&arguments)?.to_lowercase(), span)),
            "upper" => Some(Pieces::whole(self.only(&arguments)?.to_uppercase(), span)),
            "replace" | "array_to_string" => {
                let text = self.exchanged(start, &arguments)?;
                Some(Pieces::whole(text, span))
            }
            "concat" => {
                let parts =
                    arguments.iter().map(|&(from, to)| self.concatenation(from, to, depth + 1));
                Some(Pieces(
                    parts.collect::<Option<Vec<_>>>()?.into_iter().flat_map(|p| p.0).collect(),
                ))
            }
            "quote_ident" => Some(Pieces::whole(quote_ident(&self.only(&arguments)?), span)),
            "quote_literal" => Some(Pieces::whole(quote_literal(&self.only(&arguments)?), span)),
            _ => None,
        }
    }

    /// `replace(text, from, to)`, and `array_to_string(string_to_array(text, from), to)`.
    fn exchanged(&self, start: usize, arguments: &[(usize, usize)]) -> Option<String> {
        let read = |&(from, to): &(usize, usize)| self.literal_text(from, to).map(|it| it.text());
        let (text, from, to) = match arguments {
            [text, from, to] if self.is(start, "replace") => (read(text)?, read(from)?, read(to)?),
            [(array, end), to] if self.is(*array, "string_to_array") => {
                let close = self.find(array + 2, |at| self.is_symbol(at, b')'))?;
                let split = self.arguments(array + 2, close);
                let [text, from] = split.as_slice() else { return None };
                (close + 1 == *end).then_some((read(text)?, read(from)?, read(to)?))?
            }
            _ => return None,
        };
        (!from.is_empty()).then(|| text.replace(&from, &to))
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

    /// `format(template, argument, …)` with literal arguments; `computed` gives what stands for one
    /// that is not, by the kind of its slot.
    pub(super) fn format(
        &self,
        arguments: &[(usize, usize)],
        computed: fn(u8) -> Option<&'static str>,
    ) -> Option<Pieces> {
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
                        match self.literal_text(from, to) {
                            Some(value) => slot_value(kind, &value.text()),
                            None => computed(kind)?.to_owned(),
                        }
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
