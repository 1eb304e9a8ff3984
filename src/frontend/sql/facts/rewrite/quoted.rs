//! Spellings of strings and quoted names.

use super::Change;
use crate::frontend::sql::facts::tokens::Tokens;
use crate::frontend::sql::names;
use crate::source::Span;
use sqlparser::tokenizer::Token;

/// String constants on several lines are one.
pub fn joined_strings(tokens: &Tokens<'_>, at: usize) -> Change {
    let (Token::SingleQuotedString(first) | Token::EscapedStringLiteral(first)) = tokens.get(at)
    else {
        return None;
    };
    let mut value = first.clone();
    let mut end = at + 1;
    while let Token::SingleQuotedString(more) = tokens.get(end)
        && is_line_break(tokens, end)
    {
        value.push_str(more);
        end += 1;
    }
    (end > at + 1).then(|| (end - at, vec![Token::SingleQuotedString(value)]))
}

fn is_line_break(tokens: &Tokens<'_>, at: usize) -> bool {
    let between = Span::new(tokens.span(at - 1).end, tokens.span(at).start);
    tokens.sql.get(between.start..between.end).is_some_and(|text| text.contains(['\n', '\r']))
}

/// `U&"d\0061ta"`, with or without `UESCAPE`: to the parser an operator between two names.
pub fn unicode_name(tokens: &Tokens<'_>, at: usize) -> Change {
    if !tokens.is_word(at, "u") || *tokens.get(at + 1) != Token::Ampersand {
        return None;
    }
    let written = tokens.text(at..at + 3);
    if !names::is_unicode(written) {
        return None;
    }
    let mut escape = '\\';
    let mut length = 3;
    if tokens.is_word(at + 3, "uescape")
        && let Token::SingleQuotedString(given) = tokens.get(at + 4)
    {
        escape = given.chars().next()?;
        length = 5;
    }
    let name = names::unquote_escaped(written, escape, tokens.dialect);
    Some((length, vec![Token::make_word(name.as_str(), Some('"'))]))
}
