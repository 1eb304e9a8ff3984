//! Variables whose value is literal text: declared or assigned once, from literals.
//!
//! `EXECUTE` of such a variable is as good as `EXECUTE` of the literal. A variable that anything
//! else may write has no known value.

use super::Reader;
use super::execute::Pieces;
use super::lexer::Kind;
use crate::migration::Guard;
use std::collections::HashMap;

/// How many elements of a literal array a loop is spelled out for.
const ELEMENTS: usize = 64;

/// What is known of the variables of a block.
#[derive(Debug, Default)]
pub struct Variables {
    /// How often each name is written, declarations left out; more than once for whatever may
    /// write a value that is not in the text.
    writes: HashMap<String, usize>,
    /// Known values: one, or one for each turn of a loop over a literal array.
    values: HashMap<String, Vec<Pieces>>,
    /// Conditions that a variable holds the answer of; `found` is the server's own.
    answers: HashMap<String, Guard>,
    /// For a variable of several values the one that is being looked at.
    pub turn: Option<usize>,
}

impl Variables {
    fn write(&mut self, name: &str, times: usize) {
        *self.writes.entry(name.to_lowercase()).or_default() += times;
    }

    /// The value, where it is known.
    pub fn value(&self, name: &str) -> Option<&Pieces> {
        let values = self.values.get(&name.to_lowercase())?;
        match values.as_slice() {
            [one] => Some(one),
            several => several.get(self.turn?),
        }
    }

    /// How many values the variable has.
    pub fn count(&self, name: &str) -> usize {
        self.values.get(&name.to_lowercase()).map_or(0, Vec::len)
    }

    /// Sets the values of a variable that is written `writes` times in the block.
    fn set(&mut self, name: &str, writes: usize, values: Vec<Pieces>) {
        let name = name.to_lowercase();
        let written = self.writes.get(&name).copied().unwrap_or(0);
        if written != writes || self.values.contains_key(&name) {
            // A second declaration of the name: which one is meant is not followed.
            self.writes.insert(name.clone(), usize::MAX / 2);
            self.values.remove(&name);
            return;
        }
        self.values.insert(name, values);
    }

    /// The condition that a variable holds the answer of.
    pub fn answer(&self, name: &str) -> Option<&Guard> {
        self.answers.get(&name.to_lowercase())
    }

    /// Notes whether the last query found a row; `None` where that is not known.
    pub fn set_found(&mut self, answer: Option<Guard>) {
        match answer {
            Some(answer) => self.answers.insert("found".to_owned(), answer),
            None => self.answers.remove("found"),
        };
    }

    /// Notes the condition of a variable that is written `writes` times in the block.
    fn set_answer(&mut self, name: &str, writes: usize, answer: Guard) {
        let name = name.to_lowercase();
        let written = self.writes.get(&name).copied().unwrap_or(0);
        if written == writes && !self.values.contains_key(&name) {
            self.answers.insert(name, answer);
        }
    }

    /// Forgets a loop variable behind its loop.
    pub fn forget(&mut self, name: &str) {
        self.values.remove(&name.to_lowercase());
    }
}

impl Reader<'_> {
    /// Counts who writes which variable; before anything else is read.
    pub(super) fn count_writes(&mut self) {
        let mut variables = Variables::default();
        for at in 0..self.tokens.len() {
            if self.kind(at) == Some(Kind::Word) {
                self.count_write(at, &mut variables);
            }
        }
        self.variables = variables;
    }

    fn count_write(&self, at: usize, variables: &mut Variables) {
        let name = self.token_text(at);
        let begins = at == 0
            || self.is_symbol(at - 1, b';')
            || self.kind(at - 1) == Some(Kind::LabelEnd)
            || ["begin", "then", "else", "loop"].iter().any(|word| self.is(at - 1, word));
        let argument = at > 0 && (self.is_symbol(at - 1, b'(') || self.is_symbol(at - 1, b','));
        if self.kind(at + 1) == Some(Kind::Assign) && !argument
            || self.is_symbol(at + 1, b'=') && begins
        {
            variables.write(name, 1);
        }
        match name.to_ascii_lowercase().as_str() {
            "foreach" => variables.write(self.token_text(at + 1), 1),
            "for" | "into" => self.count_targets(at + 1, variables),
            "diagnostics" | "call" => {
                let words = (at + 1..self.tokens.len())
                    .take_while(|&at| !self.is_symbol(at, b';'))
                    .filter(|&at| self.kind(at) == Some(Kind::Word));
                words.for_each(|at| variables.write(self.token_text(at), 2));
            }
            _ => {}
        }
    }

    fn count_targets(&self, from: usize, variables: &mut Variables) {
        let mut at = from + usize::from(self.is(from, "strict"));
        loop {
            variables.write(self.token_text(at), 2);
            let Some(behind) = self.variable(at) else { return };
            if !self.is_symbol(behind, b',') {
                return;
            }
            at = behind + 1;
        }
    }

    /// A declaration with a value.
    pub(super) fn declared(&mut self, name: usize, from: usize, to: usize) {
        self.answered(name, 0, from, to);
        if let Some(value) = self.literal_text(from, to) {
            let name = self.token_text(name);
            self.variables.set(name, 0, vec![value]);
        }
    }

    /// An assignment.
    pub(super) fn assigned_value(&mut self, name: usize, from: usize, to: usize) {
        if self.kind(name) != Some(Kind::Word) || self.kind(name + 1) == Some(Kind::Symbol(b'.')) {
            return;
        }
        self.answered(name, 1, from, to);
        if let Some(value) = self.literal_text(from, to) {
            let name = self.token_text(name);
            self.variables.set(name, 1, vec![value]);
        }
    }

    /// `SELECT EXISTS (…) INTO name`, the target at `name`.
    pub(super) fn selected(&mut self, name: usize, from: usize, to: usize) {
        self.answered(name, 2, from, to);
    }

    /// A variable that takes the answer of a condition, if it is one that is understood. A plain
    /// literal is not worth the parsing.
    fn answered(&mut self, name: usize, writes: usize, from: usize, to: usize) {
        let asks = (from..to)
            .any(|at| ["exists", "to_regclass", "to_regtype"].iter().any(|word| self.is(at, word)));
        if !asks || self.kind(name) != Some(Kind::Word) {
            return;
        }
        let (guard, true) = self.condition(from, to) else { return };
        let name = self.token_text(name);
        self.variables.set_answer(name, writes, guard);
    }

    /// `FOREACH name IN ARRAY ARRAY['a', 'b']`; `from` stands behind `IN ARRAY`.
    pub(super) fn elements(&mut self, name: usize, from: usize, to: usize) {
        let literal = self.is(from, "array") && self.is_symbol(from + 1, b'[');
        let close = self.find(from + 2, |at| self.is_symbol(at, b']'));
        let Some(close) = close.filter(|&close| literal && close < to) else { return };
        let elements = self.arguments(from + 2, close);
        let values: Option<Vec<Pieces>> =
            elements.iter().map(|&(from, to)| self.literal_text(from, to)).collect();
        if let Some(values) = values.filter(|values| (1..=ELEMENTS).contains(&values.len())) {
            let name = self.token_text(name);
            self.variables.set(name, 1, values);
        }
    }
}
