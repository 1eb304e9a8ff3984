//! Variables whose value is literal text: arguments that are given, and what is declared or
//! assigned once, from literals.
//!
//! `EXECUTE` of such a variable is as good as `EXECUTE` of the literal. A variable that anything
//! else may write has no known value.

use super::execute::Pieces;
use super::lexer::Kind;
use super::{Argument, Reader};
use crate::migration::Guard;
use crate::source::Span;
use std::collections::{BTreeMap, HashMap};

/// What a variable is known to hold.
#[derive(Debug)]
enum Value {
    /// This text.
    Text(Pieces),
    /// One text for each turn of a loop.
    Turns {
        /// The number of the loop.
        of: usize,
        texts: Vec<Pieces>,
    },
    /// An array of these elements.
    Array(Vec<Pieces>),
}

/// What is known of the variables of a block.
#[derive(Debug, Default)]
pub struct Variables {
    /// How often each name is written, declarations left out; more than once for whatever may
    /// write a value that is not in the text.
    writes: HashMap<String, usize>,
    values: HashMap<String, Value>,
    /// Conditions that a variable holds the answer of; `found` is the server's own.
    answers: HashMap<String, Guard>,
    /// The number of loops with known turns so far.
    loops: usize,
    /// The turn of each loop that is being looked at.
    turns: BTreeMap<usize, usize>,
}

impl Variables {
    fn write(&mut self, name: &str, times: usize) {
        *self.writes.entry(name.to_lowercase()).or_default() += times;
    }

    /// The text that it holds, in the turn that is being looked at.
    pub fn text(&self, name: &str) -> Option<&Pieces> {
        match self.values.get(&name.to_lowercase())? {
            Value::Text(text) => Some(text),
            Value::Turns { of, texts } => texts.get(*self.turns.get(of)?),
            Value::Array(_) => None,
        }
    }

    /// The elements of the array that it holds.
    pub fn array(&self, name: &str) -> Option<Vec<Pieces>> {
        match self.values.get(&name.to_lowercase())? {
            Value::Array(elements) => Some(elements.clone()),
            Value::Text(text) => text.elements(),
            Value::Turns { .. } => None,
        }
    }

    /// The loop that gives it a text for each turn, with the number of turns.
    pub fn turns_of(&self, name: &str) -> Option<(usize, usize)> {
        match self.values.get(&name.to_lowercase())? {
            Value::Turns { of, texts } => Some((*of, texts.len())),
            _ => None,
        }
    }

    /// How often a name is written.
    pub fn writes_of(&self, name: &str) -> usize {
        self.writes.get(&name.to_lowercase()).copied().unwrap_or(0)
    }

    /// Looks at these turns of loops.
    pub fn look_at(&mut self, turns: BTreeMap<usize, usize>) {
        self.turns = turns;
    }

    /// A loop begins whose variable, written `writes` times in the block, takes these values.
    pub fn begin_turns(&mut self, name: &str, writes: usize, texts: Vec<Pieces>) -> Option<usize> {
        self.loops += 1;
        let of = self.loops;
        self.set(name, writes, Value::Turns { of, texts });
        self.turns_of(name).map(|(of, _)| of)
    }

    /// Behind a loop nothing has a value for each turn of it any more.
    pub fn end_turns(&mut self, number: usize) {
        self.values.retain(|_, value| !matches!(value, Value::Turns { of, .. } if *of == number));
    }

    /// Sets the value of a variable that is written `writes` times in the block.
    fn set(&mut self, name: &str, writes: usize, value: Value) {
        let name = name.to_lowercase();
        if self.writes_of(&name) != writes || self.values.contains_key(&name) {
            // A second declaration of the name: which one is meant is not followed.
            self.writes.insert(name.clone(), usize::MAX / 2);
            self.values.remove(&name);
            return;
        }
        self.values.insert(name, value);
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
        if self.writes_of(&name) == writes && !self.values.contains_key(&name) {
            self.answers.insert(name, answer);
        }
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

    /// Takes what the block is called with: `$1` and the name, where nothing else writes it.
    pub(super) fn bind(&mut self, arguments: &[Argument]) {
        for (at, argument) in arguments.iter().enumerate() {
            let Some(value) = &argument.value else { continue };
            let text = || Value::Text(Pieces::whole(value.clone(), Span::default()));
            self.variables.set(&format!("${}", at + 1), 0, text());
            if let Some(name) = &argument.name {
                self.variables.set(name, 0, text());
            }
        }
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
        self.holds(name, 0, from, to);
    }

    /// An assignment.
    pub(super) fn assigned_value(&mut self, name: usize, from: usize, to: usize) {
        if self.kind(name) != Some(Kind::Word) || self.kind(name + 1) == Some(Kind::Symbol(b'.')) {
            return;
        }
        self.answered(name, 1, from, to);
        self.holds(name, 1, from, to);
    }

    /// The variable takes what is written, if that is known.
    fn holds(&mut self, name: usize, writes: usize, from: usize, to: usize) {
        let value = match self.array(from, to) {
            Some(elements) => Some(Value::Array(elements)),
            None => self.text_of_turns(from, to),
        };
        if let Some(value) = value {
            let name = self.token_text(name);
            self.variables.set(name, writes, value);
        }
    }

    fn text_of_turns(&mut self, from: usize, to: usize) -> Option<Value> {
        let loops = self.loops_in(from, to);
        let mut texts = self.texts(from, to)?;
        match loops.as_slice() {
            [] => texts.pop().map(Value::Text),
            [(of, _)] => Some(Value::Turns { of: *of, texts }),
            _ => None,
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
}
