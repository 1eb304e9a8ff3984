//! Statements that are prepared from a string and then executed: `SET @sql = …; PREPARE s FROM
//! @sql; EXECUTE s`, by which migrations for MySQL say "if the column is not there".
//!
//! The strings are read where they are literals, put together of literals, or chosen by a
//! condition; the statement in a string then stands for the `EXECUTE`, under the condition. What
//! is computed from anything else stays opaque.

use super::super::facts::{self, Tokens};
use super::super::passage::Passage;
use super::super::plpgsql;
use super::super::statement::{self, Sending};
use crate::migration::{ActionKind, Dialect, Guard, Statement};
use crate::source::MappedText;
use sqlparser::ast::{
    CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select,
    SelectItem, SetExpr,
};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::collections::HashMap;
use std::sync::Arc;

/// A text, and when it is the one.
type Texts = Vec<(Guard, String)>;

/// More alternatives than these are not followed.
const MOST: usize = 16;

/// What variables and prepared statements hold, as far as it is known.
#[derive(Debug, Default)]
pub(in super::super) struct Prepared {
    variables: HashMap<String, Texts>,
    /// Queries whose answers variables hold, as written.
    answers: HashMap<String, String>,
    statements: HashMap<String, Texts>,
}

impl Prepared {
    /// The statements of a step or body, those behind `EXECUTE` in its place.
    pub fn follow(&mut self, passage: &Passage<'_>, statements: Vec<Statement>) -> Vec<Statement> {
        let mut followed = Vec::with_capacity(statements.len());
        for statement in statements {
            match self.one(passage, &statement) {
                Some(executed) if !executed.is_empty() => followed.extend(executed),
                _ => followed.push(statement),
            }
        }
        followed
    }

    fn one(&mut self, passage: &Passage<'_>, statement: &Statement) -> Option<Vec<Statement>> {
        let dialect = passage.dialect();
        let tokens = Tokens::new(&statement.sql, dialect).ok()?;
        if tokens.is(0, Keyword::SET) {
            self.assign(&tokens);
        } else if tokens.is(0, Keyword::PREPARE) {
            self.prepare(&tokens);
        } else if tokens.is(0, Keyword::SELECT) {
            self.forget(&tokens);
        } else if tokens.is(0, Keyword::EXECUTE) {
            let texts = self.statements.get(&name_at(&tokens, 1)?)?;
            return Some(execute(passage, statement, texts));
        }
        None
    }

    /// `SET @a = …, @b = …`.
    fn assign(&mut self, tokens: &Tokens<'_>) {
        for item in tokens.items(1..tokens.len()) {
            let Some(name) = name_at(tokens, item.start).filter(|name| name.starts_with('@'))
            else {
                continue;
            };
            let value = item.start + 2..item.end;
            let tree = tokens.parse(value, Parser::parse_expr).ok();
            self.answers.remove(&name);
            match &tree {
                Some(Expr::Subquery(query)) => {
                    self.answers.insert(name.clone(), format!("({query})"));
                }
                // Asked for the name of the database, a variable answers as the function does.
                Some(Expr::Function(call)) if is_database(call) => {
                    self.answers.insert(name.clone(), call.to_string());
                }
                _ => {}
            }
            match tree.and_then(|tree| self.texts(&tree, tokens.dialect)) {
                Some(texts) => self.variables.insert(name, texts),
                None => self.variables.remove(&name),
            };
        }
    }

    /// `PREPARE s FROM @a` and `PREPARE s FROM '…'`.
    fn prepare(&mut self, tokens: &Tokens<'_>) {
        let Some(name) = name_at(tokens, 1) else { return };
        let tree = tokens.parse(3..tokens.len(), Parser::parse_expr).ok();
        match tree.and_then(|tree| self.texts(&tree, tokens.dialect)) {
            Some(texts) => self.statements.insert(name, texts),
            None => self.statements.remove(&name),
        };
    }

    /// `SELECT … INTO @a`, also written `SELECT @a := …`.
    fn forget(&mut self, tokens: &Tokens<'_>) {
        for at in 1..tokens.len() {
            let written = tokens.is(at.saturating_sub(1), Keyword::INTO)
                || *tokens.get(at - 1) == Token::Comma
                || *tokens.get(at + 1) == Token::Assignment;
            if let Some(name) = name_at(tokens, at).filter(|name| written && name.starts_with('@'))
            {
                self.variables.remove(&name);
                self.answers.remove(&name);
            }
        }
    }

    /// The texts that an expression may be; `None` where one of them cannot be told.
    fn texts(&self, expr: &Expr, dialect: Dialect) -> Option<Texts> {
        let expr = facts::uncast(expr);
        if let Some(text) = facts::literal(expr) {
            return Some(vec![(Guard::Always, text)]);
        }
        let texts = match expr {
            Expr::Identifier(name) => self.variables.get(&name.value.to_lowercase())?.clone(),
            Expr::Subquery(query) => self.selected(query, dialect)?,
            Expr::Function(function) => self.called(function, None, dialect)?,
            Expr::Case { operand: None, conditions, else_result, .. } => {
                self.cases(conditions, else_result.as_deref()?, dialect)?
            }
            _ => return None,
        };
        (texts.len() <= MOST).then_some(texts)
    }

    /// `(SELECT expr [FROM …])`: what the expression asks may be the number of rows.
    fn selected(&self, query: &Query, dialect: Dialect) -> Option<Texts> {
        let SetExpr::Select(select) = &*query.body else { return None };
        let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] =
            select.projection.as_slice()
        else {
            return None;
        };
        if select.from.is_empty() {
            return self.texts(expr, dialect);
        }
        match expr {
            Expr::Function(function) => self.called(function, Some(select), dialect),
            _ => None,
        }
    }

    /// `IF(condition, a, b)` and `CONCAT(a, …)`.
    fn called(
        &self,
        function: &Function,
        rows: Option<&Select>,
        dialect: Dialect,
    ) -> Option<Texts> {
        let name = function.name.to_string().to_lowercase();
        let arguments = arguments(function)?;
        match (name.as_str(), arguments.as_slice()) {
            ("if", [condition, yes, no]) => {
                let holds = self.holds(condition, rows, dialect);
                self.chosen(&holds, yes, no, dialect)
            }
            ("concat", parts) if rows.is_none() => self.joined(parts, dialect),
            _ => None,
        }
    }

    /// The guard of a condition; one that counts rows asks for those of the query around it, one
    /// that asks a variable for what the variable's query found.
    fn holds(&self, condition: &Expr, rows: Option<&Select>, dialect: Dialect) -> Guard {
        let mut text = condition.to_string();
        if let Some(select) = rows {
            let count = format!("({})", Select { projection: vec![count_all()], ..select.clone() });
            text = text.replace("COUNT(*)", &count).replace("count(*)", &count);
        }
        for (name, query) in &self.answers {
            text = replace_word(&text, name, query);
        }
        for (name, texts) in &self.variables {
            if let [(Guard::Always, value)] = texts.as_slice() {
                text = replace_word(&text, name, &format!("'{}'", value.replace('\'', "''")));
            }
        }
        plpgsql::holds(&text, dialect).unwrap_or(Guard::Unknown(text))
    }

    fn chosen(&self, holds: &Guard, yes: &Expr, no: &Expr, dialect: Dialect) -> Option<Texts> {
        let mut texts = under(holds, self.texts(yes, dialect)?);
        texts.extend(under(&holds.clone().negate(), self.texts(no, dialect)?));
        Some(texts)
    }

    fn cases(&self, conditions: &[CaseWhen], otherwise: &Expr, dialect: Dialect) -> Option<Texts> {
        let mut before = Guard::Always;
        let mut texts = Texts::new();
        for case in conditions {
            let guard = self.holds(&case.condition, None, dialect);
            let here = before.clone().and(guard.clone());
            texts.extend(under(&here, self.texts(&case.result, dialect)?));
            before = before.and(guard.negate());
        }
        texts.extend(under(&before, self.texts(otherwise, dialect)?));
        Some(texts)
    }

    fn joined(&self, parts: &[&Expr], dialect: Dialect) -> Option<Texts> {
        let mut joined = vec![(Guard::Always, String::new())];
        for part in parts {
            let texts = self.texts(part, dialect)?;
            let pairs = joined.iter().flat_map(|(guard, before)| {
                texts.iter().map(move |(more, text)| {
                    (guard.clone().and(more.clone()), format!("{before}{text}"))
                })
            });
            joined = pairs.collect();
            if joined.len() > MOST {
                return None;
            }
        }
        Some(joined)
    }
}

fn under(guard: &Guard, texts: Texts) -> Texts {
    texts.into_iter().map(|(more, text)| (guard.clone().and(more), text)).collect()
}

fn is_database(call: &Function) -> bool {
    let name = call.name.to_string();
    ["database", "schema"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Replaces a variable, whatever its case, wherever its name does not go on.
fn replace_word(text: &str, name: &str, by: &str) -> String {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text.to_owned();
    }
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    let mut replaced = String::with_capacity(text.len());
    let mut done = 0;
    for (at, found) in lower.match_indices(name) {
        let end = at + found.len();
        if lower.get(end..).is_some_and(|after| after.starts_with(goes_on)) {
            continue;
        }
        replaced.push_str(text.get(done..at).unwrap_or(""));
        replaced.push_str(by);
        done = end;
    }
    replaced.push_str(text.get(done..).unwrap_or(""));
    replaced
}

fn count_all() -> SelectItem {
    SelectItem::UnnamedExpr(Expr::Identifier(sqlparser::ast::Ident::new("COUNT(*)")))
}

fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    list.args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

fn name_at(tokens: &Tokens<'_>, at: usize) -> Option<String> {
    match tokens.get(at) {
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    }
}

/// The statements of the texts; they are sent as the `EXECUTE` that runs them.
fn execute(passage: &Passage<'_>, sent: &Statement, texts: &Texts) -> Vec<Statement> {
    let mut found = Vec::new();
    for (guard, text) in texts {
        let mut mapped = MappedText::default();
        mapped.push(text, sent.span);
        let inner = Passage::script(&mapped, passage.target);
        let guard = sent.guard.clone().and(guard.clone());
        let sending = Sending { origin: sent.origin, guard };
        for statement in statement::read_all(&inner, &sending) {
            let idle = |kind: &ActionKind| matches!(kind, ActionKind::Select(_));
            let is_idle = statement.actions.iter().all(|action| idle(&action.kind));
            // `SELECT 1` stands for nothing where a condition does not hold.
            if is_idle && texts.len() > 1 {
                continue;
            }
            found.push(Statement { span: sent.span, sql: Arc::clone(&sent.sql), ..statement });
        }
    }
    found
}
