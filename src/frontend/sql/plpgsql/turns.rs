//! Loops whose turns are known: over literal arrays, rows and ranges.

use super::Reader;
use super::execute::Pieces;
use super::lexer::Kind;

/// In how many turns a loop is spelled out.
const TURNS: usize = 256;

/// Behind a source of rows these ask for other rows than it gives.
const CLAUSES: [&str; 10] =
    ["where", "order", "limit", "offset", "join", "cross", "group", "having", "union", "with"];

impl Reader<'_> {
    /// `FOREACH name IN ARRAY array`; `from` stands behind `IN ARRAY`. Gives the loop's number.
    pub(super) fn foreach_turns(&mut self, name: usize, from: usize, to: usize) -> Option<usize> {
        let values = self.array(from, to);
        self.begin(name, 1, values)
    }

    /// `FOR name IN first..last` and `FOR name IN query`; `from` stands behind `IN`. Gives the
    /// loop's number.
    pub(super) fn for_turns(&mut self, name: usize, from: usize, to: usize) -> Option<usize> {
        let values = self.range(from, to).or_else(|| self.rows(from, to));
        self.begin(name, 2, values)
    }

    fn begin(&mut self, at: usize, writes: usize, values: Option<Vec<Pieces>>) -> Option<usize> {
        let values = values.filter(|values| (1..=TURNS).contains(&values.len()))?;
        let name = self.token_text(at);
        self.variables.begin_turns(name, writes, values)
    }

    /// `WHILE name < bound`, where the loop counts the name up by one at its end; `from` stands
    /// behind `WHILE`, `to` at `LOOP`. Gives the loop's number.
    pub(super) fn while_turns(&mut self, from: usize, to: usize) -> Option<usize> {
        let name = self.token_text(from);
        if self.kind(from) != Some(Kind::Word) || !self.is_symbol(from + 1, b'<') {
            return None;
        }
        let inclusive = self.is_symbol(from + 2, b'=');
        let bound = self.sum(from + 2 + usize::from(inclusive), to)?;
        let end = self.loop_end(to + 1)?;
        let step = self.writes_in(name, to + 1, end);
        let [step] = step.as_slice() else { return None };
        let counts = self.is(step + 2, name)
            && self.is_symbol(step + 3, b'+')
            && self.sum(step + 4, step + 5) == Some(1)
            && step + 6 == end;
        let start = *self.writes_in(name, 0, from).last()?;
        let first =
            self.number(start + 2, start + 3).filter(|_| self.is_symbol(start + 3, b';'))?;
        let turns = bound.checked_sub(first)?.checked_add(i64::from(inclusive))?;
        if !counts || usize::try_from(turns).is_ok_and(|turns| turns > TURNS) {
            return None;
        }
        let span = self.bytes(from, to);
        let texts = (first..first + turns).map(|turn| Pieces::whole(turn.to_string(), span));
        let texts: Vec<Pieces> = texts.collect();
        let writes = self.variables.writes_of(name);
        self.begin(from, writes, Some(texts))
    }

    /// The places where a name is assigned.
    fn writes_in(&self, name: &str, from: usize, to: usize) -> Vec<usize> {
        let assigns = |at: usize| {
            self.is(at, name)
                && (self.kind(at + 1) == Some(Kind::Assign) || self.is_symbol(at + 1, b'='))
        };
        (from..to).filter(|&at| assigns(at)).collect()
    }

    /// The token `END` of the loop whose body begins at `from`.
    fn loop_end(&self, from: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (from..self.tokens.len()).filter(|&at| self.is(at, "loop")) {
            match (self.is(at - 1, "end"), depth) {
                (true, 0) => return Some(at - 1),
                (true, _) => depth -= 1,
                (false, _) => depth += 1,
            }
        }
        None
    }

    /// Whether something in the loop whose body begins at `from` ends it, or a turn of it, early.
    pub(super) fn leaves_early(&self, from: usize) -> bool {
        let leaves =
            |at: usize| ["exit", "continue", "return"].iter().any(|word| self.is(at, word));
        self.loop_end(from).is_none_or(|end| (from..end).any(leaves))
    }

    /// `first..last`, both known.
    fn range(&self, from: usize, to: usize) -> Option<Vec<Pieces>> {
        let range =
            self.find(from, |at| self.kind(at) == Some(Kind::Range)).filter(|&at| at < to)?;
        let plain = !self.is(from, "reverse") && !(range..to).any(|at| self.is(at, "by"));
        let (first, last) = (self.sum(from, range)?, self.sum(range + 1, to)?);
        let turns = usize::try_from(last.checked_sub(first)?).ok()?;
        if !plain || turns >= TURNS {
            return None;
        }
        let span = self.bytes(from, to);
        Some((first..=last).map(|number| Pieces::whole(number.to_string(), span)).collect())
    }

    /// Rows of one literal: `VALUES ('a'), ('b')`, `SELECT unnest(array)`, `SELECT * FROM
    /// unnest(array)`.
    fn rows(&self, from: usize, to: usize) -> Option<Vec<Pieces>> {
        if self.is(from, "values") {
            return self.single_values(from + 1, to);
        }
        if !self.is(from, "select") {
            return None;
        }
        let source = match self.is(from + 2, "from") {
            true => from + 3,
            false => from + 1,
        };
        if self.is_symbol(source, b'(') && self.is(source + 1, "values") {
            let close =
                self.find(source + 1, |at| self.is_symbol(at, b')')).filter(|&at| at < to)?;
            return self.as_they_are(close, to).then(|| self.single_values(source + 2, close))?;
        }
        if !self.is(source, "unnest") || !self.is_symbol(source + 1, b'(') {
            return None;
        }
        let close = self.find(source + 2, |at| self.is_symbol(at, b')')).filter(|&at| at < to)?;
        self.as_they_are(close, to).then(|| self.array(source + 2, close))?
    }

    /// Whether what stands behind a source of rows leaves them as they are.
    fn as_they_are(&self, close: usize, to: usize) -> bool {
        (close + 1..to).all(|at| match self.kind(at) {
            Some(Kind::Word) => !CLAUSES.iter().any(|word| self.is(at, word)),
            Some(Kind::Quoted | Kind::Symbol(b'(' | b')')) => true,
            _ => false,
        })
    }

    fn single_values(&self, from: usize, to: usize) -> Option<Vec<Pieces>> {
        self.arguments(from, to).iter().map(|&(from, to)| self.literal_text(from, to)).collect()
    }

    /// The elements of `ARRAY['a', 'b']`, `'{a,b}'::text[]` and of a variable that holds one.
    pub(super) fn array(&self, from: usize, to: usize) -> Option<Vec<Pieces>> {
        let end = self.uncast(from, to);
        if self.is(from, "array") && self.is_symbol(from + 1, b'[') {
            let close =
                self.find(from + 2, |at| self.is_symbol(at, b']')).filter(|&at| at < end)?;
            return (close + 1 == end).then(|| self.single_values(from + 2, close))?;
        }
        if end == from + 1 && self.kind(from) == Some(Kind::Word) {
            return self.variables.array(self.token_text(from));
        }
        let is_array = end < to && self.is_symbol(to - 1, b']');
        is_array.then(|| self.literal_text(from, end)?.elements())?
    }

    /// The end of the range without casts to types whose values are printed as they are written.
    pub(super) fn uncast(&self, start: usize, mut end: usize) -> usize {
        const TYPES: [&str; 13] = [
            "text",
            "varchar",
            "name",
            "regclass",
            "regtype",
            "regproc",
            "regprocedure",
            "regnamespace",
            "int",
            "integer",
            "bigint",
            "smallint",
            "numeric",
        ];
        loop {
            let array =
                end > start + 4 && self.is_symbol(end - 1, b']') && self.is_symbol(end - 2, b'[');
            let word = if array { end - 3 } else { end.saturating_sub(1) };
            if word < start + 2 || !TYPES.iter().any(|name| self.is(word, name)) {
                return end;
            }
            let schema = self.is_symbol(word - 1, b'.') && self.is(word - 2, "pg_catalog");
            let cast = if schema { word - 3 } else { word - 1 };
            if cast <= start || self.kind(cast) != Some(Kind::Cast) {
                return end;
            }
            end = cast;
        }
    }

    /// The name of a variable, or of the row whose only field is written behind it.
    pub(super) fn variable_name(&self, start: usize, end: usize) -> Option<&str> {
        let name = self.token_text(start);
        let is_name = matches!(self.kind(start), Some(Kind::Word | Kind::Number));
        let is_field = end == start + 3
            && self.is_symbol(start + 1, b'.')
            && self.kind(start + 2) == Some(Kind::Word)
            && self.variables.turns_of(name).is_some();
        (is_name && (end == start + 1 || is_field)).then_some(name)
    }

    /// A whole number: written, held by a variable, or the sum or difference of such.
    pub(super) fn sum(&self, start: usize, end: usize) -> Option<i64> {
        let (mut start, end) = self.inside(start, end);
        let mut total = 0_i64;
        let mut sign = 1;
        loop {
            let next = self
                .find(start, |at| self.is_symbol(at, b'+') || self.is_symbol(at, b'-'))
                .map_or(end, |at| at.min(end));
            total = total.checked_add(self.number(start, next)?.checked_mul(sign)?)?;
            if next == end {
                return Some(total);
            }
            sign = if self.is_symbol(next, b'-') { -1 } else { 1 };
            start = next + 1;
        }
    }

    fn number(&self, start: usize, end: usize) -> Option<i64> {
        let end = self.uncast(start, end);
        let written = self.token_text(start);
        if end == start + 1 && self.kind(start) == Some(Kind::Number) && !written.starts_with('$') {
            return written.parse().ok();
        }
        self.variables.text(self.variable_name(start, end)?)?.text().parse().ok()
    }
}
