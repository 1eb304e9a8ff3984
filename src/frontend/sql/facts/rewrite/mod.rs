//! Spellings that the parser refuses or misreads, turned into others that have the same facts.
//!
//! Each rule is a function of one place in the token list and answers at most once per place: here
//! those of clauses, in `expressions` those of expressions, in `quoted` those of strings and names. The tables are the only lists of them.

mod expressions;
mod quoted;

use super::tokens::Tokens;
use crate::migration::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// How many tokens are replaced, and by what.
type Change = Option<(usize, Vec<Token>)>;

/// The rules, tried in this order.
const RULES: [fn(&Tokens<'_>, usize) -> Change; 9] = [
    quoted::unicode_name,
    only,
    star_behind_table,
    unnamed_columns,
    join_alias,
    group_by_distinct,
    table_command,
    lock_strength,
    lock_list,
];

/// Applies the rules; SQLite needs none of them.
pub fn all(tokens: &mut Tokens<'_>) {
    if tokens.dialect == Dialect::Postgres {
        tokens.rewrite(|tokens, at| match tokens.get(at) {
            Token::Word(_) | Token::Mul | Token::Period | Token::Comma => {
                let mut rules = RULES.iter().chain(&expressions::WORDS);
                rules.find_map(|rule| rule(tokens, at)).or_else(|| operator(tokens, at))
            }
            Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_) => {
                quoted::joined_strings(tokens, at)
            }
            _ => operator(tokens, at),
        });
    }
}

fn operator(tokens: &Tokens<'_>, at: usize) -> Change {
    expressions::OPERATORS.iter().find_map(|rule| rule(tokens, at))
}

fn word(text: &str) -> Token {
    Token::make_word(text, None)
}

fn before(tokens: &Tokens<'_>, at: usize, keywords: &[Keyword]) -> bool {
    at > 0 && keywords.iter().any(|&keyword| tokens.is(at - 1, keyword))
}

fn is_word(tokens: &Tokens<'_>, at: usize) -> bool {
    matches!(tokens.get(at), Token::Word(_))
}

/// `FROM ONLY t`: read as a table `only` with an alias. Children are no matter of these facts; the
/// targets of `UPDATE ONLY` and `DELETE FROM ONLY` are read elsewhere and stay.
fn only(tokens: &Tokens<'_>, at: usize) -> Change {
    if !tokens.is(at, Keyword::ONLY) {
        return None;
    }
    let from = before(tokens, at, &[Keyword::FROM])
        && !(at > 1 && before(tokens, at - 1, &[Keyword::DELETE]));
    let source = from
        || before(tokens, at, &[Keyword::JOIN, Keyword::USING, Keyword::LATERAL])
        || at > 0 && matches!(tokens.get(at - 1), Token::Comma | Token::LParen);
    if !source || *tokens.get(at + 1) != Token::LParen {
        return (source && is_word(tokens, at + 1)).then(|| (1, Vec::new()));
    }
    // `ONLY (name)`: the parser wants a join in parentheses.
    let mut end = at + 3;
    while *tokens.get(end) == Token::Period {
        end += 2;
    }
    let name = (at + 2..end).map(|part| tokens.get(part).clone()).collect();
    (*tokens.get(end) == Token::RParen).then_some((end + 1 - at, name))
}

/// `FROM t *`: the old way to say "with children".
fn star_behind_table(tokens: &Tokens<'_>, at: usize) -> Change {
    if *tokens.get(at) != Token::Mul || at < 2 || !is_word(tokens, at - 1) {
        return None;
    }
    let mut first = at - 1;
    while first >= 2 && *tokens.get(first - 1) == Token::Period {
        first -= 2;
    }
    before(tokens, first, &[Keyword::FROM, Keyword::JOIN]).then(|| (1, Vec::new()))
}

/// `FROM f() AS (a int, b text)`: the parser wants an alias.
fn unnamed_columns(tokens: &Tokens<'_>, at: usize) -> Change {
    let call = at > 0 && *tokens.get(at - 1) == Token::RParen;
    let definition = tokens.is(at, Keyword::AS)
        && *tokens.get(at + 1) == Token::LParen
        && is_word(tokens, at + 2)
        && is_word(tokens, at + 3)
        && !starts_query(tokens, at + 2);
    (call && definition).then(|| (1, vec![word("AS"), word("_")]))
}

fn starts_query(tokens: &Tokens<'_>, at: usize) -> bool {
    [
        Keyword::SELECT,
        Keyword::WITH,
        Keyword::VALUES,
        Keyword::TABLE,
        Keyword::INSERT,
        Keyword::UPDATE,
        Keyword::DELETE,
        Keyword::MERGE,
    ]
    .iter()
    .any(|&keyword| tokens.is(at, keyword))
}

/// `JOIN t USING (a, b) AS x`: the alias of the merged columns.
fn join_alias(tokens: &Tokens<'_>, at: usize) -> Change {
    if !tokens.is(at, Keyword::AS) || at < 4 || *tokens.get(at - 1) != Token::RParen {
        return None;
    }
    let mut open = at - 2;
    while open > 0 && (is_word(tokens, open) || *tokens.get(open) == Token::Comma) {
        open -= 1;
    }
    let columns = *tokens.get(open) == Token::LParen && before(tokens, open, &[Keyword::USING]);
    (columns && !before(tokens, open - 1, &[Keyword::DELETE])).then(|| (2, Vec::new()))
}

/// `GROUP BY DISTINCT`.
fn group_by_distinct(tokens: &Tokens<'_>, at: usize) -> Change {
    let key = before(tokens, at, &[Keyword::BY]) && at > 1 && tokens.is(at - 2, Keyword::GROUP);
    (key && tokens.is(at, Keyword::DISTINCT)).then(|| (1, Vec::new()))
}

/// `TABLE t` as `SELECT * FROM t`.
fn table_command(tokens: &Tokens<'_>, at: usize) -> Change {
    if !tokens.is(at, Keyword::TABLE) || !is_word(tokens, at + 1) {
        return None;
    }
    let query = at == 0
        || *tokens.get(at - 1) == Token::LParen
        || before(
            tokens,
            at,
            &[Keyword::UNION, Keyword::ALL, Keyword::EXCEPT, Keyword::INTERSECT, Keyword::DISTINCT],
        )
        || is_insert_source(tokens, at);
    query.then(|| (1, vec![word("SELECT"), Token::Mul, word("FROM")]))
}

/// `INSERT INTO name TABLE …` or `INSERT INTO name (…) TABLE …`.
fn is_insert_source(tokens: &Tokens<'_>, at: usize) -> bool {
    let mut first = at.saturating_sub(1);
    while first >= 2 && *tokens.get(first - 1) == Token::Period {
        first -= 2;
    }
    before(tokens, first, &[Keyword::INTO])
        && first > 1
        && before(tokens, first - 1, &[Keyword::INSERT])
}

/// `FOR NO KEY UPDATE`, `FOR KEY SHARE`: row locks are told apart by nobody.
fn lock_strength(tokens: &Tokens<'_>, at: usize) -> Change {
    if !before(tokens, at, &[Keyword::FOR]) {
        return None;
    }
    if tokens.is(at, Keyword::NO) && tokens.is(at + 1, Keyword::KEY) {
        return Some((2, Vec::new()));
    }
    (tokens.is(at, Keyword::KEY) && tokens.is(at + 1, Keyword::SHARE)).then(|| (1, Vec::new()))
}

/// `FOR UPDATE OF a, b` as two clauses.
fn lock_list(tokens: &Tokens<'_>, at: usize) -> Change {
    if *tokens.get(at) != Token::Comma || at < 4 || !is_word(tokens, at + 1) {
        return None;
    }
    let mut first = at;
    while first >= 2 && is_word(tokens, first - 1) && *tokens.get(first - 2) == Token::Comma {
        first -= 2;
        if at - first > 32 {
            return None;
        }
    }
    let list = first >= 4
        && tokens.is(first - 2, Keyword::OF)
        && before(tokens, first - 2, &[Keyword::UPDATE, Keyword::SHARE]);
    list.then(|| (1, vec![word("FOR"), word("UPDATE"), word("OF")]))
}
