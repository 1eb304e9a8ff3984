//! How much Python is looked at: bounded work for each file, whatever stands in it.

use super::module::SyntaxError;
use crate::source::Span;

/// Expressions and statements that one direction of a revision may evaluate.
pub(super) const FUEL: usize = 400_000;
/// Directives that one direction may give.
pub(super) const DIRECTIVES: usize = 20_000;
/// How deep calls of the project's functions may nest.
pub(super) const CALLS: usize = 24;
/// How deep expressions may nest.
pub(super) const DEPTH: usize = 120;
/// Bytes that a string may grow to.
pub(super) const TEXT: usize = 16 * 1024 * 1024;
/// Elements that a list may grow to, and rounds that a loop may take.
pub(super) const ELEMENTS: usize = 20_000;

/// How deep brackets may nest before a file is not parsed.
const NESTING: usize = 200;
/// How many operators may follow each other in one expression before a file is not parsed: the
/// parser makes a tree of them that is as deep.
const CHAIN: usize = 4_000;
/// How deep blocks may be indented.
const INDENT: usize = 1_000;

/// Why a text is not parsed at all.
pub(super) fn too_much(text: &str) -> Option<SyntaxError> {
    let mut scan = Scan::default();
    let mut at = 0;
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let step = scan.step(rest);
        if let Some(reason) = scan.refused() {
            return Some(SyntaxError { at: Span::new(at, at), reason: reason.to_owned() });
        }
        at += step;
    }
    words_chained(text)
}

/// How deep a text nests up to a byte of it.
#[derive(Default)]
struct Scan {
    depth: usize,
    chain: usize,
    indent: usize,
    /// The quote of the open string, and whether it is tripled.
    quote: Option<(u8, bool)>,
}

impl Scan {
    /// Takes in the next byte, or the next few that belong together; gives how many.
    fn step(&mut self, rest: &[u8]) -> usize {
        let Some(&byte) = rest.first() else { return 1 };
        let is_triple = rest.get(..3).is_some_and(|three| three == [byte; 3]);
        match (self.quote, byte) {
            (Some(_), b'\\') => return 2,
            (Some((open, true)), byte) if byte == open && is_triple => {
                self.quote = None;
                return 3;
            }
            (Some((open, false)), byte) if byte == open || byte == b'\n' => self.quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => {
                self.quote = Some((byte, is_triple));
                return if is_triple { 3 } else { 1 };
            }
            (None, b'#') => return rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
            (None, b'(' | b'[' | b'{') => self.depth += 1,
            (None, b')' | b']' | b'}') => self.depth = self.depth.saturating_sub(1),
            (None, b'\n') if self.depth == 0 => {
                let line = rest.get(1..).unwrap_or_default();
                self.indent = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                self.chain = 0;
            }
            (None, b',') => self.chain = 0,
            (None, byte) if b"+-*/%|&~^.".contains(&byte) => self.chain += 1,
            _ => {}
        }
        1
    }

    fn refused(&self) -> Option<&'static str> {
        match () {
            () if self.depth > NESTING => Some("its brackets nest too deep to be read"),
            () if self.chain > CHAIN => Some("an expression in it is too long to be read"),
            () if self.indent > INDENT => Some("its blocks nest too deep to be read"),
            () => None,
        }
    }
}

/// `not not not …`, `await await …`, `lambda: lambda: …`: each word makes the tree deeper.
fn words_chained(text: &str) -> Option<SyntaxError> {
    let mut chain = 0_usize;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        for word in ["not ", "lambda", "await ", " if ", "elif"] {
            chain += line.matches(word).count();
        }
        if chain > CHAIN * 4 && line.len() > CHAIN {
            let reason = "an expression in it is too long to be read".to_owned();
            return Some(SyntaxError { at: Span::new(at, at), reason });
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::too_much;

    #[test]
    fn ordinary_files_are_read_and_monsters_are_not() {
        assert_eq!(too_much("a = [(1), '((((', \"\"\"[[[\n\"\"\"] # ((("), None);
        let deep = "(".repeat(5_000);
        assert!(too_much(&deep).is_some_and(|error| error.reason.contains("brackets")));
        let long = format!("x = 1{}", " + 1".repeat(10_000));
        assert!(too_much(&long).is_some_and(|error| error.reason.contains("too long")));
        let list = format!("x = [{}]", "1.5, ".repeat(10_000));
        assert_eq!(too_much(&list), None);
    }
}
