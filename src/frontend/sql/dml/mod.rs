//! Statements that read and change rows, lowered to actions.
//!
//! The clauses are told apart here, on the tokens of `facts`; the expressions and queries in them
//! are the parser's. So one refused expression costs its facts, not the statement. `with` reads
//! common table expressions, `insert`, `change` and `merge` one statement each, `select` queries
//! and what they do beside reading.

mod change;
mod insert;
mod merge;
mod mysql;
mod select;
#[cfg(test)]
mod tests;
mod with;

use super::facts::{self, Collector, CteName, Refusal, Source, Tokens};
use crate::migration::{ActionKind, Dialect, Expr, Ident, ObjectName, OutputColumn, Query};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::ops::Range;
use std::sync::Arc;

/// Why a statement could not be lowered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DmlError {
    /// Byte of the statement's text.
    pub offset: usize,
    /// What was wrong, as a phrase.
    pub message: String,
}

impl From<Refusal> for DmlError {
    fn from(refusal: Refusal) -> Self {
        Self { offset: refusal.offset, message: refusal.message }
    }
}

/// Lowers one statement: `INSERT`, `UPDATE`, `DELETE`, `MERGE`, or a query. Data-modifying CTEs
/// give actions of their own, before the main one.
///
/// # Errors
/// [`DmlError`] where it is not understood.
pub fn lower(sql: &str, dialect: Dialect) -> Result<Vec<ActionKind>, DmlError> {
    let tokens = Tokens::new(sql, dialect)?;
    let mut end = tokens.len();
    while end > 0 && *tokens.get(end - 1) == Token::SemiColon {
        end -= 1;
    }
    let mut actions = Vec::new();
    let lowering = Lowering::new(&tokens, Collector::statement(dialect), 0);
    let done = lowering.statement(0..end, &mut actions)?;
    actions.extend(done.kinds);
    Ok(actions)
}

/// A lowered statement and what a `WITH` around it has to know.
struct Done {
    kinds: Vec<ActionKind>,
    /// The table it changes.
    target: Option<ObjectName>,
    facts: Query,
    output: Option<Vec<OutputColumn>>,
}

/// The state while one statement is lowered.
struct Lowering<'t, 'a> {
    tokens: &'t Tokens<'a>,
    collector: Collector,
    /// Why the first part that was not understood is not.
    refused: Option<Refusal>,
    /// The token that the statement behind `WITH` begins with.
    main: usize,
    depth: usize,
}

type Lowered<T> = Result<T, Refusal>;

impl<'t, 'a> Lowering<'t, 'a> {
    fn new(tokens: &'t Tokens<'a>, mut collector: Collector, depth: usize) -> Self {
        collector.depth = 1;
        Self { tokens, collector, refused: None, main: 0, depth }
    }

    fn statement(mut self, range: Range<usize>, before: &mut Vec<ActionKind>) -> Lowered<Done> {
        let body = self.with(range.clone(), before)?;
        self.main = body;
        let word = |at, keyword| self.tokens.is(at, keyword);
        if self.tokens.dialect.is_mysql() {
            return self.mysql_statement(range, body);
        }
        if word(body, Keyword::INSERT) || word(body, Keyword::REPLACE) {
            return self.insert(range, body);
        }
        if word(body, Keyword::UPDATE) {
            return self.update(range, body);
        }
        if word(body, Keyword::DELETE) {
            return self.delete(range, body);
        }
        if word(body, Keyword::MERGE) {
            return self.merge(range, body);
        }
        self.select(range, body)
    }

    fn mysql_statement(self, range: Range<usize>, body: usize) -> Lowered<Done> {
        let word = |keyword| self.tokens.is(body, keyword);
        if word(Keyword::INSERT) || word(Keyword::REPLACE) {
            self.mysql_insert(range, body)
        } else if word(Keyword::UPDATE) {
            self.mysql_update(range, body)
        } else if word(Keyword::DELETE) {
            self.mysql_delete(range, body)
        } else {
            self.select(range, body)
        }
    }

    /// The facts gathered so far under the statement's text.
    fn query(&mut self, range: Range<usize>, output: Option<Vec<OutputColumn>>) -> Query {
        let facts = self.collector.query_facts(output);
        let sql = Arc::from(self.tokens.text(range));
        let facts = match &self.refused {
            None => Ok(Arc::new(facts)),
            Some(refusal) => Err(Arc::from(refusal.message.as_str())),
        };
        Query { sql, facts }
    }

    /// An expression of a clause; its facts go to the statement too.
    fn expr(&mut self, range: Range<usize>) -> Expr {
        let text = self.tokens.text(range.clone());
        match self.tokens.parse(range, Parser::parse_expr) {
            Ok(tree) => {
                self.collector.expr(&tree);
                facts::known_expr(text, &tree, self.tokens.dialect)
            }
            Err(refusal) => {
                self.refuse(refusal);
                Expr::unknown(text)
            }
        }
    }

    /// Gathers what an expression names, where nobody asks for the expression itself.
    fn walk(&mut self, range: Range<usize>) {
        match self.tokens.parse(range, Parser::parse_expr) {
            Ok(tree) => self.collector.expr(&tree),
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// The items of `FROM` or `USING`; gives their tables.
    fn from(&mut self, range: Range<usize>) -> Lowered<Vec<ObjectName>> {
        let at = range.start;
        if range.is_empty() {
            return Err(self.tokens.refuse(at, "expected a table"));
        }
        let before = self.collector.scopes.last().map_or(0, Vec::len);
        let items = self
            .tokens
            .parse(range, |parser| parser.parse_comma_separated(Parser::parse_table_and_joins));
        match items {
            Ok(items) => items.iter().for_each(|item| self.collector.source_item(item)),
            Err(refusal) => self.refuse(refusal),
        }
        let scope = self.collector.scopes.last().map_or(&[][..], Vec::as_slice);
        Ok(scope.iter().skip(before).flat_map(|source| source.locked.iter().cloned()).collect())
    }

    /// `RETURNING`: from the keyword to the end.
    fn returning(&mut self, range: Range<usize>) -> Option<Vec<OutputColumn>> {
        if range.is_empty() {
            return Some(Vec::new());
        }
        let items = self.tokens.parse(range.start + 1..range.end, |parser| {
            parser.parse_comma_separated(Parser::parse_select_item)
        });
        match items {
            Ok(items) => self.collector.select_list(&items),
            Err(refusal) => {
                self.refuse(refusal);
                None
            }
        }
    }

    /// A name at `at`; gives it with the token behind it.
    fn name(&self, at: usize) -> Lowered<(ObjectName, usize)> {
        let mut parts = vec![self.word(at)?];
        let mut next = at + 1;
        while *self.tokens.get(next) == Token::Period {
            parts.push(self.word(next + 1)?);
            next += 2;
        }
        if self.tokens.dialect.is_mysql() {
            parts = parts.iter().map(|part| Ident::new(part.as_str())).collect();
        }
        Ok((facts::from_parts(parts), next))
    }

    /// One identifier.
    fn word(&self, at: usize) -> Lowered<Ident> {
        match self.tokens.get(at) {
            Token::Word(word) => {
                Ok(facts::fold(&word.value, word.quote_style.is_some(), self.tokens.dialect))
            }
            other => {
                Err(self.tokens.refuse(at, format!("expected a name, found {}", found(other))))
            }
        }
    }

    /// `[ONLY] table [*]`, also `ONLY (table)`; gives the table, whether `ONLY` was written, and
    /// the token behind.
    fn table(&self, at: usize) -> Lowered<(ObjectName, bool, usize)> {
        let only = self.tokens.is(at, Keyword::ONLY);
        let at = at + usize::from(only);
        if only && *self.tokens.get(at) == Token::LParen {
            let (table, next) = self.name(at + 1)?;
            let next = self.expect(next, &Token::RParen)?;
            return Ok((table, true, next));
        }
        let (table, next) = self.name(at)?;
        Ok((table, only, next + usize::from(*self.tokens.get(next) == Token::Mul)))
    }

    /// `[[AS] alias]` before one of the words that may follow; the target becomes a source.
    fn target(&mut self, table: &ObjectName, at: usize, follow: &[Keyword]) -> Lowered<usize> {
        let mut next = at;
        let mut alias = None;
        if self.tokens.is(next, Keyword::AS) {
            alias = Some(self.word(next + 1)?);
            next += 2;
        } else if matches!(self.tokens.get(next), Token::Word(_))
            && !follow.iter().any(|&keyword| self.tokens.is(next, keyword))
        {
            alias = Some(self.word(next)?);
            next += 1;
        }
        self.collector.scopes.push(Vec::new());
        self.collector.add_source(Source::table(table.clone(), alias));
        Ok(next)
    }

    fn expect(&self, at: usize, token: &Token) -> Lowered<usize> {
        if self.tokens.get(at) == token {
            return Ok(at + 1);
        }
        let message = format!("expected {token}, found {}", found(self.tokens.get(at)));
        Err(self.tokens.refuse(at, message))
    }

    fn expect_word(&self, at: usize, keyword: Keyword) -> Lowered<usize> {
        if self.tokens.is(at, keyword) {
            return Ok(at + 1);
        }
        let message = format!("expected {keyword:?}, found {}", found(self.tokens.get(at)));
        Err(self.tokens.refuse(at, message))
    }

    /// Nothing may be left before `end`.
    fn expect_end(&self, at: usize, end: usize) -> Lowered<()> {
        if at >= end {
            return Ok(());
        }
        Err(self.tokens.refuse(at, format!("unexpected {}", found(self.tokens.get(at)))))
    }

    /// Where a clause ends: at the first of the words outside parentheses, or at the end.
    fn until(&self, range: Range<usize>, keywords: &[Keyword]) -> usize {
        let end = range.end;
        let ends = |at: usize| {
            keywords.iter().any(|&keyword| self.tokens.is(at, keyword))
                && !self.is_distinct_from(at)
        };
        self.tokens.find(range, ends).unwrap_or(end)
    }

    /// The `FROM` of `IS DISTINCT FROM` begins no clause.
    fn is_distinct_from(&self, at: usize) -> bool {
        self.tokens.is(at, Keyword::FROM) && at > 0 && self.tokens.is(at - 1, Keyword::DISTINCT)
    }

    /// A part was not understood: its facts are missing, the statement is known all the same.
    fn refuse(&mut self, refusal: Refusal) {
        self.refused.get_or_insert(refusal);
    }

    /// A forgotten semicolon must not hide the next statement in a clause that was refused.
    fn refuse_hidden(&self, range: Range<usize>) -> Lowered<()> {
        if self.refused.is_none() {
            return Ok(());
        }
        let word = |at: usize, keyword| self.tokens.is(at, keyword);
        let begins = |at: usize| {
            let object = [Keyword::TABLE, Keyword::INDEX, Keyword::TYPE, Keyword::VIEW]
                .iter()
                .chain(&[Keyword::UNIQUE, Keyword::SCHEMA, Keyword::FUNCTION, Keyword::SEQUENCE])
                .any(|&object| word(at + 1, object));
            object
                && (word(at, Keyword::ALTER)
                    || word(at, Keyword::CREATE)
                    || word(at, Keyword::DROP))
                || word(at, Keyword::INSERT) && word(at + 1, Keyword::INTO)
                || word(at, Keyword::DELETE) && word(at + 1, Keyword::FROM)
                || word(at, Keyword::UPDATE) && word(at + 2, Keyword::SET)
                || word(at, Keyword::TRUNCATE) && word(at + 1, Keyword::TABLE)
        };
        match self.tokens.find(range.start + 1..range.end, begins) {
            Some(at) => Err(self.tokens.refuse(at, "expected ';'")),
            None => Ok(()),
        }
    }

    fn done(
        mut self,
        range: Range<usize>,
        target: ObjectName,
        output: Option<Vec<OutputColumn>>,
        kind: impl FnOnce(Query) -> ActionKind,
    ) -> Lowered<Done> {
        self.refuse_hidden(self.main..range.end)?;
        let facts = self.query(range, None);
        Ok(Done { kinds: vec![kind(facts.clone())], target: Some(target), facts, output })
    }
}

/// A token in words.
fn found(token: &Token) -> String {
    match token {
        Token::EOF => "the end".to_owned(),
        other => format!("\"{other}\""),
    }
}
