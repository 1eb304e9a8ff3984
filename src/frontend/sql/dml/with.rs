//! `WITH` before a statement.

use super::{CteName, Lowered, Lowering, facts};
use crate::migration::{ActionKind, Ident, OutputColumn};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::ops::Range;

/// How deep data-modifying statements may nest in `WITH`.
const DEPTH: usize = 16;

/// One common table expression as written.
struct Cte {
    name: Ident,
    columns: Vec<Ident>,
    body: Range<usize>,
    /// Whether `SEARCH` or `CYCLE` adds columns.
    extended: bool,
}

impl Lowering<'_, '_> {
    /// Reads `WITH`, if there is one; gives the token that the main statement begins with.
    pub(super) fn with(
        &mut self,
        range: Range<usize>,
        before: &mut Vec<ActionKind>,
    ) -> Lowered<usize> {
        if !self.tokens.is(range.start, Keyword::WITH) {
            return Ok(range.start);
        }
        let recursive = self.tokens.is(range.start + 1, Keyword::RECURSIVE);
        let mut at = range.start + 1 + usize::from(recursive);
        let mut ctes = Vec::new();
        loop {
            let (cte, next) = self.cte(at, range.end)?;
            ctes.push(cte);
            if *self.tokens.get(next) != Token::Comma {
                at = next;
                break;
            }
            at = next + 1;
        }
        let first = self.collector.ctes.len();
        if recursive {
            let names = ctes.iter().map(|cte| CteName { name: cte.name.clone(), output: None });
            self.collector.ctes.extend(names);
        }
        for (index, cte) in ctes.into_iter().enumerate() {
            let output = self.cte_body(&cte, before)?;
            match self.collector.ctes.get_mut(first + index) {
                Some(known) if recursive => known.output = output,
                _ => self.collector.ctes.push(CteName { name: cte.name, output }),
            }
        }
        Ok(at)
    }

    fn cte(&self, at: usize, end: usize) -> Lowered<(Cte, usize)> {
        let name = self.word(at)?;
        let mut next = at + 1;
        let mut columns = Vec::new();
        if *self.tokens.get(next) == Token::LParen {
            let close = self.closing(next, end)?;
            for item in self.tokens.items(next + 1..close) {
                columns.push(self.word(item.start)?);
            }
            next = close + 1;
        }
        next = self.expect_word(next, Keyword::AS)?;
        next += usize::from(self.tokens.is(next, Keyword::NOT));
        next += usize::from(self.tokens.is(next, Keyword::MATERIALIZED));
        let open = next;
        self.expect(open, &Token::LParen)?;
        let close = self.closing(open, end)?;
        next = close + 1;
        let mut extended = false;
        for (clause, last) in [("search", "set"), ("cycle", "using")] {
            if self.tokens.is_word(next, clause) {
                extended = true;
                let found = self.tokens.find(next..end, |at| self.tokens.is_word(at, last));
                let Some(found) = found else {
                    return Err(self.tokens.refuse(next, format!("expected {last}")));
                };
                next = found + 2;
            }
        }
        Ok((Cte { name, columns, body: open + 1..close, extended }, next))
    }

    pub(super) fn closing(&self, open: usize, end: usize) -> Lowered<usize> {
        self.tokens
            .closing(open, end)
            .ok_or_else(|| self.tokens.refuse(open, "the parenthesis is not closed"))
    }

    fn cte_body(
        &mut self,
        cte: &Cte,
        before: &mut Vec<ActionKind>,
    ) -> Lowered<Option<Vec<OutputColumn>>> {
        let output = if self.changes_data(cte.body.clone()) {
            self.nested_change(cte.body.clone(), before)?
        } else {
            match self.tokens.parse(cte.body.clone(), Parser::parse_query) {
                Ok(tree) => self.collector.query(&tree),
                Err(refusal) => {
                    self.refuse(refusal);
                    None
                }
            }
        };
        let output = if cte.extended { None } else { output };
        Ok(facts::renamed(output, &cte.columns))
    }

    /// Whether the body is a data-modifying statement, perhaps with a `WITH` of its own.
    fn changes_data(&self, body: Range<usize>) -> bool {
        let changes = |at: usize| {
            [Keyword::INSERT, Keyword::UPDATE, Keyword::DELETE, Keyword::MERGE, Keyword::REPLACE]
                .iter()
                .any(|&keyword| self.tokens.is(at, keyword))
        };
        if !self.tokens.is(body.start, Keyword::WITH) {
            return changes(body.start);
        }
        // Behind the closing parenthesis of the last expression stands the statement.
        self.tokens
            .find(body, |at| changes(at) && *self.tokens.get(at - 1) == Token::RParen)
            .is_some()
    }

    fn nested_change(
        &mut self,
        body: Range<usize>,
        before: &mut Vec<ActionKind>,
    ) -> Lowered<Option<Vec<OutputColumn>>> {
        if self.depth >= DEPTH {
            return Err(self.tokens.refuse(body.start, "statements nest too deep"));
        }
        let start = body.start;
        let inner = Lowering::new(self.tokens, self.collector.inner(), self.depth + 1);
        let done = inner.statement(body, before)?;
        match &done.facts.facts {
            Ok(facts) => self.collector.absorb(facts),
            Err(reason) => self.refuse(self.tokens.refuse(start, reason.as_ref())),
        }
        if let Some(target) = done.target {
            self.collector.writes(target);
        }
        before.extend(done.kinds);
        Ok(done.output)
    }
}
