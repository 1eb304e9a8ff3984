//! `EXECUTE` of a text of which a part is computed: what can be told of it all the same.

use super::Reader;
use super::execute::Pieces;
use super::lexer::Kind;

/// Stands for the value of `%L` that is computed when the statement runs.
const VALUE: &str = "''";

/// Stands for the name of a member that is computed when the statement runs.
const NAME: &str = "\"(computed)\"";

impl Reader<'_> {
    /// The text of `format(template, …)` where nothing but values of rows is computed: an ALTER
    /// TABLE, INSERT, UPDATE or DELETE is the same whatever they are. Bounds of partitions are not.
    pub(super) fn with_computed_values(&self, start: usize, end: usize) -> Option<Pieces> {
        let (start, end) = self.inside(start, end);
        let pieces = self.formatted(start, end, |kind| (kind == b'L').then_some(VALUE))?;
        let text = pieces.text().to_ascii_lowercase();
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        let takes_values = matches!(
            words.as_slice(),
            ["alter", "table"] | ["insert", "into"] | ["delete", "from"] | ["update", _]
        );
        (takes_values && !text.contains("for values")).then_some(pieces)
    }

    /// The text where nothing but the name of the constraint, policy or trigger is computed that a
    /// statement drops: the table is told, and with it who waits. Such a name was looked up, so
    /// that it is there: `IF EXISTS` does not count.
    pub(super) fn with_computed_member(&self, start: usize, end: usize) -> Option<Pieces> {
        let (start, end) = self.inside(start, end);
        let is_name = |kind| matches!(kind, b'I' | b's').then_some(NAME);
        let pieces = self.formatted(start, end, is_name).or_else(|| self.joined(start, end))?;
        let text = pieces.text().replace(';', " ; ");
        let lower = text.to_ascii_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let at = words.iter().position(|word| *word == NAME)?;
        let before = words.get(..at)?;
        let is_told = lower.matches(NAME).count() == 1 && drops_member(before);
        is_told.then(|| {
            let unconditional = text_without_if_exists(&text, before);
            Pieces::whole(unconditional, self.bytes(start, end))
        })
    }

    /// `format(template, …)`; `computed` gives what stands for an argument that is not literal.
    fn formatted(
        &self,
        start: usize,
        end: usize,
        computed: fn(u8) -> Option<&'static str>,
    ) -> Option<Pieces> {
        let is_call = self.is(start, "format") && self.is_symbol(start + 1, b'(');
        let close = self.find(start + 2, |at| self.is_symbol(at, b')'))?;
        if !is_call || close + 1 != end {
            return None;
        }
        self.format(&self.arguments(start + 2, close), computed)
    }

    /// `operand || operand …`, where a name stands for each operand that is not literal.
    fn joined(&self, start: usize, end: usize) -> Option<Pieces> {
        let mut text = String::new();
        let mut from = start;
        while from < end {
            let concat = self.find(from, |at| self.kind(at) == Some(Kind::Concat));
            let to = concat.map_or(end, |at| at.min(end));
            match self.literal_text(from, to) {
                Some(literal) => text.push_str(&literal.text()),
                None => text.push_str(NAME),
            }
            from = to + 1;
        }
        Some(Pieces::whole(text, self.bytes(start, end)))
    }
}

/// Whether the words before a name are those of a statement that drops the member of a table.
fn drops_member(before: &[&str]) -> bool {
    match without_if_exists(before) {
        ["drop", "policy" | "trigger"] => true,
        ["alter", "table", table @ .., "drop", "constraint"] => !table.is_empty(),
        _ => false,
    }
}

fn without_if_exists<'w, 't>(words: &'w [&'t str]) -> &'w [&'t str] {
    match words {
        [rest @ .., "if", "exists"] => rest,
        words => words,
    }
}

/// The text without `IF EXISTS` before the name, if the words before it end so.
fn text_without_if_exists(text: &str, before: &[&str]) -> String {
    let Some((head, tail)) = text.split_once(NAME) else { return text.to_owned() };
    let kept = without_if_exists(before).len();
    let head: Vec<&str> = head.split_whitespace().take(kept).collect();
    format!("{} {NAME}{tail}", head.join(" "))
}
