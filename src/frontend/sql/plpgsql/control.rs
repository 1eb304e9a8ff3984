//! Branches and loops.

use super::lexer::Kind;
use super::{CONDITIONS, Read, Reader};
use crate::migration::Guard;

impl Reader<'_> {
    /// `IF … THEN … ELSIF … ELSE … END IF`.
    pub(super) fn branches(&mut self, guard: &Guard) -> Read<()> {
        let mut earlier = Vec::new();
        self.expect("if")?;
        loop {
            let then = self.until("then", "THEN")?;
            let (condition, understood) = self.condition(self.at, then);
            let not_yet = without(guard, &earlier);
            if !understood {
                self.evaluate(self.at, then, &not_yet);
            }
            self.at = then + 1;
            let branch = not_yet.and(condition.clone());
            self.statements(&branch, &["elsif", "elseif", "else", "end"])?;
            earlier.push(condition.negate());
            if self.take("elsif") || self.take("elseif") {
                continue;
            }
            if self.take("else") {
                self.statements(&without(guard, &earlier), &["end"])?;
            }
            self.expect("end")?;
            return self.expect("if");
        }
    }

    /// `CASE [expression] WHEN … THEN … ELSE … END CASE`.
    pub(super) fn cases(&mut self, guard: &Guard) -> Read<()> {
        self.expect("case")?;
        let when = self.until("when", "WHEN")?;
        self.evaluate(self.at, when, guard);
        let subject = self.slice(self.bytes(self.at, when));
        self.at = when;
        let mut earlier = Vec::new();
        while self.take("when") {
            let then = self.until("then", "THEN")?;
            let not_yet = without(guard, &earlier);
            let (condition, understood) = if subject.is_empty() {
                self.condition(self.at, then)
            } else {
                let value = self.slice(self.bytes(self.at, then));
                (Guard::Unknown(format!("{subject} = {value}")), false)
            };
            if !understood {
                self.evaluate(self.at, then, &not_yet);
            }
            self.at = then + 1;
            self.statements(&not_yet.and(condition.clone()), &["when", "else", "end"])?;
            earlier.push(condition.negate());
        }
        if self.take("else") {
            self.statements(&without(guard, &earlier), &["end"])?;
        }
        self.expect("end")?;
        self.expect("case")
    }

    /// `LOOP`, `WHILE`, `FOR` and `FOREACH`.
    pub(super) fn repetition(&mut self, guard: &Guard) -> Read<()> {
        let head = self.at;
        let start = self.until("loop", "LOOP")?;
        let turns = match self.token_text(head).to_ascii_lowercase().as_str() {
            "while" => {
                self.evaluate(head + 1, start, guard);
                self.while_turns(head + 1, start)
            }
            "for" => self.for_head(head, start, guard)?,
            "foreach" => {
                let array = self.find(head, |at| self.is(at, "array"));
                let array = array.map_or(start, |array| array + 1);
                self.evaluate(array, start, guard);
                self.foreach_turns(head + 1, array, start)
            }
            _ => None,
        };
        self.at = start + 1;
        // What is run once for each of the known turns is run in any case.
        let body = match turns.filter(|_| !self.leaves_early(start + 1)) {
            Some(_) => guard.clone(),
            None => guard.clone().and(Guard::Loop),
        };
        self.statements(&body, &["end"])?;
        self.expect("end")?;
        self.expect("loop")?;
        self.end_label();
        if let Some(turns) = turns {
            self.variables.end_turns(turns);
        }
        Ok(())
    }

    /// The head of a `FOR`; gives the loop's number where its turns are known.
    fn for_head(&mut self, head: usize, end: usize, guard: &Guard) -> Read<Option<usize>> {
        let Some(source) = self.find(head, |at| self.is(at, "in")).filter(|&at| at < end) else {
            return Err(self.unread("IN"));
        };
        let start = source + 1;
        if self.is(start, "execute") {
            self.execute(start + 1, end, guard);
            return Ok(None);
        }
        let range = self.find(start, |at| self.kind(at) == Some(Kind::Range));
        if let Some(range) = range.filter(|&at| at < end) {
            let first = start + usize::from(self.is(start, "reverse"));
            let step = self.find(range, |at| self.is(at, "by")).filter(|&at| at < end);
            self.evaluate(first, range, guard);
            self.evaluate(range + 1, step.unwrap_or(end), guard);
            if let Some(step) = step {
                self.evaluate(step + 1, end, guard);
            }
        } else if !self.is_cursor(start, end) {
            self.sql(start, end, guard);
        }
        Ok(if source == head + 2 { self.for_turns(head + 1, start, end) } else { None })
    }

    /// Whether the source of a loop is a cursor: a name, perhaps with arguments.
    fn is_cursor(&self, start: usize, end: usize) -> bool {
        let name = matches!(self.kind(start), Some(Kind::Word | Kind::Quoted));
        let arguments = self.is_symbol(start + 1, b'(')
            && self.find(start + 2, |at| self.is_symbol(at, b')')) == end.checked_sub(1)
            && !self.is(start, "values");
        name && (start + 1 == end || arguments)
    }

    /// The token of the word that ends a condition, as the server looks for it: the first one
    /// outside parentheses.
    fn until(&self, word: &str, expected: &'static str) -> Read<usize> {
        self.find(self.at, |at| self.is(at, word)).ok_or_else(|| self.unread(expected))
    }
}

/// The guard where none of the earlier conditions held.
fn without(guard: &Guard, earlier: &[Guard]) -> Guard {
    if earlier.len() > CONDITIONS {
        let none = "none of the conditions before holds".to_owned();
        return guard.clone().and(Guard::Unknown(none));
    }
    earlier.iter().fold(guard.clone(), |guard, condition| guard.and(condition.clone()))
}
